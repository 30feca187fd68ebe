"""A line on several images at once, and values along it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy
from scipy.ndimage import map_coordinates
from silx.gui import qt
from silx.gui.plot import PlotWidget
from silx.gui.plot.items.roi import LineROI
from silx.gui.plot.tools.roi import RegionOfInterestManager

LINE_COLOR = "#FFFFFF"

Ends = tuple[tuple[float, float], tuple[float, float]]
"""``(x, y)`` of the two ends of a line, in the units of the axes."""


class ProfileLine(qt.QObject):
    """The same line on every plot; moved on one, it moves on all."""

    moved = qt.Signal()
    """The line was drawn or moved by the user."""

    drawing_ended = qt.Signal()
    """A line was drawn: the mouse zooms again."""

    def __init__(self, parent: qt.QObject) -> None:
        super().__init__(parent)
        self._ends: Ends | None = None
        self._lines: list[tuple[PlotWidget, RegionOfInterestManager, LineROI]] = []
        self._following = False

    @property
    def ends(self) -> Ends | None:
        """Where the line is; None where there is none."""
        return self._ends

    def set_plots(self, plots: Iterable[PlotWidget]) -> None:
        """Draw the line on other plots; those before may be gone."""
        self._lines = [(plot, RegionOfInterestManager(plot), LineROI()) for plot in plots]
        for plot, manager, line in self._lines:
            manager.setColor(LINE_COLOR)
            line.setVisible(False)
            line.setEditable(True)
            line.setLineWidth(1.5)
            manager.addRoi(line)
            line.sigRegionChanged.connect(lambda line=line: self._follow(line))
            line.sigEditingFinished.connect(self._show)
            plot.sigPlotSignal.connect(self._plot_event)
        self._show()

    def set_ends(self, ends: Ends | None) -> None:
        """Put the line elsewhere, or take it away."""
        self._ends = ends
        self._show()

    def set_drawing(self, drawing: bool) -> None:
        """Whether the mouse draws a line instead of zooming."""
        for plot, *_ in self._lines:
            if drawing:
                plot.setInteractiveMode("draw", shape="line", color=LINE_COLOR, source=self)
            else:
                plot.setInteractiveMode("zoom")

    def _show(self) -> None:
        self._following = True
        for _, _, line in self._lines:
            if self._ends is not None:
                line.setEndPoints(*(numpy.array(end) for end in self._ends))
            line.setVisible(self._ends is not None)
        self._following = False

    def _follow(self, line: LineROI) -> None:
        """Tell where a dragged line is; the others come after it once it is let go.

        silx redraws large images for each change of a line: here for that of one plot only.
        """
        if not self._following:
            self._ends = _plain(line.getEndPoints())
            self.moved.emit()

    def _plot_event(self, event: dict) -> None:
        if event["event"] == "drawingFinished" and event["type"] == "line":
            # Not within silx's own event: it goes on with the mode that is changed here.
            qt.QTimer.singleShot(0, lambda: self._drawn(event["points"]))

    def _drawn(self, points: numpy.ndarray) -> None:
        self.set_drawing(False)
        if not numpy.array_equal(*points):
            self.set_ends(_plain(points))
            self.moved.emit()
        self.drawing_ended.emit()


def _plain(ends: numpy.ndarray) -> Ends:
    return tuple((float(x), float(y)) for x, y in ends)


def sample_line(
    image: numpy.ndarray,
    start: tuple[float, float],
    end: tuple[float, float],
    width: int = 1,
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Values along a line, interpolated, one per pixel of its length.

    Parameters
    ----------
    image : numpy.ndarray
        ``(height, width)``.
    start, end : tuple of float
        Row and column of the ends in pixels; 0 is the outer edge of the first pixel.
    width : int
        Pixels across the line whose median is taken, against hot pixels.

    Returns
    -------
    tuple of numpy.ndarray
        ``(n,)`` shares of the way, 0 to 1, and ``(n,)`` values, NaN outside the image.
    """
    along = numpy.subtract(end, start)
    length = numpy.hypot(*along)
    way = numpy.linspace(0, 1, max(2, int(numpy.ceil(length)) + 1))
    across = (numpy.arange(width) - (width - 1) / 2)[:, None] / max(length, 1e-9)
    rows = start[0] + along[0] * way - along[1] * across - 0.5
    columns = start[1] + along[1] * way + along[0] * across - 0.5
    values = map_coordinates(image, [rows, columns], float, order=1, mode="nearest")
    height, breadth = image.shape
    inside = (abs(rows - (height - 1) / 2) <= height / 2) & (
        abs(columns - (breadth - 1) / 2) <= breadth / 2
    )
    return way, _median(numpy.where(inside, values, numpy.nan))


def _median(values: numpy.ndarray) -> numpy.ndarray:
    """Over the first axis, of what is a number; nan where nothing is."""
    median = numpy.full(values.shape[1], numpy.nan)
    known = numpy.isfinite(values).any(axis=0)
    median[known] = numpy.nanmedian(values[:, known], axis=0)
    return median
