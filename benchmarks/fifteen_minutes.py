"""Do what docs/fifteen_minutes.md says, as printed, with a watch: on any scans.

Usage: python benchmarks/fifteen_minutes.py [SCAN ...]

Without a scan: a simulated one and, where the folder of real scans is there, the diamond topographs
and the rocking scan of ID03. Each scan is called ``scan.h5`` in an empty folder, and every command
of the page runs there, by the darfix-wb that is installed; its time and what it printed are shown.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT))

from tests.docs.pages import PYTHON, SHELL, Reader, blocks  # noqa: E402

PAGE = ROOT / "docs" / "fifteen_minutes.md"
DATA = Path(os.environ.get("DARFIX_WB_DATA", ROOT.parent / "shared" / "data"))
REAL = ("diamond_topographs/SA1_diamond_rocking.h5", "id03_rocking/rocking.h5")
SIMULATE = "darfix-wb simulate --shape 256 320 --output scan.h5"


def main(scans: list[str]) -> None:
    """Follow the page for each scan."""
    chosen = scans or ["", *(str(DATA / name) for name in REAL if (DATA / name).exists())]
    for scan in chosen:
        print(f"== {scan or SIMULATE}")
        with tempfile.TemporaryDirectory() as folder:
            follow(Path(folder), scan)


def follow(folder: Path, scan: str) -> None:
    """Run the blocks of the page in a folder that holds the scan."""
    reader, began = Reader(folder, installed=True), time.perf_counter()
    if scan:
        shutil.copy(scan, folder / "scan.h5")
    else:
        reader.in_shell(SIMULATE)
    os.chdir(folder)
    for block in blocks(PAGE):
        if block.language in (*SHELL, *PYTHON) and not block.is_left_out:
            start = time.perf_counter()
            reader.run(block)
            print(f"-- line {block.line}: {time.perf_counter() - start:.1f} s")
            print(reader.printed if block.language in SHELL else "")
    os.chdir(ROOT)
    print(f"-- {(time.perf_counter() - began) / 60:.1f} minutes in all, installation apart")


if __name__ == "__main__":
    main(sys.argv[1:])
