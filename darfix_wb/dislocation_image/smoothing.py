"""A Gaussian over large images: as scipy's, several times as fast on two cores."""

from __future__ import annotations

import numba
import numpy

from ..threads import over_rows

TRUNCATE = 3.0
"""The Gaussian ends at so many standard deviations."""


def smoothed(image: numpy.ndarray, sigma_px: float) -> numpy.ndarray:
    """An image convolved with a Gaussian; its edges go on.

    Parameters
    ----------
    image : numpy.ndarray
        ``(height, width)`` float32, finite.
    sigma_px : float
        Standard deviation, px.

    Returns
    -------
    numpy.ndarray
        ``(height, width)`` float32, as `scipy.ndimage.gaussian_filter` with ``truncate=3`` and
        ``mode="nearest"``.
    """
    reach = int(TRUNCATE * sigma_px + 0.5)
    taps = numpy.exp(-0.5 * (numpy.arange(-reach, reach + 1) / sigma_px) ** 2)
    taps = (taps / taps.sum()).astype(numpy.float32)
    across, result = numpy.empty_like(image), numpy.empty_like(image)
    over_rows(lambda *rows: _across(image, taps, *rows, across), len(image))
    over_rows(lambda *rows: _down(across, taps, *rows, result), len(image))
    return result


@numba.njit(nogil=True, cache=True)
def _across(image, taps, first, last, result):
    for i in range(first, last):
        _convolve_row(image[i], taps, result[i])


@numba.njit(nogil=True, cache=True)
def _convolve_row(row, taps, result):
    reach = taps.size // 2
    padded = numpy.empty(row.size + 2 * reach, numpy.float32)
    padded[:reach], padded[reach + row.size :] = row[0], row[-1]
    padded[reach : reach + row.size] = row
    result[:] = 0
    for k in range(taps.size):
        part = padded[k : k + row.size]
        for j in range(row.size):
            result[j] += taps[k] * part[j]


@numba.njit(nogil=True, cache=True)
def _down(image, taps, first, last, result):
    for i in range(first, last):
        _sum_rows(image, taps, i, result[i])


@numba.njit(nogil=True, cache=True)
def _sum_rows(image, taps, i, result):
    reach, last = taps.size // 2, image.shape[0] - 1
    result[:] = 0
    for k in range(taps.size):
        row = image[min(max(i + k - reach, 0), last)]
        for j in range(result.size):
            result[j] += taps[k] * row[j]
