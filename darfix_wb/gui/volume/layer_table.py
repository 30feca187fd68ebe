"""The layers of a volume, one in each row, with their states."""

from __future__ import annotations

import math

from silx.gui import qt

from ..forms.sortable_table import FigureItem, SortableTable
from ..texts import unit_text
from .progress import DONE, FAILED, PENDING, RUNNING, VolumeProgress

STATE_COLORS = {PENDING: "#808080", RUNNING: "#0072B2", DONE: "#009E73", FAILED: "#D55E00"}
"""Colours that colour-blind people tell apart (Okabe and Ito, 2008)."""

_LAYER, _NAME, _POSITION, _STATE, _SECONDS, _NOTES = range(6)
_INDEX = qt.Qt.ItemDataRole.UserRole + 1


class LayerTable(SortableTable):
    """Sorted by a click on a title, filtered by state and text; a row is a layer."""

    layer_selected = qt.Signal(int)
    """Number of the layer whose row was chosen."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSelectionBehavior(qt.QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(qt.QAbstractItemView.SelectionMode.SingleSelection)
        self.setTextElideMode(qt.Qt.TextElideMode.ElideRight)
        self._rows: list[list[FigureItem]] = []
        self._shown: list[tuple] = []
        self._state, self._words = "", ()
        self.currentItemChanged.connect(self._item_changed)

    def set_progress(self, progress: VolumeProgress, motor: str, unit: str) -> None:
        """Show other layers, all of them; `motor` moves from one to the next."""
        index, blocked = self.selected(), self.blockSignals(True)
        self._rows, self._shown = [], []
        for number, layer in enumerate(progress.layers):
            position = math.nan if layer.position is None else float(layer.position)
            row = [
                FigureItem(number),
                FigureItem(layer.name),
                FigureItem(position, f"{position:g}"),
            ]
            row += [FigureItem(""), FigureItem(math.nan), FigureItem("")]
            for item in row:
                item.setData(_INDEX, number)
            row[_NAME].setToolTip(layer.url)
            self._rows.append(row)
            self._shown.append(())
        place = f"{motor or 'z'} ({unit_text(unit)})" if unit else motor or "z"
        self.set_rows(["Layer", "Name", place, "State", "Time (s)", "Notes"], self._rows)
        self.horizontalHeader().setStretchLastSection(True)
        self.update_progress(progress)
        self.select(index)
        self.blockSignals(blocked)

    def update_progress(self, progress: VolumeProgress) -> None:
        """Show how far the layers are now."""
        changed = False
        for index, row in enumerate(self._rows):
            record, state = progress.records[index], progress.state_of(index)
            if self._shown[index] == (record, state):
                continue
            if not changed:
                self.setSortingEnabled(False)  # Else rows would move meanwhile.
            changed, self._shown[index] = True, (record, state)
            row[_STATE].show_value(state)
            row[_STATE].setForeground(qt.QBrush(qt.QColor(STATE_COLORS[state])))
            known = state not in (PENDING, RUNNING)
            row[_SECONDS].show_value(
                record.seconds if known else math.nan, f"{record.seconds:.1f}" if known else None
            )
            note = _note(record) if known else ""
            row[_NOTES].show_value(note)
            row[_NOTES].setToolTip("\n".join((record.reason, *record.warnings)).strip())
        if changed:
            self.setSortingEnabled(True)
            self._filter()

    def set_filter(self, state: str, text: str) -> None:
        """Show layers in this state (empty for any) in whose row all words of a text are found."""
        self._state, self._words = state, tuple(text.casefold().split())
        self._filter()

    def n_shown(self) -> int:
        """Number of layers that the filter lets through."""
        return sum(not self.isRowHidden(row) for row in range(self.rowCount()))

    def shown(self) -> list[int]:
        """Numbers of the layers that the filter lets through, from top to bottom."""
        rows = (row for row in range(self.rowCount()) if not self.isRowHidden(row))
        return [self.item(row, _LAYER).data(_INDEX) for row in rows]

    def selected(self) -> int | None:
        """Number of the layer whose row is chosen."""
        item = self.currentItem()
        return None if item is None else item.data(_INDEX)

    def select(self, index: int | None) -> None:
        """Choose the row of a layer, also one that is filtered away; None for none."""
        if index is None or not 0 <= index < len(self._rows):
            self.setCurrentItem(None)
        elif index != self.selected():
            self.setCurrentItem(self._rows[index][_LAYER])

    def _filter(self) -> None:
        for row in range(self.rowCount()):
            cells = [self.item(row, column).text() for column in range(self.columnCount())]
            text = " ".join(cells).casefold()
            right_state = self._state in ("", cells[_STATE])
            shown = right_state and all(word in text for word in self._words)
            self.setRowHidden(row, not shown)

    def _item_changed(self, item: FigureItem | None, *_) -> None:
        if item is not None:
            self.layer_selected.emit(item.data(_INDEX))


def _note(record) -> str:
    """The reason of a failure, or the first warning and how many there are."""
    if record.reason:
        return record.reason
    if len(record.warnings) < 2:
        return "".join(record.warnings)
    return f"{len(record.warnings)} warnings: {record.warnings[0]}"
