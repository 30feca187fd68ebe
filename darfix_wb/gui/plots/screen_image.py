"""Images of which a plot draws what the screen can show: large frames appear without delay."""

from __future__ import annotations

import numpy
from silx.gui import qt
from silx.gui.colors import Colormap
from silx.gui.plot import PlotWidget, items

from .patch_cells import PatchCells
from .screen_window import ScreenWindow, block_means, some_pixels, window_of


class _OnScreen:
    """What both kinds of images have: the part that is seen is drawn again when it changes."""

    drawn: ScreenWindow | None = None
    """What was drawn last."""

    def _setPlot(self, plot: PlotWidget | None) -> None:
        before = self.getPlot()
        if before is not None:
            for axis in (before.getXAxis(), before.getYAxis()):
                axis.sigLimitsChanged.disconnect(self._look_again)
            before.getWidgetHandle().removeEventFilter(self)
        super()._setPlot(plot)
        if plot is not None:
            for axis in (plot.getXAxis(), plot.getYAxis()):
                axis.sigLimitsChanged.connect(self._look_again)
            plot.getWidgetHandle().installEventFilter(self)

    def eventFilter(self, canvas: qt.QObject, event: qt.QEvent) -> bool:
        """Hear of a new size, which the plot takes after this."""
        if event.type() == qt.QEvent.Type.Resize:
            qt.QTimer.singleShot(0, self._look_again)
        return super().eventFilter(canvas, event)

    def _addBackendRenderer(self, backend):
        self.drawn = self._window()
        if self.drawn is None:
            return None
        _, (x, y), (dx, dy) = self._geometry()
        (row, column), (rows, columns) = self.drawn.first, self.drawn.block
        return backend.addImage(
            self._pixels(self.drawn),
            origin=(x + column * dx, y + row * dy),
            scale=(columns * dx, rows * dy),
            colormap=self._rendering_colormap(),
            alpha=self.getAlpha(),
        )

    def _look_again(self, *_: object) -> None:
        window = self._window()
        if window is not None and (self.drawn is None or not self.drawn.holds(window)):
            self._updated()

    def _window(self) -> ScreenWindow | None:
        plot = self.getPlot()
        return None if plot is None else window_of(plot, *self._geometry())


class ScreenImage(_OnScreen, items.ImageDataBase):
    """Values in colours; each pixel of the screen shows the mean of those that lie within it.

    The image itself is kept whole and is not copied. Its scale of colours, where it is one of
    percentiles, is that of some of its pixels.
    """

    def __init__(self) -> None:
        super().__init__()
        self._ranges: dict[tuple, tuple[float, float]] = {}

    def setData(self, data: numpy.ndarray, copy: bool = True) -> None:
        """Take another image ``(height, width)``; silx can colour none that is read-only."""
        self._ranges = {}
        super().setData(data, copy=copy or not data.flags.writeable)

    def _getColormapAutoscaleRange(self, colormap: Colormap | None = None) -> tuple:
        colormap = colormap or self.getColormap()
        if colormap.getAutoscaleMode() != Colormap.PERCENTILE:
            return super()._getColormapAutoscaleRange(colormap)
        key = colormap.getNormalization(), colormap.getAutoscalePercentiles()
        if key not in self._ranges:
            free = Colormap(normalization=key[0], autoscaleMode=Colormap.PERCENTILE)
            free.setAutoscalePercentiles(key[1])  # which copies of a colormap forget (silx 3.1)
            self._ranges[key] = free.getColormapRange(some_pixels(self.getData(copy=False)))
        return self._ranges[key]

    def _geometry(self) -> tuple:
        """Shape, origin and scale of the image's pixels."""
        return self.getData(copy=False).shape, self.getOrigin(), self.getScale()

    def _pixels(self, window: ScreenWindow) -> numpy.ndarray:
        return block_means(self.getData(copy=False)[window.part], window.block)

    def _rendering_colormap(self) -> Colormap:
        return self._getColormapForRendering()


class CellImage(_OnScreen, items.ImageRgba):
    """One colour for each patch of a frame, spread over its cell when it is drawn."""

    _cells: PatchCells

    def set_cells(self, rgba: numpy.ndarray, cells: PatchCells) -> None:
        """Take the colours ``(rows, columns, 4)`` uint8 of the cells."""
        self._cells = cells
        (height, width), (rows, columns) = cells.grid.frame_shape, rgba.shape[:2]
        self.setScale((width / columns, height / rows))
        self.setData(rgba, copy=False)

    def _geometry(self) -> tuple:
        """Of the frame."""
        return self._cells.grid.frame_shape, (0.0, 0.0), (1.0, 1.0)

    def _pixels(self, window: ScreenWindow) -> numpy.ndarray:
        return self._cells.spread(self.getData(copy=False), places=window.centres())

    def _rendering_colormap(self) -> None:
        return None


def show_image(
    plot: PlotWidget,
    image: numpy.ndarray,
    legend: str,
    *,
    colormap: Colormap | None = None,
    origin: tuple[float, float] = (0.0, 0.0),
    scale: tuple[float, float] = (1.0, 1.0),
) -> None:
    """Show an image ``(height, width)`` in a plot, in the place of that with the same legend.

    The plot keeps the image without a copy, unless it is read-only: it must not change. `colormap`
    is the plot's own if not given; `origin` and `scale` are ``(x, y)``, as in silx.
    """
    item = plot.getImage(legend)
    if item is None:
        item = ScreenImage()
        item.setName(legend)
        plot.addItem(item)
    item.setColormap(plot.getDefaultColormap() if colormap is None else colormap)
    item.setOrigin(origin)
    item.setScale(scale)
    item.setData(image, copy=False)


def show_cells(plot: PlotWidget, rgba: numpy.ndarray, cells: PatchCells, legend: str) -> CellImage:
    """Colour the patches of a frame, over it; `rgba` is ``(rows, columns, 4)`` uint8."""
    item = plot.getImage(legend)
    if item is None:
        item = CellImage()
        item.setName(legend)
        item.setZValue(1)
        item.set_cells(rgba, cells)
        plot.addItem(item)
    else:
        item.set_cells(rgba, cells)
    return item
