"""Find lines by their ridges, and score the result."""

from __future__ import annotations

import numpy
from skimage.filters import sato
from skimage.morphology import skeletonize

SIGMAS_PX = (3.0, 6.0)
"""Widths of the ridges: dislocations show as beads and lines 5 to 20 px wide."""


def ridge_response(image: numpy.ndarray) -> numpy.ndarray:
    """How much each pixel is part of a bright ridge, not below 0.

    Parameters
    ----------
    image : numpy.ndarray
        ``(rows, columns)`` float, finite.

    Returns
    -------
    numpy.ndarray
        ``(rows, columns)`` float32, proportional to the image: the largest curvature over
        `SIGMAS_PX` (Sato et al., Medical Image Analysis 2:143, 1998).
    """
    image = image.astype(numpy.float32)
    return sato(image, sigmas=SIGMAS_PX, black_ridges=False, mode="reflect").astype(numpy.float32)


def detection_scores(
    response: numpy.ndarray,
    seen: numpy.ndarray,
    near: numpy.ndarray,
    lines: numpy.ndarray,
    tolerance_px: int,
) -> tuple[float, float]:
    """Average precision and best F1 of the pixels above a threshold of the response.

    Parameters
    ----------
    response : numpy.ndarray
        ``(rows, columns)`` float, 0 where there is no ridge: such pixels are never detected.
    seen : numpy.ndarray
        ``(rows, columns)`` bool: pixels that can be detected.
    near : numpy.ndarray
        ``(rows, columns)`` bool: pixels that are right when detected.
    lines : numpy.ndarray
        ``(rows, columns)`` bool: the lines to find, by their skeleton, in one piece or several.
    tolerance_px : int
        A skeleton's pixel is found by a detection at most this far away.

    Returns
    -------
    average_precision, best_f1 : float
        The precision at each skeleton pixel's own threshold (the highest one that finds it; 0 for
        pixels never found), averaged: the area under the curve of precision over recall. The
        largest harmonic mean of precision and recall over all thresholds.
    """
    response = numpy.where(seen, response, 0)
    found_at = numpy.sort(_largest_near(response, skeletonize(lines), tolerance_px))
    recall = numpy.arange(len(found_at), 0, -1) / len(found_at)
    recall = recall[numpy.searchsorted(found_at, found_at)]
    right = _count_at_least(response[near], found_at)
    precision = right / numpy.maximum(_count_at_least(response.ravel(), found_at), 1)
    precision[found_at <= 0] = 0
    total = precision + recall
    f1 = numpy.divide(2 * precision * recall, total, out=numpy.zeros_like(total), where=total > 0)
    return float(precision.mean()), float(f1.max())


def detected_f1(
    detected: numpy.ndarray, near: numpy.ndarray, lines: numpy.ndarray, tolerance_px: int
) -> float:
    """F1 of some detected pixels; `near`, `lines` and `tolerance_px` as in `detection_scores`."""
    if not detected.any():
        return 0.0
    precision = float(near[detected].mean())
    recall = float(_largest_near(detected, skeletonize(lines), tolerance_px).mean())
    total = precision + recall
    return 2 * precision * recall / total if total > 0 else 0.0


def _count_at_least(values: numpy.ndarray, thresholds: numpy.ndarray) -> numpy.ndarray:
    return len(values) - numpy.searchsorted(numpy.sort(values), thresholds)


def _largest_near(image: numpy.ndarray, where: numpy.ndarray, radius: int) -> numpy.ndarray:
    """Largest value in the disc around each pixel of a mask, ``(n,)``."""
    padded = numpy.pad(image, radius)
    rows, columns = numpy.nonzero(where)
    offsets = numpy.argwhere(_disc(radius))
    values = [padded[rows + row, columns + column] for row, column in offsets]
    return numpy.max(values, axis=0)


def _disc(radius: int) -> numpy.ndarray:
    distance = numpy.arange(-radius, radius + 1)
    return numpy.hypot(distance[:, None], distance) <= radius
