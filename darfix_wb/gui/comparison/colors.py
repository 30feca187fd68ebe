"""Colours of the images and of the lines in a comparison."""

from __future__ import annotations

import numpy
from silx.gui.colors import Colormap

from ...comparison.contrast import SCALE_PERCENTILES
from ..plots.beam_colors import NEVER_SEEN

_MOST_VALUES = 300_000

_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_STYLES = ("-", "--")


def shared_colormap(low: float, high: float) -> Colormap:
    """From the darkest to the brightest value; grey where no frame contributed."""
    colormap = Colormap("viridis")
    colormap.setVRange(min(low, high), high if high > low else low + 1.0)
    colormap.setNaNColor(NEVER_SEEN)
    return colormap


def own_colormap(image: numpy.ndarray) -> Colormap:
    """From the faintest to the brightest percent of an image."""
    step = max(1, int(numpy.sqrt(image.size / _MOST_VALUES)))
    seen = image[::step, ::step]
    seen = seen[numpy.isfinite(seen)]
    low, high = numpy.percentile(seen, SCALE_PERCENTILES) if seen.size else (0.0, 1.0)
    return shared_colormap(float(low), float(high))


def line_of(index: int) -> tuple[str, str]:
    """Colour and style of the line of a method, by its place in the comparison.

    Colours that colour-blind people tell apart (Okabe and Ito), dashed the second time.
    """
    style, color = divmod(index, len(_COLORS))
    return _COLORS[color], _STYLES[style % len(_STYLES)]
