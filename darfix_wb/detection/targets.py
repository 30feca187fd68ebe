"""What a detector should say: which pixels lie within 3 px of a line that shows."""

from __future__ import annotations

from collections.abc import Callable

import numpy
from scipy.ndimage import distance_transform_edt, find_objects
from skimage.morphology import skeletonize

from ..truth import NO_LINE

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
    return numbered_centres(numpy.where(shown, line_map, NO_LINE)) != NO_LINE


def numbered_centres(
    numbers: numpy.ndarray, thin: Callable[[numpy.ndarray], numpy.ndarray] = skeletonize
) -> numpy.ndarray:
    """Centre lines of numbered lines, each thinned by itself.

    Parameters
    ----------
    numbers : numpy.ndarray
        ``(height, width)`` int: number of the line that each pixel lies on, -1 where none.
    thin : callable
        Takes the mask of a line and gives its centre line.

    Returns
    -------
    numpy.ndarray
        ``(height, width)`` int32: number of the line on its centre line, -1 elsewhere.
    """
    numbers = numbers.astype(numpy.int32)
    centres = numpy.full_like(numbers, NO_LINE)
    for number, box in enumerate(find_objects(numbers + 1)):
        if box is not None:
            centre = thin(numpy.pad(numbers[box] == number, 1))
            centres[box][centre[1:-1, 1:-1]] = number
    return centres


def distance_from(lines: numpy.ndarray) -> numpy.ndarray:
    """Distance of each pixel from the lines, px; infinite where there are none."""
    if not lines.any():
        return numpy.full(lines.shape, numpy.inf)
    return distance_transform_edt(~lines)


def near(lines: numpy.ndarray, reach_px: float = NEAR_PX) -> numpy.ndarray:
    """``(height, width)`` bool: pixels not further than this from a pixel of the lines."""
    return distance_from(lines) <= reach_px
