"""Images of one size side by side, which move and zoom together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy
from silx.gui import qt
from silx.gui.colors import Colormap
from silx.gui.plot import PlotWidget

from ..io.nexus import Axis
from .color_bar import HorizontalColorBar
from .plot_style import bare_axes, follow_palette

IMAGE = "image"
_UNITS = {"um": "µm", "degree": "°"}


def titled(title: str, plot: qt.QWidget) -> qt.QWidget:
    """A plot with a title, laid out as an `ImagePanel`."""
    panel = qt.QWidget()
    _lay_out(panel, qt.QLabel(title), plot)
    return panel


def _lay_out(panel: qt.QWidget, title: qt.QLabel, plot: qt.QWidget) -> qt.QVBoxLayout:
    layout = qt.QVBoxLayout(panel)
    layout.setContentsMargins(2, 2, 2, 2)
    layout.setSpacing(1)
    layout.addWidget(title, 0, qt.Qt.AlignmentFlag.AlignHCenter)
    layout.addWidget(plot, 1)
    panel.setMinimumSize(150, 130)
    return layout


class ImagePanel(qt.QWidget):
    """One image with its title above and its colour bar below."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = qt.QLabel(title)
        self.plot = PlotWidget(parent=self)
        self.plot.setKeepDataAspectRatio(True)
        self.plot.getYAxis().setInverted(True)
        self.plot.setAxesMargins(0.17, 0.03, 0.03, 0.10)
        bare_axes(self.plot)
        follow_palette(self.plot)
        self.bar = HorizontalColorBar(self)
        _lay_out(self, self.title, self.plot).addWidget(self.bar)

    def show_image(
        self,
        image: numpy.ndarray,
        colormap: Colormap,
        origin: tuple[float, float],
        scale: tuple[float, float],
        labels: tuple[str, str, str] | None = None,
    ) -> None:
        """Show an image ``(height, width)``; `origin` and `scale` are ``(x, y)``, as in silx.

        `labels` are written below the colours instead of numbers.
        """
        self.plot.addImage(
            image, legend=IMAGE, colormap=colormap, origin=origin, scale=scale, resetzoom=False
        )
        self.bar.set_colormap(colormap, labels)

    def image(self) -> numpy.ndarray | None:
        """The image that is shown."""
        item = self.plot.getImage(IMAGE)
        return None if item is None else item.getData(copy=False)


class LinkedImages(qt.QObject):
    """Panels with the axes of all linked, and the pixel under the mouse.

    Parameters
    ----------
    panels : sequence of ImagePanel
        They show images of one shape.
    parent : QObject
        Qt's parent.
    """

    pixel_hovered = qt.Signal(int, int)
    """Row and column under the mouse."""

    def __init__(self, panels: Sequence[ImagePanel], parent: qt.QObject) -> None:
        super().__init__(parent)
        self._panels = list(panels)
        self._origin, self._scale = (0.0, 0.0), (1.0, 1.0)
        self._unit = "px"
        self._shape: tuple[int, int] | None = None
        self._following = self._paused = False
        for panel in panels:
            panel.plot.sigPlotSignal.connect(self._plot_event)
            for axis in (panel.plot.getXAxis(), panel.plot.getYAxis()):
                axis.sigLimitsChanged.connect(lambda *_, plot=panel.plot: self._follow(plot))

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
        if axes is None:
            self._origin, self._scale, self._unit = (0.0, 0.0), (1.0, 1.0), "px"
        else:
            rows, columns = axes
            self._scale = _step(columns), _step(rows)
            self._origin = tuple(
                float(axis.values[0]) - step / 2
                for axis, step in zip((columns, rows), self._scale, strict=True)
            )
            self._unit = _UNITS.get(columns.unit, columns.unit)
        self._shape = shape

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
        for panel in self._panels:
            panel.plot.getLimitsHistory().clear()
        self._panels[0].plot.resetZoom()

    def set_following(self, following: bool) -> None:
        """Whether the others follow when one moves."""
        self._paused = not following

    def is_zoomed(self) -> bool:
        """Whether the user looks at a part of the images."""
        return any(len(panel.plot.getLimitsHistory()) for panel in self._panels)

    def _follow(self, leader: PlotWidget) -> None:
        """Both limits at once: silx's links of single axes fight with the fixed aspect ratio."""
        if self._following or self._paused:
            return
        self._following = True
        limits = (*leader.getXAxis().getLimits(), *leader.getYAxis().getLimits())
        for panel in self._panels:
            if panel.plot is not leader:
                panel.plot.setLimits(*limits)
        self._following = False

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
