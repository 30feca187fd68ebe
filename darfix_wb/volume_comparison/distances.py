"""Distances from the points of one set to the nearest of another."""

from __future__ import annotations

import numba
import numpy
from scipy.spatial import cKDTree

from ..progress import SILENT, Monitor

POINTS_AT_ONCE = 200_000
"""Points between two looks at whether to stop."""

CANCELLED = "The comparison was cancelled."


def tree_of(points_um: numpy.ndarray) -> cKDTree:
    """A tree of ``(n, 3)`` points; its form suits points on a grid, many at one height."""
    return cKDTree(points_um, balanced_tree=False)


def nearest(
    points_um: numpy.ndarray, tree: cKDTree, *, monitor: Monitor = SILENT
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """The nearest point of a tree, exactly.

    Parameters
    ----------
    points_um : numpy.ndarray
        ``(n, 3)`` float64.
    tree : scipy.spatial.cKDTree
        Of the other set.
    monitor : Monitor
        Told the fraction done.

    Returns
    -------
    distances_um : numpy.ndarray
        ``(n,)`` float64; infinite where the tree is empty.
    numbers : numpy.ndarray
        ``(n,)`` int: numbers of the nearest points; 0 where the tree is empty.

    Raises
    ------
    OperationCancelled
        If the monitor says so.

    Examples
    --------
    >>> tree = tree_of(numpy.array([[0.0, 0, 0], [0, 0, 5]]))
    >>> nearest(numpy.array([[0.0, 3, 5]]), tree)
    (array([3.]), array([1]))
    """
    distances = numpy.full(len(points_um), numpy.inf)
    numbers = numpy.zeros(len(points_um), int)
    if tree.n == 0:
        return distances, numbers
    for start in range(0, len(points_um), POINTS_AT_ONCE):
        monitor.check(CANCELLED)
        part = slice(start, start + POINTS_AT_ONCE)
        distances[part], numbers[part] = tree.query(
            points_um[part], workers=numba.get_num_threads()
        )
        monitor.report(min(1.0, (start + POINTS_AT_ONCE) / len(points_um)))
    return distances, numbers
