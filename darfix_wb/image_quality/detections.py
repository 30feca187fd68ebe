"""Lines detected in an image at one threshold that is the same for all scans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy
from scipy import ndimage
from skimage.morphology import skeletonize

from ..detection.tracing import LEAST_PX
from ..robust import robust_deviation
from ..truth import CONNECTED

LEAST_SIGMA = 8.0
"""A ridge is a line above so many robust standard deviations of the ridge-filtered image."""

NO_NOISE = 1e-5
"""A robust deviation below this share of the largest response is rounding, not noise."""


@dataclass(frozen=True, eq=False)
class Detections:
    """Detected lines.

    Attributes
    ----------
    mask : numpy.ndarray
        ``(rows, columns)`` bool: detected pixels.
    centre : numpy.ndarray
        ``(rows, columns)`` bool: centre lines, one pixel wide (`thinned`).
    parts : numpy.ndarray
        ``(rows, columns)`` int32: number of the connected detection from 1 on, on its centre
        line; 0 elsewhere.
    """

    mask: numpy.ndarray
    centre: numpy.ndarray
    parts: numpy.ndarray

    @property
    def n_parts(self) -> int:
        """Number of connected detections."""
        return int(self.parts.max(initial=0))

    def touching(self, where: numpy.ndarray) -> numpy.ndarray:
        """``(n_parts,)`` bool: connected detections whose centre line has a pixel in a mask."""
        touched = numpy.zeros(self.n_parts + 1, dtype=bool)
        touched[self.parts[where]] = True
        return touched[1:]


def thinned(mask: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Lines without specks, and their centre lines: one rule for true lines and detected ones.

    Connected pixels (at sides or corners) fewer than 9 are left out; what is left is thinned to
    one pixel (Zhang and Suen, Communications of the ACM 27, 236, 1984).

    Parameters
    ----------
    mask : numpy.ndarray
        ``(rows, columns)`` bool.

    Returns
    -------
    parts : numpy.ndarray
        ``(rows, columns)`` int32: number of the connected part from 1 on; 0 elsewhere.
    centre : numpy.ndarray
        ``(rows, columns)`` bool; at least one pixel of each part.
    """
    labelled, n_parts = ndimage.label(mask, structure=CONNECTED)
    sizes = numpy.bincount(labelled.ravel(), minlength=n_parts + 1)
    keep = sizes >= LEAST_PX
    keep[0] = False
    parts = numpy.where(keep, numpy.cumsum(keep), 0)[labelled].astype(numpy.int32)
    return parts, skeletonize(parts > 0)


def detect(mask: numpy.ndarray) -> Detections:
    """The lines that some detected pixels make.

    Parameters
    ----------
    mask : numpy.ndarray
        ``(rows, columns)`` bool: pixels above the threshold.
    """
    parts, centre = thinned(mask)
    return Detections(parts > 0, centre, numpy.where(centre, parts, 0))


def ridge_threshold(
    response: numpy.ndarray, seen: numpy.ndarray, *, least_sigma: float = LEAST_SIGMA
) -> float:
    """The threshold of a ridge-filtered image: median plus 8 robust standard deviations.

    Where a response has no noise to measure, because more than half of it is 0 or rounding,
    half of its largest value is the threshold.

    Parameters
    ----------
    response : numpy.ndarray
        ``(rows, columns)`` float, from `ridge_response`.
    seen : numpy.ndarray
        ``(rows, columns)`` bool: lit pixels, by which the noise is measured; at least one.
    least_sigma : float
        Robust standard deviations above the median.
    """
    values = response[seen].astype(float)
    deviation, largest = robust_deviation(values), float(values.max())
    if deviation <= NO_NOISE * largest:
        return largest / 2
    return float(numpy.median(values)) + least_sigma * deviation
