"""The plot in which frames are drawn: rows downwards, square pixels, counts in grey."""

from __future__ import annotations

from collections.abc import Callable

from silx.gui import qt
from silx.gui.colors import Colormap
from silx.gui.plot import PlotWindow

from .image_bar import ImageColorBar
from .margins import keep_margins
from .style import follow_palette

NORMALIZATIONS = {"log": Colormap.LOGARITHM, "linear": Colormap.LINEAR}
"""Scales of the counts."""

LEFT_MARGIN, RIGHT_MARGIN = 66, 18
"""Pixels at the sides of the axes."""

_LEAST_HEIGHT = 250
"""Pixels, with the tools above and the colour bar below."""

_PERCENTILES = (1.0, 99.8)


def make_frame_plot(parent: qt.QWidget | None, counts_at: Callable) -> PlotWindow:
    """An empty plot; `counts_at` gives the counts at ``(x, y)``, for the line beneath."""
    position = [("Row", lambda x, y: int(y)), ("Column", lambda x, y: int(x)),
                ("Counts", counts_at)]  # fmt: skip
    plot = PlotWindow(
        parent=parent, autoScale=False, logScale=False, grid=False, curveStyle=False,
        aspectRatio=False, yInverted=False, copy=False, print_=False, roi=False, mask=False,
        position=position,
    )  # fmt: skip
    plot.getYAxis().setInverted(True)
    plot.setKeepDataAspectRatio(True)
    plot.setDataMargins(0, 0, 0, 0)
    keep_margins(plot, LEFT_MARGIN, 30, RIGHT_MARGIN, 46)
    plot.getXAxis().setLabel("column (px)")
    plot.getYAxis().setLabel("row (px)")
    plot.setPanWithArrowKeys(False)
    plot.setMinimumHeight(_LEAST_HEIGHT)
    plot.centralWidget().layout().addWidget(ImageColorBar(plot, "counts"), 2, 0, 1, -1)
    colormap = Colormap(name="gray", normalization=Colormap.LOGARITHM)
    colormap.setAutoscaleMode(Colormap.PERCENTILE)
    colormap.setAutoscalePercentiles(_PERCENTILES)
    plot.setDefaultColormap(colormap)
    follow_palette(plot)
    return plot
