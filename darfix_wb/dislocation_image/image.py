"""The image in which dislocations stand out, in sigma of its noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from ..extraction import PatchedScan
from ..local_background import local_background
from ..pixels import PixelMask, isolated_pixels
from ..progress import SILENT, Monitor
from ..robust import robust_deviation
from ..threads import one_by_one
from .smoothing import smoothed
from .sums import FrameSums, sum_frames

SMOOTHING_PX = 1.5
"""Standard deviation of the Gaussian that the image is smoothed by."""

GROUND_PX = 48
"""Side of the blocks whose medians are taken off in the end: glow beside bright parts."""

MOST_STEP = 3
"""Largest step between the rows and columns of a block that are looked at."""

ENOUGH = 250
"""Rows or columns that medians are taken over; of larger frames each second, third..."""

CLUSTER = 3
"""How often warm pixels are looked for: that many, side by side, are found."""

SHOWN_SIGMA = 3.0

NOTHING_LIT = (
    "The dislocation image has no value in any pixel: no patch carries signal. Check that the scan "
    "goes through the peak of the crystal."
)


@dataclass(frozen=True)
class DislocationImage:
    """Where a scan shows dislocations, without any label.

    Attributes
    ----------
    image, low, high : numpy.ndarray
        ``(height, width)`` float32, in sigma: over the whole rocking curve, and over the frames
        below (WB-) and above (WB+) the peak of the pixel. Sigma is the spread of each image where
        nothing is (from the median absolute deviation of its lit pixels). NaN where nothing is lit
        and in invalid pixels.
    lit : numpy.ndarray
        ``(height, width)`` bool: pixels of patches that carry signal.
    sums : FrameSums or None
        What the images were made of, warm pixels mended; None where they were let go of.
    warnings : tuple of str
        Why the image may not be trusted.
    """

    image: numpy.ndarray
    low: numpy.ndarray
    high: numpy.ndarray
    lit: numpy.ndarray
    sums: FrameSums | None
    warnings: tuple[str, ...] = ()


def dislocation_image(patched: PatchedScan, *, monitor: Monitor = SILENT) -> DislocationImage:
    """Make the dislocation image of a scan; its frames are read once, one at a time.

    Each frame, less the mean around each pixel, is weighted by its inverse variance where nothing
    is, and summed: near the peak of the rocking curve, strong beam fluctuates so much that such
    frames hardly count. The sum over the square root of the summed weights is smoothed, the median
    of each row and column and a local background are taken off, and the rest is divided by its own
    spread. Warm pixels are found in the sum, where they stand out most.

    Parameters
    ----------
    patched : PatchedScan
        Scan, grid and background, from `darfix_wb.extraction.extract`.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Examples
    --------
    >>> from darfix_wb.extraction import extract
    >>> from darfix_wb.scan import RockingScan
    >>> rng = numpy.random.default_rng(0)
    >>> curve = 600 * numpy.exp(-numpy.linspace(-3, 3, 13) ** 2)[:, None, None]
    >>> frames = rng.normal(100 + curve, 4 + numpy.sqrt(curve), (13, 256, 256))
    >>> frames[:4, 118:122, 60:150] += 12
    >>> found = dislocation_image(extract(RockingScan(frames, numpy.arange(13))))
    >>> on_line = (slice(119, 121), slice(70, 140))
    >>> [bool(image[on_line].mean() > 5) for image in (found.image, found.low, found.high)]
    [True, True, False]
    """
    sums = sum_frames(patched, monitor=monitor)
    lit = patched.grid.stitch((~patched.empty).astype(numpy.float32)) > 0.5
    lit &= patched.scan.used.any()
    mask = patched.scan.mask
    invalid = numpy.zeros(lit.shape, dtype=bool) if mask is None else mask.invalid
    images = sums.significance()
    _mend_warm_pixels(sums, images, invalid)
    whole, low, high = one_by_one(lambda image: _in_sigma(image, lit, invalid), images)
    nothing = () if (lit & ~invalid).any() else (NOTHING_LIT,)
    return DislocationImage(whole, low, high, lit, sums, nothing)


def as_shown(image: numpy.ndarray) -> numpy.ndarray:
    """An image in sigma as it is shown: ``asinh(max(image, 0) / 3)``; NaN stays.

    Faint lines and bright ones are seen together, noise below 3 sigma is nearly flat.
    """
    return numpy.arcsinh(numpy.maximum(image, 0) / SHOWN_SIGMA)


def _mend_warm_pixels(
    sums: FrameSums, images: tuple[numpy.ndarray, ...], invalid: numpy.ndarray
) -> None:
    """Give pixels that stand alone in the first of the images the values beside them, in place, in
    the sums and in all images.

    Those of a cluster stand alone one after the other.
    """
    alone = PixelMask(invalid)
    for _ in range(CLUSTER):
        found = alone.invalid.copy()
        for pixels in isolated_pixels(alone.mend(images[0])):
            found.flat[pixels] = True
        alone = PixelMask(found)
    for one in (*sums.signal, *images):
        alone.fill(one, None, in_place=True)


def _in_sigma(
    significance: numpy.ndarray, lit: numpy.ndarray, invalid: numpy.ndarray
) -> numpy.ndarray:
    """An image over some bins; NaN where nothing is lit or known."""
    image = smoothed(significance, SMOOTHING_PX)
    image[~lit] = numpy.nan
    step = max(min(image.shape) // ENOUGH, 1)
    for axis in range(2):
        image -= _medians(image, axis, step)
    image -= local_background(image, size=GROUND_PX, each=min(step, MOST_STEP))
    image[invalid] = numpy.nan
    values = image[::step, ::step]
    values = values[numpy.isfinite(values)]
    if not values.size:
        return image
    image /= numpy.float32(max(robust_deviation(values), numpy.finfo(numpy.float32).tiny))
    return image


def _medians(image: numpy.ndarray, axis: int, step: int) -> numpy.ndarray:
    """Medians of columns (axis 0) or rows, over some of their pixels; 0 where nothing is lit."""
    some = image[::step] if axis == 0 else image[:, ::step]
    finite = numpy.isfinite(some)
    if finite.all():
        return numpy.median(some, axis=axis, keepdims=True)
    medians = numpy.zeros(some.shape[1 - axis], some.dtype)
    seen = finite.any(axis=axis)
    medians[seen] = numpy.nanmedian(numpy.compress(seen, some, axis=1 - axis), axis=axis)
    return numpy.expand_dims(medians, axis)
