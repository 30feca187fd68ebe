"""The centre line of a streak."""

from __future__ import annotations

from collections.abc import Sequence

import numpy
from scipy.ndimage import gaussian_filter1d
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree
from skimage.morphology import skeletonize

from ..dislocation_lines.line import travelled_um

STEP_UM = 0.2
SMOOTHING_UM = 0.5


def centre_line(
    streak: numpy.ndarray, pitch_um: numpy.ndarray, origin: Sequence[int]
) -> numpy.ndarray:
    """The longest way through the skeleton of a streak, smoothed.

    Parameters
    ----------
    streak : numpy.ndarray
        ``(rows, columns)`` bool, one connected part.
    pitch_um : numpy.ndarray
        Distance of rows and of columns.
    origin : sequence of int
        Row and column of its first pixel in the layer.

    Returns
    -------
    numpy.ndarray
        ``(n, 2)`` float64 (row, column) in um, 0.2 um apart.
    """
    pixels = numpy.argwhere(skeletonize(numpy.pad(streak, 1))) - 1
    points = (pixels + numpy.asarray(origin)) * pitch_um
    way = _longest_way(pixels, points) if len(points) > 1 else points
    return _even(way)


def _longest_way(pixels: numpy.ndarray, points: numpy.ndarray) -> numpy.ndarray:
    pairs = cKDTree(pixels).query_pairs(1.5, output_type="ndarray")
    lengths = numpy.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1)
    graph = coo_array((lengths, pairs.T), shape=(len(points),) * 2).tocsr()
    first = _farthest(dijkstra(graph, directed=False, indices=0))
    distance, before = dijkstra(graph, directed=False, indices=first, return_predecessors=True)
    way = [_farthest(distance)]
    while way[-1] != first:
        way.append(before[way[-1]])
    return points[way]


def _farthest(distance: numpy.ndarray) -> int:
    return int(numpy.where(numpy.isfinite(distance), distance, -1).argmax())


def _even(points: numpy.ndarray) -> numpy.ndarray:
    travelled = travelled_um(points)
    count = max(int(travelled[-1] / STEP_UM), 1) + 1
    wanted = numpy.linspace(0, travelled[-1], count)
    even = numpy.stack([numpy.interp(wanted, travelled, axis) for axis in points.T], axis=1)
    return smoothed_ends_kept(even, SMOOTHING_UM / STEP_UM)


def smoothed_ends_kept(points: numpy.ndarray, sigma: float) -> numpy.ndarray:
    """A polyline smoothed along itself; beyond its ends it goes on as mirrored in them.

    Parameters
    ----------
    points : numpy.ndarray
        ``(n, d)`` float64, evenly along the line.
    sigma : float
        Standard deviation of the Gaussian, in points.
    """
    if len(points) < 3:
        return points
    count = min(len(points) - 1, int(4 * sigma) + 1)
    before = 2 * points[0] - points[count:0:-1]
    after = 2 * points[-1] - points[-2 : -count - 2 : -1]
    padded = numpy.concatenate([before, points, after])
    return gaussian_filter1d(padded, sigma, axis=0)[count : count + len(points)]
