"""Things that belong together because pairs of them do."""

from __future__ import annotations

import numpy
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def group_numbers(pairs: numpy.ndarray, count: int) -> numpy.ndarray:
    """The group of each of `count` things, when pairs of them are put together.

    Parameters
    ----------
    pairs : numpy.ndarray
        ``(n, 2)`` int: numbers of things.
    count : int

    Returns
    -------
    numpy.ndarray
        ``(count,)`` int32: numbers from 0, in the order in which groups first occur.

    Examples
    --------
    >>> group_numbers(numpy.array([[3, 1], [1, 4]]), 5).tolist()
    [0, 1, 2, 1, 1]
    """
    ones = numpy.ones(len(pairs), bool)
    graph = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    return connected_components(graph, directed=False)[1]
