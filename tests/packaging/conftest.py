"""The source archive and the wheel, built once and installed away from the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = (
    *("pyproject.toml", "setup.py", "setup.cfg", "MANIFEST.in", "constraints.txt"),
    *("README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "SECURITY.md"),
)
FOLDERS = ("darfix_wb", "orangecontrib", "docs", "scripts", "tests")


@pytest.fixture(scope="session")
def archive(tmp_path_factory):
    """Build the source archive, and the wheel from it, in a copy: the checkout stays as it is."""
    source = tmp_path_factory.mktemp("source")
    for name in FILES:
        shutil.copy(ROOT / name, source)
    built = shutil.ignore_patterns("__pycache__", "_build", "help")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, source / name, ignore=built)
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir"]
    subprocess.run([*build, source / "dist", source], check=True, capture_output=True, text=True)
    (archive,) = (source / "dist").glob("*.tar.gz")
    return archive


@pytest.fixture(scope="session")
def wheel(archive):
    """The wheel that was built from the source archive."""
    (wheel,) = archive.parent.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory):
    """Install the wheel into a folder of its own; return that folder."""
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--no-deps"]
    subprocess.run(
        [*pip, "--no-index", "--target", target, wheel], check=True, capture_output=True, text=True
    )
    return target


@pytest.fixture
def python(installed, tmp_path):
    """Run a piece of Python away from the checkout; return what it prints."""

    def run(*arguments):
        environment = {**os.environ, "PYTHONPATH": str(installed), "QT_QPA_PLATFORM": "offscreen"}
        answer = subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stderr
        return answer.stdout.strip()

    return run
