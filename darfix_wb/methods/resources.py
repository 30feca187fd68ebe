"""Seconds and memory that a piece of work takes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy

SAMPLING_SECONDS = 0.02
_STATUS = Path("/proc/self/statm")


@dataclass
class Resources:
    """What was used, once the work has ended.

    Attributes
    ----------
    seconds : float
        On the clock.
    memory : float
        Largest growth of the process's memory, bytes, sampled 50 times a second; nan where the
        system does not tell.
    peak : float
        The largest memory itself, bytes.
    """

    seconds: float = 0.0
    memory: float = numpy.nan
    peak: float = numpy.nan


@contextmanager
def measured() -> Iterator[Resources]:
    """Measure the work of the ``with`` block."""
    used, done = Resources(), threading.Event()
    before = resident()
    peak = [before]

    def watch() -> None:
        while not done.wait(SAMPLING_SECONDS):
            peak[0] = max(peak[0], resident())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    started = time.perf_counter()
    try:
        yield used
    finally:
        used.seconds = time.perf_counter() - started
        done.set()
        watcher.join()
        used.peak = max(peak[0], resident())
        used.memory = used.peak - before


def resident() -> float:
    """Bytes of the process in memory; nan where they cannot be read."""
    try:
        return float(_STATUS.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return numpy.nan
