"""Errors that the user can fix, and the end of a cancelled task."""

from __future__ import annotations

import re
from collections.abc import Callable


class DarfixWBError(ValueError):
    """An input that cannot be used: says what must hold, what was found and what to do."""


class OperationCancelled(Exception):
    """The user asked for the work to stop; nothing half written is left behind."""


def reworded(text: str, say: Callable[[str], str]) -> str:
    """The text of an error with another surface's way to set an option.

    Tasks and functions say ``"set overwrite to true"``.

    Parameters
    ----------
    text : str
        Text of the error.
    say : callable
        Takes the name of an option and gives what the user does on this surface.

    Examples
    --------
    >>> reworded("Choose another name, or set overwrite to true.", lambda name: f"give --{name}")
    'Choose another name, or give --overwrite.'
    """
    return re.sub(r"\bset (\w+) to true\b", lambda found: say(found[1]), text)


def one_sentence(error: BaseException) -> str:
    """What to show of an error: the text of one of ours, else its type and first line."""
    lines = [line.strip() for line in str(error).strip().splitlines()]
    if isinstance(error, (DarfixWBError, OperationCancelled)) and lines:
        return " ".join(lines)
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
