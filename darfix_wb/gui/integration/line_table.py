"""The table of dislocation lines."""

from __future__ import annotations

from silx.gui import qt

from ...detection.lines import Lines
from ..forms.sortable_table import FigureItem, SortableTable

HEADERS = {
    "row": ("Row\n(px)", "Row of the middle of the line", "{:.0f}"),
    "column": ("Column\n(px)", "Column of the middle of the line", "{:.0f}"),
    "length": ("Length\n(px)", "Along the centre line; 1 for a spot", "{:.0f}"),
    "direction": (
        "Direction\n(degree)",
        "From the columns' axis (to the right) towards the rows' axis (down), -90 to 90 degrees",
        "{:.0f}",
    ),
    "score": ("Score", "Mean probability along the centre line, 0 to 1", "{:.2f}"),
    "asymmetry": (
        "Asym-\nmetry",
        ("Of the flanks: -1 if visible only below the peak (WB-), 1 if only above it (WB+)"),
        "{:+.2f}",
    ),
}
"""Title, meaning and format of each column of `Lines.table`."""

_LINE = qt.Qt.ItemDataRole.UserRole + 1


class LineTable(SortableTable):
    """One row for each line; the row that the user goes to is the line that is selected."""

    line_selected = qt.Signal(int)
    """The user selected this line, as numbered in `Lines`."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSelectionBehavior(qt.QAbstractItemView.SelectionBehavior.SelectRows)
        self.horizontalHeader().setStretchLastSection(True)
        self.setToolTip("Click on a column title to sort; Ctrl+C copies, Ctrl+A selects all")
        self.currentItemChanged.connect(self._current_changed)

    def set_lines(self, lines: Lines) -> None:
        """Show other lines, none of them selected."""
        columns = lines.table()
        rows = []
        for index in range(len(lines)):
            row = [
                FigureItem(float(columns[name][index]), text.format(columns[name][index]))
                for name, (_, _, text) in HEADERS.items()
            ]
            row[0].setData(_LINE, index)
            rows.append(row)
        blocked = self.blockSignals(True)
        titles, meanings, _ = zip(*HEADERS.values(), strict=True)
        self.set_rows(list(titles), rows, meanings)
        self.blockSignals(blocked)

    def select(self, line: int) -> None:
        """Go to the row of a line; `line_selected` is not emitted."""
        if self._line_of(self.currentItem()) == line:
            return
        rows = (self.item(row, 0) for row in range(self.rowCount()))
        item = next(item for item in rows if item.data(_LINE) == line)
        blocked = self.blockSignals(True)
        self.setCurrentItem(item)
        self.blockSignals(blocked)
        self.scrollToItem(item, qt.QAbstractItemView.ScrollHint.EnsureVisible)

    def _line_of(self, item: qt.QTableWidgetItem | None) -> int | None:
        return None if item is None else self.item(item.row(), 0).data(_LINE)

    def _current_changed(self, item: qt.QTableWidgetItem | None) -> None:
        line = self._line_of(item)
        if line is not None:
            self.line_selected.emit(line)
