"""One step of the build that pyproject.toml has no table for: the pages of help for the canvas."""

import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "scripts"))

from help_pages import FOLDER, write_help  # noqa: E402


class BuildWithHelp(build_py):
    """Also renders docs/: into the wheel, or of an editable installation into this folder."""

    def run(self):
        """Build as ever, then write the pages."""
        super().run()
        write_help(ROOT / "docs", (ROOT if self.editable_mode else Path(self.build_lib)) / FOLDER)


setup(cmdclass={"build_py": BuildWithHelp})
