"""Memory that this process may still take, and the most that it took."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PROC, _CGROUPS = Path("/proc"), Path("/sys/fs/cgroup")
_NO_LIMIT = 2**60

_KEEP_FREED = {-8: 1, -4: 0, -1: 2**31 - 1}
"""M_ARENA_MAX, M_MMAP_MAX, M_TRIM_THRESHOLD of malloc.h: one pool, nothing beside it, all kept."""


def free_memory() -> int | None:
    """Bytes that the system can still give to this process; None where it does not say.

    Limits of a container or a batch job (cgroups of version 1 and 2) count as well; what they hold
    of files is given back when it is needed.
    """
    found = [_of_system(), *_of_cgroups()]
    return min((size for size in found if size is not None), default=None)


class Peak:
    """The most memory that was taken.

    Attributes
    ----------
    n_bytes : int or None
        Resident memory of this process at most; None while it is not known, and where the system
        does not say.
    """

    n_bytes: int | None = None


@contextmanager
def peak_memory() -> Iterator[Peak]:
    """Watch the memory of this process in a ``with`` block; known after it, on Linux."""
    peak = Peak()
    try:
        (_PROC / "self/clear_refs").write_text("5")  # the peak begins anew
    except OSError:
        yield peak
        return
    yield peak
    with suppress(OSError, KeyError):
        peak.n_bytes = _kibibytes(_PROC / "self/status", "VmHWM")


def keep_freed_memory() -> bool:
    """Keep memory that is freed for what is allocated next, in one pool of this process.

    For programs that make images of the same sizes again and again: asking the system for each, and
    having it cleared, takes longer than many of the computations. It is never given back.

    Returns
    -------
    bool
        False where the C library is not GNU's.
    """
    mallopt = _of_c_library("mallopt")
    return mallopt is not None and all(
        mallopt(option, value) for option, value in _KEEP_FREED.items()
    )


def give_back_freed_memory() -> bool:
    """Give the system what is free of the memory of this process.

    GNU's C library keeps much of what large images took once they are gone, for the next ones.

    Returns
    -------
    bool
        False where the C library is not GNU's.
    """
    trim = _of_c_library("malloc_trim")
    if trim is None:
        return False
    trim(0)
    return True


def _of_c_library(name: str) -> Callable[..., int] | None:
    """A function of the C library; None where it has none of this name."""
    try:
        return getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError, TypeError):
        return None


def _of_system() -> int | None:
    try:
        return _kibibytes(_PROC / "meminfo", "MemAvailable")
    except (OSError, KeyError):
        pages = os.sysconf_names.get("SC_PHYS_PAGES") if hasattr(os, "sysconf") else None
        return os.sysconf(pages) * os.sysconf("SC_PAGE_SIZE") if pages is not None else None


def _kibibytes(path: Path, name: str) -> int:
    table = dict(line.split(":", 1) for line in path.read_text().splitlines() if ":" in line)
    return int(table[name].split()[0]) * 1024


def _of_cgroups() -> Iterator[int]:
    """What the limits of the groups of this process leave, those above them included."""
    with suppress(OSError):
        for line in (_PROC / "self/cgroup").read_text().splitlines():
            number, kinds, path = line.split(":", 2)
            if number == "0":
                root, names = _CGROUPS, ("memory.max", "memory.current", "inactive_file")
            elif "memory" in kinds.split(","):
                root = _CGROUPS / "memory"
                names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            else:
                continue
            group = root / path.strip("/")
            for folder in (group, *group.parents):
                if folder == root or root in folder.parents:
                    yield from _left(folder, *names)


def _left(folder: Path, limit: str, usage: str, files: str) -> Iterator[int]:
    with suppress(OSError, ValueError):
        most = int((folder / limit).read_text())
        if most < _NO_LIMIT:
            table = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
            yield most - int((folder / usage).read_text()) + int(table.get(files, 0))
