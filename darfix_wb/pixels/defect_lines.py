"""Rows and columns of a detector that differ from those beside them over their whole length."""

from __future__ import annotations

import numpy
from scipy.ndimage import grey_closing, grey_opening

from .mask import PixelMask

WIDEST = 16
"""Rows or columns side by side; what is wider is part of the image."""

WIDEST_AT_BORDER = 2
"""There, what is wider may be a dark margin of the image."""

LEAST_SIGMA = 3.0
"""They differ by this many standard deviations of a pixel in one frame, in the median."""

ALONG = 0.95
"""Share of the pixels that differ by two thirds of that from those beside, on both sides."""

BESIDE = 3
"""Rows on each side that they are compared with: one of them may be a defect, too."""

SHARPNESS = 0.8
"""Share of the difference that the edge takes in one pixel; an image is more blurred."""

PROFILE_PIXELS = 128
"""Of each row or column, as many are looked at."""


def defect_lines(image: numpy.ndarray, sigma: float) -> numpy.ndarray:
    """Find rows and columns, up to sixteen side by side, that are too bright or too dark.

    Parameters
    ----------
    image : numpy.ndarray
        ``(height, width)``: the lowest counts of each pixel in some frames.
    sigma : float
        Standard deviation of a pixel in one frame, counts.

    Returns
    -------
    numpy.ndarray
        ``(height, width)`` bool.

    Examples
    --------
    >>> image = numpy.random.default_rng(0).normal(100, 4, (64, 64))
    >>> image[20:22] -= 45
    >>> image[:, 50] += 40
    >>> lines = defect_lines(image, sigma=4.0)
    >>> numpy.flatnonzero(lines.all(axis=1)).tolist(), numpy.flatnonzero(lines.all(axis=0)).tolist()
    ([20, 21], [50])
    """
    rows = numpy.zeros(image.shape, dtype=bool)
    rows[_steps_out(image, sigma)] = True
    columns = numpy.zeros(image.shape, dtype=bool)
    columns[:, _steps_out(PixelMask(rows).mend(image).T, sigma)] = True
    return rows | columns


def _steps_out(image: numpy.ndarray, sigma: float) -> numpy.ndarray:
    """``(n_rows,)`` bool: rows that lie apart from those above and below."""
    some = image[:, :: max(1, image.shape[1] // PROFILE_PIXELS)].astype(float)
    profile = numpy.median(some, axis=1)
    padded = numpy.pad(profile, WIDEST, mode="reflect")
    found = numpy.zeros(profile.size, dtype=bool)
    for sign, smooth in ((-1, grey_closing), (1, grey_opening)):
        level = smooth(padded, 2 * WIDEST + 1)[WIDEST:-WIDEST]
        apart = sign * (profile - level) > LEAST_SIGMA * sigma
        edges = numpy.flatnonzero(numpy.diff(numpy.concatenate([[0], apart, [0]])))
        for start, stop in edges.reshape(-1, 2):
            at_border = start == 0 or stop == len(profile)
            if stop - start <= (WIDEST_AT_BORDER if at_border else WIDEST):
                found[start:stop] = _is_defect(sign * some, start, stop, sigma)
    return found


def _is_defect(rows: numpy.ndarray, start: int, stop: int, sigma: float) -> bool:
    """Whether rows are brighter all along than those beside, and the edge is sharp."""
    inside = numpy.median(rows[start:stop], axis=0)
    sides = ((start, start - 1, rows[max(start - BESIDE, 0) : start]),)
    sides += ((stop - 1, stop, rows[stop : stop + BESIDE]),)
    for last, next_row, beside in sides:
        if not len(beside):  # at the border: the others must be right
            beside = rows
        higher = inside - numpy.median(beside, axis=0)
        step = numpy.median(rows[last] - rows[next_row]) if 0 <= next_row < len(rows) else numpy.inf
        along = (higher > LEAST_SIGMA * sigma * 2 / 3).mean() >= ALONG
        if not (along and step >= SHARPNESS * numpy.median(higher)):
            return False
    return True
