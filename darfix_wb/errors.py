"""Errors that the user can fix, and the end of a cancelled task."""

from __future__ import annotations


class DarfixWBError(ValueError):
    """An input that cannot be used: says what must hold, what was found and what to do."""


class OutputExistsError(DarfixWBError):
    """A file that would be replaced, and how to say that it may be.

    Attributes
    ----------
    path : str or path-like
        The file.
    """

    def __init__(self, path: object, permission: str = "set 'overwrite' to true") -> None:
        super().__init__(
            f"The output must be a new file, and {path} exists. Choose another name, or "
            f"{permission}."
        )
        self.path = path

    def with_permission(self, permission: str) -> OutputExistsError:
        """The same error in the words of another surface, e.g. ``"give --overwrite"``."""
        return OutputExistsError(self.path, permission)


class OperationCancelled(Exception):
    """The user asked for the work to stop; nothing half written is left behind."""


def one_sentence(error: BaseException) -> str:
    """What to show of an error: the text of one of ours, else its type and first line."""
    lines = [line.strip() for line in str(error).strip().splitlines()]
    if isinstance(error, (DarfixWBError, OperationCancelled)) and lines:
        return " ".join(lines)
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
