"""The report of a check: findings at the left, their plots at the right."""

from __future__ import annotations

from silx.gui import qt

from ...scan_check import ScanReport
from ...scan_check.finding import VERDICT_COLORS
from ..placeholder import Placeholder
from .findings_table import FindingsTable
from .plots import PLOT_OF, PLOTS

_NO_REPORT = (
    "Nothing is checked yet: connect a dataset, or choose the file of a scan, and press Apply."
)


class ScanCheckView(Placeholder):
    """Findings with their verdicts; a click on one shows its plot."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        content = qt.QSplitter()
        super().__init__(content, _NO_REPORT, parent)
        self.summary, self.findings, self.tabs = qt.QLabel(), FindingsTable(), qt.QTabWidget()
        self.summary.setWordWrap(True)
        self.summary.setTextInteractionFlags(qt.Qt.TextInteractionFlag.TextSelectableByMouse)
        self.plots = {title: make() for title, make in PLOTS.items()}
        for title, plot in self.plots.items():
            self.tabs.addTab(plot, title)
        left = qt.QWidget()
        column = qt.QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.summary)
        column.addWidget(self.findings, 1)
        content.addWidget(left)
        content.addWidget(self.tabs)
        content.setSizes([560, 480])
        content.setChildrenCollapsible(False)
        self.findings.chosen.connect(self._show_plot_of)

    def set_report(self, report: ScanReport | None) -> None:
        """Show a report; None shows what to do to get one."""
        if report is None:
            self.findings.set_report(None)
            self.show_text()
            return
        color = VERDICT_COLORS[report.verdict]
        self.summary.setText(f"<b style='color:{color}'>{report.verdict}</b>: {report.summary}")
        self.summary.setToolTip(report.source)
        for plot in self.plots.values():
            plot.draw(report.figures)
        self.findings.set_report(report)
        self.show_content()

    def _show_plot_of(self, topic: str) -> None:
        if topic in PLOT_OF:
            self.tabs.setCurrentWidget(self.plots[PLOT_OF[topic]])
