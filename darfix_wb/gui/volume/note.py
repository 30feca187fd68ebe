"""One line above the table: what a run will take, or what is in its way."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from silx.gui import qt

from .layer_table import STATE_COLORS
from .progress import FAILED


class Note(qt.QLabel):
    """A sentence, with the first of some warnings; the others are in its tooltip."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setTextInteractionFlags(qt.Qt.TextInteractionFlag.TextSelectableByMouse)

    def show_text(self, text: str, warnings: Sequence[str] = (), *, wrong: bool = False) -> None:
        """Show a sentence; `wrong` if it tells why the run would be refused."""
        shown = escape(text)
        if wrong:
            shown = f"<span style='color:{STATE_COLORS[FAILED]}'>{shown}</span>"
        if warnings:
            more = f" (and {len(warnings) - 1} more)" if len(warnings) > 1 else ""
            shown += f" <i>{escape(warnings[0])}{more}</i>"
        self.setText(shown)
        self.setToolTip("\n".join(warnings))
