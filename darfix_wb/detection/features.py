"""What the detector sees: the sums over the frames, in units that carry over between scans."""

from __future__ import annotations

import numba
import numpy

from ..dislocation_image import DislocationImage
from ..dislocation_image.sums import N_BINS, STEP, FrameSums, pixel_row
from ..threads import over_rows

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
    shape = tuple(-(-side // STRIDE) for side in found.image.shape)
    lit = _means(found.lit.astype(numpy.float32))
    features = numpy.empty((N_FEATURES, *shape), numpy.float32)
    sums = found.sums
    for one in range(N_BINS):
        given = sums.signal[one], sums.weight[one], sums.level[one]
        _fill_bin(given, features[one], features[N_BINS + one])
    others = features[2 * N_BINS :]
    for one, name in zip(others, PARTS, strict=False):
        numpy.divide(_means(getattr(found, name)), SIGNIFICANCE_SCALE, out=one)
    over_rows(lambda first, last: _compress(features[:-2, first:last], lit[first:last]), len(lit))
    others[-2] = numpy.log1p(_level(sums, shape)) / LEVEL_SCALE * lit
    others[-1] = lit
    return features


def _fill_bin(
    given: tuple[numpy.ndarray, ...], significance: numpy.ndarray, excess: numpy.ndarray
) -> None:
    over_rows(lambda *rows: _fill(*given, *rows, significance, excess), len(significance))


def _compress(features: numpy.ndarray, lit: numpy.ndarray) -> None:
    """``asinh`` of features, 0 where nothing is lit, in place."""
    numpy.arcsinh(features, out=features)
    features *= lit


@numba.njit(nogil=True, cache=True)
def _fill(signal, weight, level, first, last, significance, excess):
    """Significance and relative excess of the cells in one bin and some rows of cells."""
    for row in range(first, last):
        above = signal[STRIDE * row]
        below = signal[min(STRIDE * row + 1, signal.shape[0] - 1)]
        weights, levels = pixel_row(weight, STRIDE * row), pixel_row(level, STRIDE * row)
        _fill_row(above, below, weights, levels, significance[row], excess[row])


@numba.njit(nogil=True, cache=True)
def _fill_row(above, below, weights, levels, significance, excess):
    for column in range(significance.size):
        left = STRIDE * column
        right, own = min(left + 1, above.size - 1), weights[left]
        significance[column] = excess[column] = 0
        if own > 0:
            total = above[left] + above[right] + below[left] + below[right]
            significance[column] = total / (STRIDE * numpy.sqrt(own) * SIGNIFICANCE_SCALE)
            excess[column] = total / (STRIDE * STRIDE * (levels[left] + own) * EXCESS_SCALE)


def _level(sums: FrameSums, shape: tuple[int, int]) -> numpy.ndarray:
    """Weighted mean background of the cells, in units of dark noise."""
    weight = numpy.maximum(sums.weight.sum(axis=0), numpy.finfo(numpy.float32).tiny)
    mean = sums.level.sum(axis=0) / weight
    rows, columns = (numpy.arange(side) * STRIDE // STEP for side in shape)
    return mean[numpy.ix_(rows, columns)]


def _means(image: numpy.ndarray) -> numpy.ndarray:
    """Means over cells, NaN as 0."""
    missing = [(0, side % STRIDE) for side in image.shape]
    if any(after for _, after in missing):
        image = numpy.pad(image, missing, mode="edge")
    corners = (image[i::STRIDE, j::STRIDE] for i in range(STRIDE) for j in range(STRIDE))
    return sum(map(numpy.nan_to_num, corners)) / numpy.float32(STRIDE**2)
