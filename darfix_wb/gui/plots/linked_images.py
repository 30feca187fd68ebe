"""Images of one size side by side, which move and zoom together."""

from __future__ import annotations

from collections.abc import Iterable

import numpy
from silx.gui import qt
from silx.gui.plot import PlotWidget

from ...io.nexus import Axis
from ..texts import unit_text
from .image_panel import ImagePanel

_TOLERANCE_PX = 1e-3

Limits = tuple[float, float, float, float]
"""Left, right, low and high."""


class LinkedImages(qt.QObject):
    """Panels that all show the same part of images of one shape, and the pixel under the mouse.

    silx keeps one side of what is seen when a plot with a fixed aspect ratio changes its size, now
    this one, now that: linked plots, resized one after the other, would drift away. So the part
    is shown again once a new layout is there. Another geometry shows the whole images.

    Parameters
    ----------
    panels : iterable of ImagePanel
        They show images of one shape.
    parent : QObject
        Qt's parent.
    before : LinkedImages, optional
        Whose place these take: its geometry and the part that it shows are kept.
    """

    pixel_hovered = qt.Signal(int, int)
    """Row and column under the mouse."""

    def __init__(
        self,
        panels: Iterable[ImagePanel],
        parent: qt.QObject,
        before: LinkedImages | None = None,
    ) -> None:
        super().__init__(parent)
        self._plots = [panel.plot for panel in panels]
        self._origin, self._scale = (0.0, 0.0), (1.0, 1.0)
        self._unit = "px"
        self._shape: tuple[int, int] | None = None
        self._part: Limits | None = None
        self._held = False
        if before is not None:
            self._shape, self._origin, self._scale = before.geometry
            self._unit, self._part = before.unit, before._part
        for plot in self._plots:
            plot.sigPlotSignal.connect(self._plot_event)
            plot.getWidgetHandle().installEventFilter(self)
            for axis in (plot.getXAxis(), plot.getYAxis()):
                axis.sigLimitsChanged.connect(lambda *_, plot=plot: self._limits_changed(plot))
        self._hold()

    @property
    def geometry(self) -> tuple:
        """Shape, origin and scale of the images."""
        return self._shape, self._origin, self._scale

    @property
    def origin(self) -> tuple[float, float]:
        """``(x, y)`` of the outer corner of the first pixel."""
        return self._origin

    @property
    def scale(self) -> tuple[float, float]:
        """``(x, y)`` size of a pixel."""
        return self._scale

    @property
    def unit(self) -> str:
        """Unit of the axes."""
        return self._unit

    def set_geometry(self, shape: tuple[int, int], axes: tuple[Axis, Axis] | None = None) -> None:
        """Take the shape of the images and the positions of their rows and columns, if known."""
        before = self.geometry
        if axes is None:
            self._origin, self._scale, self._unit = (0.0, 0.0), (1.0, 1.0), "px"
        else:
            rows, columns = axes
            self._scale = _step(columns), _step(rows)
            self._origin = tuple(
                float(axis.values[0]) - step / 2
                for axis, step in zip((columns, rows), self._scale, strict=True)
            )
            self._unit = unit_text(columns.unit)
        self._shape = shape
        if self.geometry != before:
            self._part = None
            self._hold()

    def place_of(self, x: float, y: float) -> tuple[float, float]:
        """Row and column, in pixels of the images, of a place of a plot."""
        return tuple(
            (place - origin) / step
            for place, origin, step in zip(
                (y, x), self._origin[::-1], self._scale[::-1], strict=True
            )
        )

    def reset_zoom(self) -> None:
        """Show the whole images."""
        for plot in self._plots:
            plot.getLimitsHistory().clear()
        self._part = None
        self._restore()

    def eventFilter(self, canvas: qt.QObject, event: qt.QEvent) -> bool:
        """Hear of a new size before the plot does."""
        if event.type() in (qt.QEvent.Type.Resize, qt.QEvent.Type.Show):
            self._hold()
        return False

    def _hold(self) -> None:
        """Show the same part again once all has its place."""
        if not self._held:
            self._held = True
            qt.QTimer.singleShot(0, self._restore)

    def _restore(self) -> None:
        self._held = True
        if self._plots and self._shape is not None:
            size = self._plots[0].getPlotBoundsInPixels()[2:]
            self._plots[0].setLimits(*around(self._part or self._whole(), size))
            self._lead(self._plots[0])
        self._held = False

    def _limits_changed(self, leader: PlotWidget) -> None:
        if self._held:
            return
        self._held = True
        limits = self._lead(leader)
        self._part = None if self._is_whole(limits) else limits
        self._held = False

    def _lead(self, leader: PlotWidget) -> Limits:
        """Both limits at once: silx's links of single axes fight with the fixed aspect ratio."""
        limits = (*leader.getXAxis().getLimits(), *leader.getYAxis().getLimits())
        for plot in self._plots:
            if plot is not leader:
                plot.setLimits(*limits)
        return limits

    def _whole(self) -> Limits:
        """Where the images end."""
        sides = zip(self._origin, self._shape[::-1], self._scale, strict=True)
        ends = [sorted((start, start + count * step)) for start, count, step in sides]
        return (*ends[0], *ends[1])

    def _is_whole(self, seen: Limits) -> bool:
        if self._shape is None:
            return True
        left, right, low, high = self._whole()
        x, y = (_TOLERANCE_PX * abs(step) for step in self._scale)
        return (
            seen[0] <= left + x
            and seen[1] >= right - x
            and seen[2] <= low + y
            and seen[3] >= high - y
        )

    def _plot_event(self, event: dict) -> None:
        if event["event"] != "mouseMoved" or self._shape is None:
            return
        row, column = (int(numpy.floor(place)) for place in self.place_of(event["x"], event["y"]))
        if 0 <= row < self._shape[0] and 0 <= column < self._shape[1]:
            self.pixel_hovered.emit(row, column)


def _step(axis: Axis) -> float:
    values = axis.values
    step = float(values[-1] - values[0]) / (len(values) - 1) if len(values) > 1 else 1.0
    return step or 1.0


def around(seen: Limits, size: tuple[int, int]) -> Limits:
    """Limits of a plot of ``(width, height)`` pixels that hold a part, at equal scales."""
    left, right, low, high = seen
    scale = max((right - left) / max(size[0], 1), (high - low) / max(size[1], 1)) / 2
    x, y = (left + right) / 2, (low + high) / 2
    return (
        x - scale * size[0],
        x + scale * size[0],
        y - scale * size[1],
        y + scale * size[1],
    )
