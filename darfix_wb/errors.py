"""What goes wrong for a reason that the user can mend, and the end of a cancelled task."""

from __future__ import annotations


class DarfixWBError(ValueError):
    """An input that cannot be used: says what must hold, what was found and what to do."""


class OperationCancelled(Exception):
    """The user asked for the work to stop; nothing half written is left behind."""
