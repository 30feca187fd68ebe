"""How much of the edges of patches an image shows."""

from __future__ import annotations

import numpy
from scipy import ndimage

from ..errors import DarfixWBError
from ..patches import DEFAULT_PATCH_SIZE

N_HARMONICS = 8
"""Of the period. Down to an eighth of it, so that soft steps count as sharp ones do."""

MOST_BESIDE = 4
"""Frequencies on either side of a harmonic, to compare it with: only near ones are alike."""

LEAST_EDGES = 3
"""That an image must have: with fewer there is no frequency between two harmonics."""

BASE_SHARE = 16
"""A step is taken between the means of this part of a period on either side: 4 of 64 px."""

LARGEST_STEP = 4.0
"""A step counts as at most so many times the mean step around."""


def block_edge_energy(image: numpy.ndarray, *, period_px: int = DEFAULT_PATCH_SIZE) -> float:
    """Power of an image's steps at the period of the patches, over that next to it.

    About 1 where nothing of the patches can be seen (0.5 to 2 for noise in images of six by eight
    patches), above it where their edges are. The same for ``a * image + b`` with `a` not 0.

    Steps from patch to patch are up as often as down, so that the image itself has no more power
    at the period than elsewhere (blocks of random levels have none at all); the size of its steps
    has, see `edge_spectrum`. Its power at the first eight harmonics of the period is held against
    that at the frequencies next to them.

    Parameters
    ----------
    image : numpy.ndarray
        ``(rows, columns)`` float in any unit; NaN is left out. The first patch begins at
        ``(0, 0)``; sides need not be a multiple of the period.
    period_px : int
        Patch size in pixels, at least 16. It is also a period of overlapping patches whose
        stride divides it.

    Returns
    -------
    float
        Mean over rows and columns; nan for an image without steps along one of them.

    Raises
    ------
    DarfixWBError
        If the image is too small to tell the period from its neighbours, or the period too short.
    """
    return float(numpy.mean([_ratio(image, period_px, axis) for axis in (0, 1)]))


def edge_spectrum(
    image: numpy.ndarray, *, period_px: int = DEFAULT_PATCH_SIZE, axis: int = 1
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Power spectrum of the size of an image's steps.

    At each column the median along each side of a patch of the difference between the 4 px after
    it and the 4 px before it (for patches of 64 px); hot pixels and dislocations do not move it.
    Its absolute value over the mean within half a patch, at most 4: the edge of the beam is one
    large step and no period. The mean of these over all patches of a column has the spectrum.

    Parameters
    ----------
    image : numpy.ndarray
        ``(rows, columns)`` float in any unit; NaN is left out.
    period_px : int
        Patch size in pixels, at least 16.
    axis : int
        1 for steps from column to column, 0 for those from row to row.

    Returns
    -------
    frequency : numpy.ndarray
        ``(n,)`` float64, 1/px, from 0 to one half. The period is a whole number of them.
    power : numpy.ndarray
        ``(n,)`` float64, in squares of the mean step; all 0 for an image without steps.

    Raises
    ------
    DarfixWBError
        As `block_edge_energy`.

    Notes
    -----
    After Wang, Bovik and Evans, Blind measurement of blocking artifacts in images, Proc. IEEE ICIP
    3, 981 (2000): power spectrum of absolute differences. The means and medians along the known
    sides of the patches, and the limit, are ours.
    """
    image = numpy.asarray(image, dtype=float)
    _check(image, period_px)
    steps = _steps(image if axis == 1 else image.T, period_px)
    n_whole = len(steps) // period_px * period_px
    first = (len(steps) - n_whole) // 2
    steps = steps[first : first + n_whole]
    power = numpy.abs(numpy.fft.rfft(steps - steps.mean())) ** 2 / n_whole
    return numpy.fft.rfftfreq(n_whole), power


def _ratio(image: numpy.ndarray, period_px: int, axis: int) -> float:
    frequency, power = edge_spectrum(image, period_px=period_px, axis=axis)
    spacing = round(1 / (period_px * frequency[1]))
    harmonics = spacing * numpy.arange(1, N_HARMONICS + 1)
    reach = min(MOST_BESIDE, (spacing - 1) // 2)
    beside = numpy.concatenate([numpy.arange(-reach, 0), numpy.arange(1, reach + 1)])
    beside = harmonics[:, None] + beside
    around = power[beside[beside < len(power)]].mean()
    return power[harmonics].mean() / around if around > 0 else numpy.nan


def _steps(image: numpy.ndarray, period_px: int) -> numpy.ndarray:
    """Mean over the patches of the relative size of the step at each column, ``(n_columns,)``."""
    base = period_px // BASE_SHARE
    levels = numpy.lib.stride_tricks.sliding_window_view(image, base, axis=1).mean(axis=-1)
    steps = levels[:, base:] - levels[:, :-base]
    missing = -len(steps) % period_px
    steps = numpy.pad(steps, ((0, missing), (0, 0)), constant_values=numpy.nan)
    sides = steps.reshape(-1, period_px, steps.shape[1])
    seen = numpy.isfinite(sides).any(axis=1)
    if not seen.any():
        return numpy.zeros(steps.shape[1])
    sizes = numpy.abs(numpy.nanmedian(numpy.where(seen[:, None], sides, 0), axis=1))
    sizes[~seen] = numpy.median(sizes[seen])
    around = ndimage.uniform_filter1d(sizes, period_px, axis=1, mode="nearest")
    relative = numpy.divide(sizes, around, out=numpy.zeros(sizes.shape), where=around > 0)
    return numpy.minimum(relative, LARGEST_STEP).mean(axis=0)


def _check(image: numpy.ndarray, period_px: int) -> None:
    if period_px < 2 * N_HARMONICS:
        raise DarfixWBError(
            f"period_px must be at least {2 * N_HARMONICS} px, got {period_px}. Give a "
            "multiple of the patch size."
        )
    least = LEAST_EDGES * period_px + 2 * (period_px // BASE_SHARE) - 1
    if image.ndim != 2 or min(image.shape) < least:
        raise DarfixWBError(
            f"An image must have at least {least} rows and columns to show the edges of patches "
            f"every {period_px} px, got the shape {image.shape}. Give a larger one."
        )
