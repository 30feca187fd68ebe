"""Room for the labelled patches, refused before the machine runs out of it."""

from __future__ import annotations

import os

import numpy

from ..errors import DarfixWBError

MEMORY_SHARE = 0.5
"""Part of the machine's free memory that the patches may take."""


def allocate_signals(n_patches: int, window: int) -> numpy.ndarray:
    """Room for ``(n_patches, window, window)`` float16.

    Raises
    ------
    DarfixWBError
        With the memory needed and the memory free, where the first exceeds half of the second.
    """
    needed = 2 * n_patches * window**2
    free = _free_memory()
    if free is not None and needed > MEMORY_SHARE * free:
        raise DarfixWBError(
            f"The {n_patches} labelled patches must fit in {MEMORY_SHARE:.0%} of the free memory "
            f"({free / 1e9:.1f} GB), they need {needed / 1e9:.1f} GB. Label fewer frames, or use "
            "a larger stride."
        )
    return numpy.empty((n_patches, window, window), dtype=numpy.float16)


def _free_memory() -> int | None:
    """Bytes that the system can still give; None where it does not say."""
    try:
        with open("/proc/meminfo") as lines:
            table = dict(line.split(":", 1) for line in lines)
        return int(table["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError):
        pages = os.sysconf_names.get("SC_PHYS_PAGES") if hasattr(os, "sysconf") else None
        return os.sysconf(pages) * os.sysconf("SC_PAGE_SIZE") if pages is not None else None
