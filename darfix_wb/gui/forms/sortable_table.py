"""A table of figures that is sorted by a click and copied as text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from silx.gui import qt

_VALUE = qt.Qt.ItemDataRole.UserRole
_NOTHING = "-"
_LEFT, _RIGHT = (
    side | qt.Qt.AlignmentFlag.AlignVCenter
    for side in (qt.Qt.AlignmentFlag.AlignLeft, qt.Qt.AlignmentFlag.AlignRight)
)


class FigureItem(qt.QTableWidgetItem):
    """A number with its text, or words; without a number it goes to the end, however sorted."""

    def __init__(self, value: float | str, text: str | None = None) -> None:
        super().__init__()
        self.show_value(value, text)

    def show_value(self, value: float | str, text: str | None = None) -> None:
        """Show another value."""
        missing = isinstance(value, float) and math.isnan(value)
        self.setText(_NOTHING if missing else str(value) if text is None else text)
        self.setData(_VALUE, None if missing else value)
        self.setTextAlignment(_LEFT if isinstance(value, str) else _RIGHT)

    def __lt__(self, other: qt.QTableWidgetItem) -> bool:
        own_value, other_value = self.data(_VALUE), other.data(_VALUE)
        if own_value is None or other_value is None:
            header = self.tableWidget().horizontalHeader()
            ascending = header.sortIndicatorOrder() == qt.Qt.SortOrder.AscendingOrder
            return (other_value is None and own_value is not None) == ascending
        return own_value < other_value


class SortableTable(qt.QTableWidget):
    """Read only; Ctrl+C copies what is selected, or all, as tab-separated text."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditTriggers(qt.QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(10)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        self.horizontalHeader().sectionClicked.connect(self._show_order)
        self.horizontalHeader().setSectionResizeMode(qt.QHeaderView.ResizeMode.ResizeToContents)
        copy = qt.QShortcut(qt.QKeySequence.StandardKey.Copy, self)
        copy.setContext(qt.Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy)

    def set_rows(
        self,
        headers: list[str],
        rows: list[list[FigureItem]],
        meanings: Sequence[str] = (),
    ) -> None:
        """Show rows of items below headers, in their own order until a header is clicked.

        `meanings` are shown when the mouse is over the headers. These come before the rows, since
        each change of one measures all rows.
        """
        self.setSortingEnabled(False)
        self.horizontalHeader().setSortIndicator(-1, qt.Qt.SortOrder.AscendingOrder)
        self.clear()
        self.setRowCount(0)
        self.setColumnCount(len(headers))
        self.setHorizontalHeaderLabels(headers)
        for column, meaning in enumerate(meanings):
            self.horizontalHeaderItem(column).setToolTip(meaning)
        self.setRowCount(len(rows))
        for i, row in enumerate(rows):
            for j, item in enumerate(row):
                self.setItem(i, j, item)
        self.setSortingEnabled(True)
        self.horizontalHeader().setSortIndicatorShown(False)

    def _show_order(self) -> None:
        """Only now: the arrow takes room in every title."""
        self.horizontalHeader().setSortIndicatorShown(True)

    def copy(self) -> None:
        """Put the selected cells, or the whole table, on the clipboard."""
        qt.QApplication.clipboard().setText(self.selected_text())

    def selected_text(self) -> str:
        """Headers and selected cells (all if there are none), separated by tabs."""
        chosen = {(index.row(), index.column()) for index in self.selectedIndexes()}
        if len(chosen) < 2:
            cells = ((i, j) for i in range(self.rowCount()) for j in range(self.columnCount()))
            chosen = set(cells)
        rows, columns = (sorted(set(numbers)) for numbers in zip(*chosen, strict=True))
        heads = [self.horizontalHeaderItem(j).text().replace("\n", " ") for j in columns]
        lines = [[self.item(i, j).text() if (i, j) in chosen else "" for j in columns]
                 for i in rows]  # fmt: skip
        return "\n".join("\t".join(line) for line in [heads, *lines])
