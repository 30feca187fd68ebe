"""Findings of a check, one in each row, with their verdict in its colour."""

from __future__ import annotations

from silx.gui import qt

from ...scan_check import ScanReport
from ...scan_check.finding import VERDICT_COLORS

_TITLES = ("Verdict", "Topic", "What was found")
_VERDICT, _TOPIC, _SENTENCE = range(3)

_ROOM = 8
"""Pixels between rows."""


class FindingsTable(qt.QTableWidget):
    """Read only; sentences are wrapped. A click, or the arrow keys, choose a finding."""

    chosen = qt.Signal(str)
    """Topic of the finding that was chosen."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(0, len(_TITLES), parent)
        self.setHorizontalHeaderLabels(_TITLES)
        self.setEditTriggers(qt.QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(qt.QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(qt.QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(qt.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(qt.QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(True)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.setItemDelegate(_Roomy(self))
        sizes = qt.QHeaderView.ResizeMode
        self.verticalHeader().setSectionResizeMode(sizes.ResizeToContents)
        for column in (_VERDICT, _TOPIC):
            self.horizontalHeader().setSectionResizeMode(column, sizes.ResizeToContents)
        self.horizontalHeader().setSectionResizeMode(_SENTENCE, sizes.Stretch)
        self.horizontalHeader().sectionResized.connect(lambda *_: self.resizeRowsToContents())
        self.currentCellChanged.connect(self._row_changed)

    def set_report(self, report: ScanReport | None) -> None:
        """Show the findings of a report and choose the first of the gravest."""
        self.setRowCount(0)
        if report is None:
            return
        self.setRowCount(len(report.findings))
        for row, finding in enumerate(report.findings):
            for column, text in enumerate((finding.verdict, finding.topic, finding.sentence)):
                self.setItem(row, column, _item(text))
            self.setCellWidget(row, _VERDICT, _verdict_label(finding.verdict))
        self.resizeRowsToContents()
        verdicts = [finding.verdict for finding in report.findings]
        self.setCurrentCell(verdicts.index(report.verdict), _TOPIC)

    def sentences(self) -> list[str]:
        """What is written, row by row."""
        return [self.item(row, _SENTENCE).text() for row in range(self.rowCount())]

    def choose(self, topic: str) -> None:
        """Choose the finding about a topic."""
        for row in range(self.rowCount()):
            if self.item(row, _TOPIC).text() == topic:
                self.setCurrentCell(row, _TOPIC)

    def _row_changed(self, row: int, *_) -> None:
        if row >= 0 and self.item(row, _TOPIC) is not None:
            self.chosen.emit(self.item(row, _TOPIC).text())


class _Roomy(qt.QStyledItemDelegate):
    """Texts with some room below them."""

    def sizeHint(self, option: qt.QStyleOptionViewItem, index: qt.QModelIndex) -> qt.QSize:
        return super().sizeHint(option, index) + qt.QSize(0, _ROOM)


def _verdict_label(verdict: str) -> qt.QLabel:
    """A label, so that it keeps its colour where its row is chosen."""
    label = qt.QLabel(verdict)
    label.setAlignment(qt.Qt.AlignmentFlag.AlignCenter)
    label.setStyleSheet(
        f"background: {VERDICT_COLORS[verdict]}; color: white; font-weight: bold; margin: 1px;"
    )
    return label


def _item(text: str) -> qt.QTableWidgetItem:
    item = qt.QTableWidgetItem(text)
    item.setTextAlignment(qt.Qt.AlignmentFlag.AlignLeft | qt.Qt.AlignmentFlag.AlignTop)
    item.setToolTip(text)
    return item
