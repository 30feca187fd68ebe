"""Pictures of the widgets and of the canvas, without a screen, for the documentation.

Usage: python scripts/screenshots [FOLDER] [--only GROUP ...]   (docs/images if no folder is given)

A group is made as far as it goes when another one fails; the status is 1 then.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import traceback
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from canvases import canvas_pictures
from live import live_pictures
from silx.gui import qt
from volumes import volume_pictures
from windows import scan_pictures

FOLDER = Path(__file__).parents[2] / "docs" / "images"
GROUPS = {
    "scan": scan_pictures,
    "volume": volume_pictures,
    "canvas": canvas_pictures,
    "live": live_pictures,
}


def main() -> int:
    """Make the groups that are asked for, each in a folder of its own; the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=list(GROUPS))
    arguments = parser.parse_args()
    folder = arguments.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    application = qt.QApplication.instance() or qt.QApplication([])
    failed = []
    with tempfile.TemporaryDirectory() as scratch:
        for name in arguments.only:
            (Path(scratch) / name).mkdir()
            os.chdir(Path(scratch) / name)
            try:
                GROUPS[name](folder)
            except Exception:
                traceback.print_exc()
                failed.append(name)
            application.processEvents()
        os.chdir(folder)
    if failed:
        print(f"Not all pictures were made of: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
