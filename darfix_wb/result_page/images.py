"""The images of a scan: dislocations in sigma, weak and strong beam in counts."""

from __future__ import annotations

import matplotlib
import numpy
from matplotlib.axes import Axes
from matplotlib.image import AxesImage

from ..detection.dislocation_map import DislocationMap
from ..dislocation_image import as_shown
from ..integration import BeamImages

SCALE_TOP = 3.0
"""Of asinh(sigma / 3): 30 sigma."""

LINE_COLOR = "#D55E00"


def color_bar(axis: Axes, drawn: AxesImage, *, label: str) -> None:
    """A colour bar as high as the image beside which it stands, whatever its shape."""
    axis.figure.colorbar(drawn, cax=axis.inset_axes((1.03, 0, 0.04, 1)), label=label)


def draw_dislocation_image(axis: Axes, found: DislocationMap, *, bar: bool = True) -> None:
    """The dislocation image on its usual scale, with or without a colour bar."""
    grey = matplotlib.colormaps["gray"].with_extremes(bad="black")
    drawn = axis.imshow(as_shown(found.image), vmin=0, vmax=SCALE_TOP, cmap=grey)
    if bar:
        color_bar(axis, drawn, label="asinh(sigma / 3)")


def draw_lines(axis: Axes, found: DislocationMap) -> None:
    """The centre lines of the lines that were found."""
    rows, columns = numpy.nonzero(found.lines.index_map >= 0)
    axis.scatter(columns, rows, s=1, color=LINE_COLOR)


def draw_probability(axis: Axes, found: DislocationMap) -> None:
    """The probability of a line within 3 px."""
    drawn = axis.imshow(found.probability, vmin=0, vmax=1, cmap="viridis")
    color_bar(axis, drawn, label="probability of a line within 3 px")


def draw_counts(axis: Axes, image: numpy.ndarray, *, label: str) -> None:
    """An image in counts; where no frame contributed it stays white."""
    values = numpy.asarray(image, dtype=float)
    finite = values[numpy.isfinite(values)]
    low, high = numpy.percentile(finite, [1, 99.7]) if finite.size else (0.0, 1.0)
    drawn = axis.imshow(values, vmin=low, vmax=max(high, low + 1e-6), cmap="viridis")
    color_bar(axis, drawn, label=label)


def unit_of(images: BeamImages) -> str:
    """What images in counts hold."""
    return "mean counts above dark" if images.mode == "default" else "sum of counts above dark"
