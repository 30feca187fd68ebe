"""Which conditions a network takes for which."""

from __future__ import annotations

from collections.abc import Sequence

from silx.gui import qt


class ConfusionTable(qt.QTableWidget):
    """True conditions downwards, answers across; numbers of patches and shares of their row."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditTriggers(qt.QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(qt.QAbstractItemView.SelectionMode.NoSelection)
        self.horizontalHeader().setSectionResizeMode(qt.QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().setSectionResizeMode(qt.QHeaderView.ResizeMode.Stretch)
        self.setWordWrap(False)
        self.setMinimumHeight(100)
        self.setMaximumHeight(130)

    def set_counts(
        self,
        counts: Sequence[Sequence[int]],
        rows: Sequence[str],
        columns: Sequence[str],
    ) -> None:
        """Show a confusion matrix.

        Parameters
        ----------
        counts : sequence of sequence of int
            Numbers of patches, one row for each true condition.
        rows, columns : sequence of str
            Names of the true conditions and of the answers.
        """
        self.setRowCount(len(rows))
        self.setColumnCount(len(columns))
        self.setVerticalHeaderLabels([f"true {name}" for name in rows])
        self.setHorizontalHeaderLabels([f"predicted\n{name}" for name in columns])
        for i, row in enumerate(counts):
            for j, count in enumerate(row):
                self.setItem(i, j, self._item(count, sum(row), rows[i] == columns[j]))

    def _item(self, count: int, total: int, right: bool) -> qt.QTableWidgetItem:
        share = count / total if total else 0.0
        item = qt.QTableWidgetItem(f"{count} ({100 * share:.1f} %)")
        item.setTextAlignment(qt.Qt.AlignmentFlag.AlignCenter)
        font = item.font()
        font.setBold(right)
        item.setFont(font)
        color = self.palette().color(qt.QPalette.ColorRole.Highlight)
        color.setAlphaF(0.45 * share)
        item.setBackground(color)
        return item
