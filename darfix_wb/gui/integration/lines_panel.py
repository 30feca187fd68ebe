"""The lines of a dislocation map, and what is to be known about them."""

from __future__ import annotations

from silx.gui import qt

from ...detection.dislocation_map import DislocationMap
from ..placeholder import Placeholder
from .line_table import LineTable

NO_LINES = "No line reaches a probability of 0.5."


class LinesPanel(Placeholder):
    """Table of the lines with the warnings of their map, or a sentence that there are none."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        self.caption, self.table = qt.QLabel(), LineTable()
        self.caption.setWordWrap(True)
        content = qt.QWidget()
        super().__init__(content, NO_LINES, parent)
        layout = qt.QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.caption)
        layout.addWidget(self.table, 1)

    def set_map(self, dislocations: DislocationMap) -> None:
        """Show the lines of a map."""
        n_lines = len(dislocations.lines)
        if not n_lines:
            self.show_text("\n\n".join((NO_LINES, *dislocations.warnings)))
            return
        count = "1 line" if n_lines == 1 else f"{n_lines} lines"
        self.caption.setText("\n".join((count, *dislocations.warnings)))
        self.table.set_lines(dislocations.lines)
        self.show_content()
