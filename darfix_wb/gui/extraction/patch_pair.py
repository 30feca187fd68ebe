"""One patch as it is in the file, and as a network sees it."""

from __future__ import annotations

import numpy
from silx.gui import qt
from silx.gui.colors import Colormap
from silx.gui.plot import PlotWidget

from ...extraction import PatchedScan
from ...normalization import PatchNormalizer, PatchScaling
from ..plots.image_bar import ImageColorBar
from ..plots.style import follow_palette

_IMAGE = "patch"
_PERCENTILES = (0.5, 99.5)
"""Black and white: a hot pixel must not darken all others."""


class PatchPair(qt.QWidget):
    """Counts of a patch and its normalised values, each with its own scale."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self._patched: PatchedScan | None = None
        self._normalizer: PatchNormalizer | None = None
        layout = qt.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        self.before = self._add_plot(layout, "In the file", "counts")
        self.after = self._add_plot(layout, "Normalised (standard deviations)", "")

    def set_patches(self, patched: PatchedScan | None) -> None:
        """Take another scan; shows nothing until `show_patch`."""
        self._patched = patched
        self._normalizer = None
        if patched is not None:
            self._normalizer = PatchNormalizer(PatchScaling(), patched.grid, patched.background)
        self.clear()

    def clear(self) -> None:
        """Show nothing."""
        for plot in (self.before, self.after):
            plot.remove(_IMAGE, kind="image")

    def show_patch(self, frame: numpy.ndarray, row: int, column: int) -> None:
        """Show a patch of a frame ``(height, width)``."""
        if self._patched is None:
            return
        grid = self._patched.grid
        index = numpy.array([row * grid.shape[1] + column])
        counts = numpy.array(grid.view(frame)[row, column])
        scaled = self._normalizer(frame, patches=index)[0][0, 0]
        for plot, image in ((self.before, counts), (self.after, scaled)):
            plot.addImage(image, legend=_IMAGE, colormap=plot.getDefaultColormap())
            plot.setActiveImage(_IMAGE)

    def _add_plot(self, layout: qt.QHBoxLayout, title: str, unit: str) -> PlotWidget:
        plot = PlotWidget(parent=self)
        plot.setAxesDisplayed(False)
        plot.setKeepDataAspectRatio(True)
        plot.getYAxis().setInverted(True)
        plot.setDataMargins(0, 0, 0, 0)
        colormap = Colormap(name="gray")
        colormap.setAutoscaleMode(Colormap.PERCENTILE)
        colormap.setAutoscalePercentiles(_PERCENTILES)
        plot.setDefaultColormap(colormap)
        plot.setMinimumSize(150, 150)
        follow_palette(plot)
        column = qt.QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(qt.QLabel(title))
        column.addWidget(plot, 1)
        column.addWidget(ImageColorBar(plot, unit))
        layout.addLayout(column, 1)
        return plot
