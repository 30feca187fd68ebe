"""A button with a menu of the files that something can be saved to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from silx.gui import qt

from ...errors import DarfixWBError


class SaveMenu(qt.QToolButton):
    """Offers kinds of files, and tells what was written, or why nothing was.

    Parameters
    ----------
    meaning : str
        What is saved.
    parent : QWidget, optional
        Qt's parent.
    """

    failed = qt.Signal(str)
    """What could not be saved, and why."""

    saved = qt.Signal(str)
    """What was saved."""

    def __init__(self, meaning: str, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText("Save")
        self.setToolTip(meaning)
        self.setMenu(qt.QMenu(self))
        self.setPopupMode(qt.QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(qt.Qt.FocusPolicy.StrongFocus)
        self.setEnabled(False)

    def write(self, path: str, work: Callable[[], object]) -> None:
        """Do the work that writes a file, and tell of it."""
        try:
            work()
        except (DarfixWBError, OSError) as error:
            self.failed.emit(str(error))
        else:
            self.saved.emit(f"Saved to {Path(path).name}.")
