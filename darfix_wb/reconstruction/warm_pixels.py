"""Pixels that are too bright in all layers: through the layers they would make a line of each."""

from __future__ import annotations

import numpy
from scipy import ndimage

from ..robust import robust_deviation
from .layer_stack import LayerStack

LEAST_LAYERS = 5
"""With fewer, a bead and a warm pixel cannot be told apart by the median."""

MOST_LAYERS = 31
"""Layers, evenly through the volume, that the median is taken over."""

STANDS_OUT = 6.0
"""Height over the median of the surroundings, in robust deviations."""

AROUND_PX = 9
NARROW_PX = 4
NARROW_SHARE = 0.15
"""A single pixel, smoothed by 1.5 px, has fallen below this share of its height 4 px away."""

_ROWS = 128


def find_warm_pixels(stack: LayerStack) -> numpy.ndarray:
    """Find pixels that stand out, alone, in the median over layers of the dislocation images.

    A dislocation along the normal of the layers stands out as well, but its contrast is wider
    than a pixel.

    Returns
    -------
    numpy.ndarray
        ``(rows, columns)`` bool: such pixels and those beside them.
    """
    if len(stack) < LEAST_LAYERS:
        return numpy.zeros(stack.shape, bool)
    numbers = numpy.linspace(0, len(stack) - 1, min(len(stack), MOST_LAYERS)).astype(int)
    median = numpy.empty(stack.shape, numpy.float32)
    for first in range(0, stack.shape[0], _ROWS):
        rows = slice(first, first + _ROWS)
        median[rows] = _median(stack.read_rows("dislocation_image", rows, numbers))
    return stand_out_alone(median)


def _median(images: numpy.ndarray) -> numpy.ndarray:
    """``(rows, columns)`` medians of what is known; 0 where nothing is."""
    images = numpy.sort(images, axis=0)  # nan last
    known = numpy.isfinite(images).sum(axis=0)
    middle = numpy.maximum(known - 1, 0) // 2
    return numpy.nan_to_num(numpy.take_along_axis(images, middle[None], axis=0)[0])


def stand_out_alone(image: numpy.ndarray) -> numpy.ndarray:
    """Pixels that stand out of their surroundings and are narrower than any line.

    Parameters
    ----------
    image : numpy.ndarray
        ``(rows, columns)`` float32, finite.

    Returns
    -------
    numpy.ndarray
        ``(rows, columns)`` bool, with the 5 x 5 px around each.

    Examples
    --------
    >>> rows, columns = numpy.indices((60, 60))
    >>> pixel = 9 * numpy.exp(-((rows - 15) ** 2 + (columns - 20) ** 2) / 4.5)
    >>> line = 9 * numpy.exp(-((rows - 40) ** 2 + (columns - 40) ** 2) / 40)
    >>> noise = numpy.random.default_rng(0).normal(size=(60, 60))
    >>> found = stand_out_alone(pixel + line + 0.1 * noise)
    >>> bool(found[15, 20]), bool(found[40, 40])
    (True, False)
    """
    around = ndimage.median_filter(image, AROUND_PX, mode="nearest")
    height = image - around
    peak = height > STANDS_OUT * max(robust_deviation(height.ravel()), 1e-6)
    peak &= image == ndimage.maximum_filter(image, 5, mode="nearest")
    narrow = numpy.ones(image.shape, bool)
    for axis in (0, 1):
        offset = numpy.eye(2, dtype=int)[axis] * NARROW_PX
        for side in (offset, -offset):
            narrow &= ndimage.shift(image, side, order=0, mode="nearest") < NARROW_SHARE * image
    return ndimage.binary_dilation(peak & narrow, numpy.ones((5, 5)))
