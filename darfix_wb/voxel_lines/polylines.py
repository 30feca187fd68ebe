"""Chains of voxels as smooth lines in um."""

from __future__ import annotations

import numpy

from ..dislocation_lines.line import DislocationLine

STEP_UM = 0.2
"""Distance of the points."""

SMOOTHED_UM = 1.5
"""Length over which rows and columns are averaged."""

SMOOTHED_LAYERS = 4
"""Distances of layers over which layers are averaged: the steps of an inclined line, each of a
whole layer, are farther apart along it than 1 um, and left as they are would make it longer by up
to a fifth."""


def smooth_line(points_um: numpy.ndarray, layer_um: float) -> numpy.ndarray:
    """A chain of voxels, resampled and smoothed; its ends stay where they are.

    Parameters
    ----------
    points_um : numpy.ndarray
        ``(n, 3)`` float64.
    layer_um : float
        Distance of layers.

    Returns
    -------
    numpy.ndarray
        ``(m, 3)`` float64, about every 0.2 um.

    Examples
    --------
    >>> zigzag = numpy.array([[0.0, k * 0.1, (k % 2) * 0.1] for k in range(101)])
    >>> round(DislocationLine(smooth_line(zigzag, 1.0)).length_um, 1)
    10.0
    """
    points = DislocationLine(points_um).resampled(STEP_UM)
    step = DislocationLine(points).length_um / max(len(points) - 1, 1)
    if step <= 0:
        return points
    smooth = _averaged(points, SMOOTHED_UM / step)
    smooth[:, 0] = _averaged(points, max(SMOOTHED_UM, SMOOTHED_LAYERS * layer_um) / step)[:, 0]
    return smooth


def _averaged(points: numpy.ndarray, width: float) -> numpy.ndarray:
    """Means over `width` points, over fewer towards the ends, so that these stay."""
    place = numpy.arange(len(points))
    reach = numpy.minimum(numpy.minimum(place, place[::-1]), int(width / 2))
    sums = numpy.concatenate([numpy.zeros((1, 3)), numpy.cumsum(points, axis=0)])
    return (sums[place + reach + 1] - sums[place - reach]) / (2 * reach + 1)[:, None]
