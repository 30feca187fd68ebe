"""Errors that the user can fix, and the end of a cancelled task."""

from __future__ import annotations


class DarfixWBError(ValueError):
    """An input that cannot be used: says what must hold, what was found and what to do."""


class OperationCancelled(Exception):
    """The user asked for the work to stop; nothing half written is left behind."""


def one_sentence(error: BaseException) -> str:
    """What to show of an error: the text of one of ours, else its type and first line."""
    lines = [line.strip() for line in str(error).strip().splitlines()]
    if isinstance(error, (DarfixWBError, OperationCancelled)) and lines:
        return " ".join(lines)
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
