"""Compiled loops over the rows of images, on all cores."""

from __future__ import annotations

import atexit
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numba

LEAST_ROWS = 64
"""Fewer rows are not worth a thread."""


def over_rows(work: Callable[[int, int], None], n_rows: int) -> None:
    """Do some work on rows `first` up to but not with `last`, a band for each core.

    Unlike loops that numba spreads over its threads, several threads of a program may do so at the
    same time, and the loops may take tuples.

    Parameters
    ----------
    work : callable
        ``(first, last)``; it must let go of the interpreter (``nogil``), and what it does to a row
        must not depend on the band.
    n_rows : int
        Rows in all.

    Examples
    --------
    >>> done = []
    >>> over_rows(lambda first, last: done.append((first, last)), 40)
    >>> done
    [(0, 40)]
    """
    n_bands = min(numba.get_num_threads(), max(n_rows // LEAST_ROWS, 1))
    if n_bands == 1:
        work(0, n_rows)
        return
    edges = [n_rows * band // n_bands for band in range(n_bands + 1)]
    for _ in _threads(n_bands).map(work, edges[:-1], edges[1:]):
        pass


@lru_cache
def _threads(count: int) -> ThreadPoolExecutor:
    pool = ThreadPoolExecutor(count, "rows")
    atexit.register(pool.shutdown)
    return pool
