"""An image with its title and its colour bar."""

from __future__ import annotations

from collections.abc import Sequence

import numpy
from silx.gui import qt
from silx.gui.colors import Colormap
from silx.gui.plot import PlotWidget

from .color_bar import HorizontalColorBar
from .screen_image import show_image
from .style import bare_axes, follow_palette

IMAGE = "image"


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
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(1)
        layout.addWidget(self.title, 0, qt.Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.bar)
        self.setMinimumSize(150, 130)

    def show_image(
        self,
        image: numpy.ndarray,
        colormap: Colormap,
        origin: tuple[float, float],
        scale: tuple[float, float],
        labels: Sequence[str] | None = None,
    ) -> None:
        """Show an image ``(height, width)``, which must not change from then on; `origin` and
        `scale` are ``(x, y)``, as in silx.

        `labels` are written below the colours, evenly, instead of numbers.
        """
        show_image(self.plot, image, IMAGE, colormap=colormap, origin=origin, scale=scale)
        self.bar.set_colormap(colormap, labels)

    def image(self) -> numpy.ndarray | None:
        """The image that is shown."""
        item = self.plot.getImage(IMAGE)
        return None if item is None else item.getData(copy=False)
