"""The code blocks of a page of the documentation, and running them as a reader would.

A comment before a block, which a reader does not see, says what a test does with it::

    <!-- not run: needs a SLURM cluster -->
    <!-- output -->

The first leaves the block out, for a reason. The second marks a block of ``text`` as what the block
of shell commands before it prints: each of its lines must come, in this order, whatever its numbers
are; ``...`` stands for any text. A comment at the top of a page names the files that it starts
with, which `sample_files` makes::

    <!-- files: scan.h5 next_scan.h5 -->

All blocks of a page run in one folder, in their order; those of Python share their variables.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHELL, PYTHON, OUTPUT = ("sh", "bash"), ("python",), ("text",)

FENCE = re.compile(
    r"^(?:<!-- (?!files:)(?P<marker>[^\n]*) -->\n\n?)?"
    r"```(?P<language>[^\n]*)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
FILES = re.compile(r"^<!-- files: (.*) -->$", re.MULTILINE)
NUMBER = re.compile(r"\d+(\.\d+)?(e[+-]?\d+)?")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, its first line in the page, its marker."""

    language: str
    text: str
    line: int
    marker: str

    @property
    def left_out(self) -> str:
        """Why it is not run; empty where it is."""
        return self.marker.removeprefix("not run:").strip() if self.is_left_out else ""

    @property
    def is_left_out(self) -> bool:
        """Whether a marker says that it is not run."""
        return self.marker.startswith("not run:")


def pages() -> list[Path]:
    """README and all pages of the documentation."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/[!_]*.md"))]


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of a page, without directives of Sphinx."""
    text = page.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        if not found["language"].startswith("{"):
            line = text.count("\n", 0, found.start("language")) + 1
            yield Block(found["language"], found["text"], line, found["marker"] or "")


def files_needed(page: Path) -> list[str]:
    """The names of the files that a page starts with."""
    return " ".join(FILES.findall(page.read_text(encoding="utf-8"))).split()


class Reader:
    """Runs the blocks of one page in a folder, one after the other.

    Commands are those of this checkout, or with ``installed=True`` those that are installed.
    """

    def __init__(self, folder: Path, *, installed: bool = False) -> None:
        self.folder = folder
        self.source = {} if installed else {"PYTHONPATH": str(ROOT)}
        self.names: dict = {"__name__": "__main__"}
        self.printed = ""

    def run(self, block: Block) -> None:
        """Run a block, or hold a block of output against what was printed.

        Raises
        ------
        AssertionError
            Where a command fails, or prints something else.
        """
        if block.language in SHELL:
            self.printed = self.in_shell(block.text)
        elif block.language in PYTHON:
            exec(compile(block.text, f"block at line {block.line}", "exec"), self.names)
        elif block.marker == "output":
            check_output(block.text, self.printed)

    def in_shell(self, text: str) -> str:
        programs = Path(sys.executable).parent
        environment = {
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            **self.source,
            "QT_QPA_PLATFORM": "offscreen",
            "OMP_NUM_THREADS": "1",
        }
        answer = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, f"{text}\ngave\n{answer.stdout}"
        return answer.stdout


def check_output(shown: str, printed: str) -> None:
    """Check that all lines shown were printed, in this order, numbers apart."""
    lines = iter(_without_numbers(line) for line in printed.splitlines())
    for line in shown.splitlines():
        parts = map(re.escape, _without_numbers(line).split("..."))
        wanted = re.compile(".*".join(parts))
        assert any(wanted.fullmatch(each) for each in lines), f"{line!r} is not in\n{printed}"


def _without_numbers(line: str) -> str:
    return NUMBER.sub("0", " ".join(line.split()))
