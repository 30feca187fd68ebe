"""Three views of the lines, along each axis, on one scale."""

from __future__ import annotations

from functools import partial

import numpy
from silx.gui import qt
from silx.gui.plot import PlotWidget

from ..plots.margins import keep_margins
from ..plots.style import follow_palette
from .coloring import GROUND, Coloring
from .line_curves import COLUMN, LABELS, LAYER, ROW, LineCurves
from .sampled import SampledNetwork

VIEWS = {(COLUMN, ROW): (0, 0), (LAYER, ROW): (0, 1), (COLUMN, LAYER): (1, 0)}
"""Axes along x and y of each view, and its place: rows and columns continue from one to another."""

_MARGINS = (66, 8, 12, 46)
_NEAR_PX = 12
_HINT = (
    "The same lines seen along the layers' axis (above), along the columns (right) and along the "
    "rows (here at the left). Click on a line to select it; turn the wheel to zoom."
)


class Projections(qt.QWidget):
    """The lines without an image, seen along the three axes."""

    line_selected = qt.Signal(int)
    """The user clicked near this line."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self.plots = {axes: _plot(axes, self) for axes in VIEWS}
        self.curves = {axes: LineCurves(plot, axes) for axes, plot in self.plots.items()}
        self._lines: SampledNetwork | None = None
        self._bounds_um = numpy.array([[0.0] * 3, [1.0] * 3])
        hint = qt.QLabel(_HINT)
        hint.setWordWrap(True)
        hint.setMargin(12)
        layout = qt.QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for axes, (row, column) in VIEWS.items():
            layout.addWidget(self.plots[axes], row, column)
            self.plots[axes].sigPlotSignal.connect(partial(self._mouse, axes))
        layout.addWidget(hint, 1, 1)
        for place in (0, 1):
            layout.setRowStretch(place, 1)
            layout.setColumnStretch(place, 1)

    def set_lines(
        self, lines: SampledNetwork, bounds_um: numpy.ndarray, reference: SampledNetwork | None
    ) -> None:
        """Show other lines, none of them selected, in a box of these corners ``(2, 3)``."""
        self._lines, self._bounds_um = lines, bounds_um
        self.select(None)
        for curves in self.curves.values():
            curves.set_reference(reference)
        self.fit()

    def fit(self) -> None:
        """Show the whole box in each view, on one scale."""
        sizes = {axes: _size_px(plot) for axes, plot in self.plots.items()}
        spans = self._bounds_um[1] - self._bounds_um[0]
        um_per_px = max((spans[list(axes)] / size).max() for axes, size in sizes.items())
        middle = self._bounds_um.mean(axis=0)
        for axes, plot in self.plots.items():
            half = 0.52 * um_per_px * sizes[axes]
            (left, bottom), (right, top) = middle[list(axes)] - half, middle[list(axes)] + half
            plot.setLimits(left, right, bottom, top)

    def resizeEvent(self, event: qt.QEvent) -> None:
        """The room has changed, and with it the scale."""
        super().resizeEvent(event)
        qt.QTimer.singleShot(0, self.fit)

    def set_coloring(self, coloring: Coloring) -> None:
        """Colour the lines."""
        for curves in self.curves.values():
            curves.set_lines(self._lines, coloring)

    def set_reference_visible(self, visible: bool) -> None:
        """Show or hide the reference."""
        for curves in self.curves.values():
            curves.set_reference_visible(visible)

    def select(self, number: int | None) -> None:
        """Make a line stand out; None for none."""
        path = None if number is None else self._lines.path(number)
        for curves in self.curves.values():
            curves.select(path)

    def _mouse(self, axes: tuple[int, int], event: dict) -> None:
        if event["event"] != "mouseClicked" or event["button"] != "left":
            return
        if self._lines is None or not len(self._lines):
            return
        number, away = self._lines.nearest((event["x"], event["y"]), axes)
        plot = self.plots[axes]
        left, right = plot.getXAxis().getLimits()
        um_per_px = (right - left) / _size_px(plot)[0]
        if away <= _NEAR_PX * um_per_px:
            self.line_selected.emit(number)


def _size_px(plot: PlotWidget) -> numpy.ndarray:
    return numpy.maximum(plot.getPlotBoundsInPixels()[2:], 1)


def _plot(axes: tuple[int, int], parent: qt.QWidget) -> PlotWidget:
    plot = PlotWidget(parent=parent)
    plot.setKeepDataAspectRatio(True)
    plot.setInteractiveMode("pan")
    follow_palette(plot)
    plot.setDataBackgroundColor(GROUND)
    keep_margins(plot, *_MARGINS)
    plot.setGraphXLabel(LABELS[axes[0]])
    plot.setGraphYLabel(LABELS[axes[1]])
    plot.getYAxis().setInverted(axes[1] == ROW)
    plot.setMinimumSize(150, 130)
    return plot
