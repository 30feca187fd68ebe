"""Work on all cores: compiled loops over the rows of images, and frames one after the other."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

import numba
import numpy

LEAST_ROWS = 64
"""Fewer rows are not worth a thread."""

FRAMES_AT_ONCE = 8
"""Sums of so many frames are made row by row in the processor's cache, and then added to the
images: these are too large to be read and written for each frame."""

Item = TypeVar("Item")
Result = TypeVar("Result")


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
    for _ in _threads(n_bands, "rows").map(work, edges[:-1], edges[1:]):
        pass


def one_by_one(
    work: Callable[[Item], Result], items: Iterable[Item], *, ahead: int = 2
) -> Iterator[Result]:
    """Results of some work on each item, in order, while the next items are fetched.

    Parameters
    ----------
    work : callable
        Done by other threads, as many as there are cores.
    items : iterable
        Fetched by the calling thread, at most `ahead` more than there are results.

    Examples
    --------
    >>> list(one_by_one(abs, [-1, 2, -3]))
    [1, 2, 3]
    """
    pool, waiting = _threads(numba.get_num_threads(), "items"), deque[Future]()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for one in waiting:
            one.cancel()


def same_typed(frames: Sequence[numpy.ndarray]) -> tuple[numpy.ndarray, ...]:
    """Frames as a tuple of one type, for which a loop is compiled once.

    Parameters
    ----------
    frames : sequence of numpy.ndarray
        At most `FRAMES_AT_ONCE`, contiguous, of one dtype; some may be read-only.

    Returns
    -------
    tuple of numpy.ndarray
        `FRAMES_AT_ONCE` of them: the first one again and again behind the last.
    """
    frames = [one if one.flags.writeable else one.copy() for one in frames]
    return (*frames, *frames[:1] * (FRAMES_AT_ONCE - len(frames)))


@lru_cache
def _threads(count: int, name: str) -> ThreadPoolExecutor:
    """Threads that the program keeps; a process that is forked begins with none of them."""
    return ThreadPoolExecutor(count, name)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_threads.cache_clear)
