"""What the detector sees: the sums over the frames, in units that carry over between scans."""

from __future__ import annotations

import numba
import numpy

from ..dislocation_image import DislocationImage
from ..dislocation_image.sums import N_BINS, STEP, FrameSums, pixel_row

STRIDE = 2
"""The network sees cells of 2x2 px."""

PARTS = ("image", "low", "high")
SIGNIFICANCE_SCALE = 3.0
EXCESS_SCALE = 0.1
LEVEL_SCALE = 3.0
N_FEATURES = 2 * N_BINS + len(PARTS) + 2
"""Significance and relative excess in each bin, the dislocation images, level and light."""

_BINS = list(range(N_BINS))
REVERSED = [
    *_BINS[::-1],
    *(N_BINS + one for one in _BINS[::-1]),
    *(2 * N_BINS + one for one in (0, 2, 1, 3, 4)),
]
"""Order of the features as if the angles were reversed."""


def detector_features(found: DislocationImage) -> numpy.ndarray:
    """What the network sees of a scan.

    Parameters
    ----------
    found : DislocationImage
        From `darfix_wb.dislocation_image.dislocation_image`.

    Returns
    -------
    numpy.ndarray
        ``(21, rows, columns)`` float32, of cells of 2x2 px; a last odd row or column is repeated.
        By bins of distance from the local peak ``asinh(S / 3)`` of the significance and
        ``asinh(e / 0.1)`` of the excess relative to the background; 0 in bins without a frame.
        ``asinh`` of the images in sigma over 3; ``log1p`` of the mean background in units of dark
        noise, over 3; 1 where there is light, 0 elsewhere.
    """
    significance, excess = _cells(found.sums)
    images = numpy.stack([_means(getattr(found, name)) for name in PARTS])
    level = _level(found.sums, significance.shape[1:])
    lit = _means(found.lit.astype(numpy.float32))[None]
    maps = (
        numpy.arcsinh(significance / numpy.float32(SIGNIFICANCE_SCALE)),
        numpy.arcsinh(excess / numpy.float32(EXCESS_SCALE)),
        numpy.arcsinh(images / numpy.float32(SIGNIFICANCE_SCALE)),
        numpy.log1p(level)[None] / numpy.float32(LEVEL_SCALE),
    )
    return numpy.concatenate([*(one * lit for one in maps), lit])


def _cells(sums: FrameSums) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Significance and relative excess of the cells in each bin, ``(8, rows, columns)`` each."""
    shape = tuple(-(-side // STRIDE) for side in sums.signal.shape[1:])
    significance, excess = numpy.empty((2, N_BINS, *shape), numpy.float32)
    for signal, weight, level, one, other in zip(
        sums.signal, sums.weight, sums.level, significance, excess, strict=True
    ):
        _fill(signal, weight, level, one, other)
    return significance, excess


@numba.njit(nogil=True, cache=True, parallel=True)
def _fill(signal, weight, level, significance, excess):
    height, width = signal.shape
    for row in numba.prange(significance.shape[0]):
        top, bottom = STRIDE * row, min(STRIDE * row + 1, height - 1)
        weights, levels = pixel_row(weight, top), pixel_row(level, top)
        for column in range(significance.shape[1]):
            left = STRIDE * column
            right, own = min(left + 1, width - 1), weights[left]
            if own <= 0:
                significance[row, column] = 0
                excess[row, column] = 0
                continue
            total = signal[top, left] + signal[top, right]
            total += signal[bottom, left] + signal[bottom, right]
            significance[row, column] = total / (STRIDE * numpy.sqrt(own))
            excess[row, column] = total / (STRIDE * STRIDE * (levels[left] + own))


def _level(sums: FrameSums, shape: tuple[int, int]) -> numpy.ndarray:
    """Weighted mean background of the cells, in units of dark noise."""
    weight = numpy.maximum(sums.weight.sum(axis=0), numpy.finfo(numpy.float32).tiny)
    mean = sums.level.sum(axis=0) / weight
    rows, columns = (numpy.arange(side) * STRIDE // STEP for side in shape)
    return mean[numpy.ix_(rows, columns)]


def _means(image: numpy.ndarray) -> numpy.ndarray:
    """Means over cells, NaN as 0."""
    height, width = image.shape
    image = numpy.nan_to_num(image, copy=True)
    image = numpy.pad(image, ((0, height % STRIDE), (0, width % STRIDE)), mode="edge")
    corners = (image[i::STRIDE, j::STRIDE] for i in range(STRIDE) for j in range(STRIDE))
    return sum(corners) / numpy.float32(STRIDE**2)
