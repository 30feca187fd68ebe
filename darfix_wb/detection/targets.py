"""What a detector should say: which pixels lie within 3 px of a line that shows."""

from __future__ import annotations

import numpy
from scipy.ndimage import distance_transform_edt
from skimage.morphology import skeletonize

NEAR_PX = 3.0
"""A pixel not further than this from a centre line belongs to it."""


def centre_lines(line_map: numpy.ndarray, shown: numpy.ndarray) -> numpy.ndarray:
    """Centre lines of the parts of lines that show, each line by itself.

    Parameters
    ----------
    line_map : numpy.ndarray
        ``(height, width)`` int: number of the line that each pixel lies on, -1 where none.
    shown : numpy.ndarray
        ``(height, width)`` bool: pixels of lines that show.

    Returns
    -------
    numpy.ndarray
        ``(height, width)`` bool, one pixel wide.

    Examples
    --------
    >>> line_map = numpy.full((9, 9), -1)
    >>> line_map[1:4], line_map[4:7] = 0, 1
    >>> numpy.flatnonzero(centre_lines(line_map, line_map >= 0)[:, 4]).tolist()
    [2, 5]
    """
    centres = numpy.zeros(line_map.shape, dtype=bool)
    for number in numpy.unique(line_map[shown]):
        centres |= skeletonize(shown & (line_map == number))
    return centres


def near(lines: numpy.ndarray, reach_px: float = NEAR_PX) -> numpy.ndarray:
    """``(height, width)`` bool: pixels not further than this from a pixel of the lines."""
    if not lines.any():
        return numpy.zeros(lines.shape, dtype=bool)
    return distance_transform_edt(~lines) <= reach_px
