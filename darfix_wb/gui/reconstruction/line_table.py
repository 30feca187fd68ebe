"""The table of the lines of a network."""

from __future__ import annotations

import math
from collections.abc import Sequence

from silx.gui import qt

from ...dislocation_lines.line import NO_BOUNDARY, LineKind
from ..forms.sortable_table import FigureItem, SortableTable
from .coloring import KIND_NAMES
from .line_rows import LineRow

HEADERS = {
    "Line": "Number of the line in the file",
    "Kind": "Found from layer to layer, or as a streak in the image of one layer",
    "Length\n(µm)": "Along the line",
    "Layers": "First and last layer of those that are done, from 0 in the order of positions",
    "Score\n(sigma)": "Mean evidence of its points: the image, and up to ten more by the detector",
    "± (µm)": "Uncertainty: standard deviation of its points across the line",
    "Bound-\nary": "Number of the small-angle boundary that the line belongs to",
    "Direction\n(unit vector)": "Layer, row and column of the straight line that fits best",
}
"""Title and meaning of each column."""

_LINE = qt.Qt.ItemDataRole.UserRole + 1


class LineTable(SortableTable):
    """One row for each line; the row that the user goes to is the line that is selected."""

    line_selected = qt.Signal(int)
    """The user selected this line."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSelectionBehavior(qt.QAbstractItemView.SelectionBehavior.SelectRows)
        self.horizontalHeader().setStretchLastSection(True)
        self.setToolTip("Click on a column title to sort; Ctrl+C copies, Ctrl+A selects all")
        self._items: list[FigureItem] = []
        self.currentItemChanged.connect(self._current_changed)

    def set_rows_of_lines(self, rows: list[list[FigureItem]]) -> None:
        """Show rows of `line_items`, none of them selected."""
        self._items = [row[0] for row in rows]
        header = self.horizontalHeader()
        header.setSectionResizeMode(qt.QHeaderView.ResizeMode.Interactive)  # Fit once, at the end.
        blocked = self.blockSignals(True)
        self.set_rows(list(HEADERS), rows)
        self.blockSignals(blocked)
        for column, meaning in enumerate(HEADERS.values()):
            self.horizontalHeaderItem(column).setToolTip(meaning)
        header.setSectionResizeMode(qt.QHeaderView.ResizeMode.ResizeToContents)

    def selected(self) -> int | None:
        """The line whose row the user is at."""
        item = self.currentItem()
        return None if item is None else self.item(item.row(), 0).data(_LINE)

    def select(self, number: int) -> None:
        """Go to the row of a line; `line_selected` is emitted as by a click."""
        item = self._items[number]
        self.setCurrentItem(item)
        self.scrollToItem(item, qt.QAbstractItemView.ScrollHint.EnsureVisible)

    def _current_changed(self, item: qt.QTableWidgetItem | None) -> None:
        number = self.selected()
        if item is not None and number is not None:
            self.line_selected.emit(number)


def line_items(lines: Sequence[LineRow]) -> list[list[FigureItem]]:
    """Rows of the table, which may be made in a thread: items belong to no window yet."""
    rows = [_items(number, line) for number, line in enumerate(lines)]
    for number, row in enumerate(rows):
        row[0].setData(_LINE, number)
    return rows


def _items(number: int, line: LineRow) -> list[FigureItem]:
    return [
        FigureItem(number),
        FigureItem("-" if line.kind == LineKind.UNKNOWN else KIND_NAMES[line.kind]),
        FigureItem(line.length_um, f"{line.length_um:.1f}"),
        _layers_item(line.layers),
        FigureItem(line.score, f"{line.score:.1f}"),
        FigureItem(line.uncertainty_um, f"{line.uncertainty_um:.2f}"),
        FigureItem(math.nan if line.boundary == NO_BOUNDARY else line.boundary),
        FigureItem(" ".join(f"{round(one, 2) + 0.0:.2f}" for one in line.direction)),
    ]


def _layers_item(layers: tuple[int, int] | None) -> FigureItem:
    if layers is None:
        return FigureItem(math.nan)
    first, last = layers
    return FigureItem(first, f"{first} to {last}" if last > first else f"{first}")
