"""The files with which pages of the documentation start: small simulated scans and results.

Each is made by the commands that a user would type, when a page first asks for it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from darfix_wb.cli import main

SMALL = "--shape 128 192"
MADE_BY = {
    "scan.h5": f"simulate {SMALL} --seed 0 --crystal-seed 0 --output scan.h5",
    "next_scan.h5": f"simulate {SMALL} --seed 1 --crystal-seed 0 --layer-z 6 --output next_scan.h5",
    "other_scan.h5": f"simulate {SMALL} --seed 2 --crystal-seed 2 --output other_scan.h5",
    "layers.h5": "simulate --layers 6 --layer-step-um 1 --shape 96 128 "
    "--seed 1 --crystal-seed 9 --output layers.h5",
    "weak_beam.h5": "classify scan.h5 --output weak_beam.h5",
    "volume.h5": "volume layers.h5 --output volume.h5",
    "lines.h5": "reconstruct volume.h5 --spacing 1 0.144 0.0444 --output lines.h5",
}
NEEDS = {"weak_beam.h5": ["scan.h5"], "volume.h5": ["layers.h5"], "lines.h5": ["volume.h5"]}


class SampleFiles:
    """Makes each file once, in one folder, and puts copies where a page runs."""

    def __init__(self, folder: Path, monkeypatch_context) -> None:
        self.folder = folder
        self._in_context = monkeypatch_context

    def put(self, name: str, folder: Path) -> None:
        """Copy a file, which is made if it is not there yet, into a folder."""
        self._make(name)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.folder / name, folder / name)

    def _make(self, name: str) -> None:
        if (self.folder / name).exists():
            return
        for needed in NEEDS.get(name, ()):
            self._make(needed)
        with self._in_context() as patch:
            patch.chdir(self.folder)
            assert main(MADE_BY[name].split()) == 0, name
