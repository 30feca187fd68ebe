"""How a command ends: the files that it wrote, and the next command to type."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

Words = Sequence[str | os.PathLike]
"""A command, word by word; names of files as the user gave them."""


def print_ending(*files: str | os.PathLike, then: Words | Sequence[Words] = ()) -> None:
    """Print the files that were written, and the next command, each on a line of its own.

    Parameters
    ----------
    *files : str or path-like
        Files that were written, as the user named them.
    then : sequence of str
        The next command, or several of them, each to be run if the one before succeeded; nothing
        is printed for none.

    Examples
    --------
    >>> print_ending("my scan.h5", then=["darfix-wb", "check", "my scan.h5"])
    Written to my scan.h5
    Next: darfix-wb check 'my scan.h5'
    """
    for file in files:
        print(f"Written to {file}")
    if then:
        commands = [then] if isinstance(then[0], str | os.PathLike) else then
        print(f"Next: {' && '.join(shlex.join(map(str, words)) for words in commands)}")


def free_name(name: str) -> str:
    """A name in the working folder that no file has: `name`, or the same with a number.

    Examples
    --------
    >>> free_name("weak_beam.h5")
    'weak_beam.h5'
    """
    path = Path(name)
    numbered = (f"{path.stem}_{number}{path.suffix}" for number in count(2))
    while os.path.lexists(name):
        name = next(numbered)
    return name


def flag(name: str) -> str:
    """An option as the user types it.

    Examples
    --------
    >>> flag("patch_size")
    '--patch-size'
    """
    return f"--{name.replace('_', '-')}"


def option_words(options: Mapping[str, Any]) -> list[str]:
    """Options as the user types them.

    Parameters
    ----------
    options : mapping
        Values by name. None, False and empty ones are left out; of True the name is typed alone,
        and a list is typed one by one.

    Examples
    --------
    >>> option_words({"motor": None, "spacing": [1.0, 0.2], "no_lines": True, "binning": 2})
    ['--spacing', '1.0', '0.2', '--no-lines', '--binning', '2']
    """
    words: list[str] = []
    for name, value in options.items():
        values = list(value) if isinstance(value, list | tuple) else [value]
        if value is None or value is False or values in ([], [""]):
            continue
        words += [flag(name), *([] if value is True else map(str, values))]
    return words
