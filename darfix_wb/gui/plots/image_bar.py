"""The colour bar of the image that a plot shows."""

from __future__ import annotations

from silx.gui import qt
from silx.gui.plot import PlotWidget
from silx.gui.plot.items import ColormapMixIn, ItemChangedType

from .color_bar import HorizontalColorBar

_CHANGES = (ItemChangedType.COLORMAP, ItemChangedType.DATA)


class ImageColorBar(HorizontalColorBar):
    """Follows the active image of a plot: its values, and the colours that the user chooses.

    silx's own bar stands at the side, where it takes a third of a narrow plot, and cuts the
    numbers at its ends.

    Parameters
    ----------
    plot : PlotWidget
        Its active image has a colormap.
    unit : str
        Unit of the values, written behind the last one.
    parent : QWidget, optional
        Qt's parent.
    """

    def __init__(self, plot: PlotWidget, unit: str, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self._plot, self._unit, self._image = plot, unit, None
        plot.sigActiveImageChanged.connect(self._follow)
        self._follow()

    def _follow(self, *_) -> None:
        image = self._plot.getActiveImage()
        image = image if isinstance(image, ColormapMixIn) else None
        if image is not self._image:
            if self._image is not None:
                self._image.sigItemChanged.disconnect(self._changed)
            self._image = image
            if image is not None:
                image.sigItemChanged.connect(self._changed)
        self._show_values()

    def _changed(self, change: ItemChangedType) -> None:
        if change in _CHANGES:
            self._show_values()

    def _show_values(self) -> None:
        if self._image is None:
            self.clear()
            return
        colormap = self._image.getColormap().copy()
        colormap.setVRange(*colormap.getColormapRange(self._image))
        self.set_colormap(colormap, unit=self._unit)
