"""Profiles of all methods along one line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy
from silx.gui import qt
from silx.gui.plot import PlotWidget

from ..plots.margins import keep_margins
from ..plots.style import follow_palette
from .colors import line_of

_WIDTH = 5


class ProfilePlot(qt.QWidget):
    """One curve per method, and a list of the methods in which each can be hidden."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = PlotWidget(parent=self)
        keep_margins(self.plot, 62, 8, 10, 48)
        self.plot.setActiveCurveHandling(False)
        self.plot.setPanWithArrowKeys(False)
        self.plot.setDataMargins(0.01, 0.01, 0.05, 0.05)
        self.plot.setGraphYLabel("contrast (sigma)")
        self.plot.setMinimumSize(170, 148)
        follow_palette(self.plot)
        self.methods = qt.QListWidget()
        self.methods.setToolTip("Methods whose profile is shown")
        self.methods.setIconSize(qt.QSize(22, 10))
        self.methods.setSelectionMode(qt.QAbstractItemView.SelectionMode.NoSelection)
        self.methods.itemChanged.connect(self._show_or_hide)
        self.across = qt.QSpinBox()
        self.across.setRange(1, 99)
        self.across.setSingleStep(2)
        self.across.setValue(_WIDTH)
        self.across.setPrefix("median of ")
        self.across.setSuffix(" px")
        self.across.setToolTip(
            "Number of pixels across the line; taking their median suppresses hot pixels"
        )
        right = qt.QVBoxLayout()
        right.setSpacing(2)
        right.addWidget(self.methods, 1)
        right.addWidget(self.across)
        layout = qt.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.plot, 1)
        layout.addLayout(right)

    def set_methods(self, names: Sequence[str]) -> None:
        """List the methods; those that were hidden stay so."""
        hidden = {name for name, item in self._items().items() if not _is_checked(item)}
        blocked = self.methods.blockSignals(True)
        self.methods.clear()
        self.plot.clear()
        for index, name in enumerate(names):
            item = qt.QListWidgetItem(_line_icon(index), name, self.methods)
            state = qt.Qt.CheckState.Unchecked if name in hidden else qt.Qt.CheckState.Checked
            item.setCheckState(state)
        self.methods.blockSignals(blocked)
        bar = self.methods.style().pixelMetric(qt.QStyle.PixelMetric.PM_ScrollBarExtent)
        narrowest = self.across.sizeHint().width()
        self.methods.setFixedWidth(max(narrowest, self.methods.sizeHintForColumn(0) + bar + 8))

    def set_profiles(
        self, profiles: dict[str, tuple[numpy.ndarray, numpy.ndarray]], unit: str
    ) -> None:
        """Show positions along the line, in `unit`, and values of methods that are listed."""
        self.plot.clear()
        self.plot.setGraphXLabel(f"position ({unit})")
        for index, (name, item) in enumerate(self._items().items()):
            if name not in profiles:
                continue
            color, style = line_of(index)
            curve = self.plot.addCurve(
                *profiles[name], legend=name, color=color, linestyle=style, symbol="",
                linewidth=1.5, resetzoom=False, selectable=False,
            )  # fmt: skip
            curve.setVisible(_is_checked(item))
        self.plot.resetZoom()

    def _items(self) -> dict[str, qt.QListWidgetItem]:
        items = (self.methods.item(index) for index in range(self.methods.count()))
        return {item.text(): item for item in items}

    def _show_or_hide(self, item: qt.QListWidgetItem) -> None:
        curve = self.plot.getCurve(item.text())
        if curve is not None:
            curve.setVisible(_is_checked(item))
            self.plot.resetZoom()


def _is_checked(item: qt.QListWidgetItem) -> bool:
    return item.checkState() == qt.Qt.CheckState.Checked


def _line_icon(index: int) -> qt.QIcon:
    color, style = line_of(index)
    pixmap = qt.QPixmap(22, 10)
    pixmap.fill(qt.Qt.GlobalColor.transparent)
    pen = qt.QPen(qt.QColor(color), 2.5)
    pen.setStyle(qt.Qt.PenStyle.SolidLine if style == "-" else qt.Qt.PenStyle.DashLine)
    painter = qt.QPainter(pixmap)
    painter.setPen(pen)
    painter.drawLine(1, 5, 21, 5)
    painter.end()
    return qt.QIcon(pixmap)
