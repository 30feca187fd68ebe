"""Walk through an HDF5 file as opening it does: run by `darfix_wb.io.hdf5_look`, in a process that
may die of it.

Prints `READY`, then the name of each item before it is read, then `DONE`. Errors that the library
reports are left to the reader of the file; only its crashes and endless loops are looked for.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401  registers bitshuffle, blosc...

from .hdf5_selections import mappings
from .hdf5_unlocked import is_written_live, open_unlocked

READY, DONE = "ready", "done"
NO_MEMORY = 3
"""Exit status where the file asks for more memory than any file of scans needs."""

TIME_S = 0.25
"""A file of more items is walked through as far as one comes in this time."""

CPU_S = 3
"""An endless loop takes processor time; a slow disk does not."""

LIVE_S = 5
"""Time for a file which HDF5 would read again for ever."""

MEMORY = 2**32
_SMALL = 2**22
_PLUG_IN = 256
"""Filters of HDF5 itself have lower numbers; they report damaged data."""


def main() -> None:
    """Walk through the file that the only argument names."""
    limit_resources(CPU_S)
    _say(READY)
    try:
        _Walk().through(sys.argv[1])
    except MemoryError:
        os._exit(NO_MEMORY)
    _say(DONE)
    os._exit(0)  # closing a damaged file may crash too, and the process that reads it keeps it


def limit_resources(cpu_s: int) -> None:
    """End this process if it takes so much more processor time, or `MEMORY`."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        used = int(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]))
        for kind, most in ((resource.RLIMIT_CPU, used + cpu_s), (resource.RLIMIT_CORE, 0)):
            resource.setrlimit(kind, (most, resource.getrlimit(kind)[1]))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _say(text: str) -> None:
    os.write(1, json.dumps(text).encode() + b"\n")


class _Walk:
    """Breadth first, so that all entries of a file are begun before one is gone through."""

    def __init__(self) -> None:
        self._end = time.monotonic() + TIME_S
        self._seen: set[tuple] = set()
        self._items: deque[tuple[str, h5py.Group | h5py.Dataset]] = deque()

    def through(self, path: str) -> None:
        """Look at what a file has, and at what that refers to."""
        with _errors_left():
            if is_written_live(path) and hasattr(signal, "alarm"):
                signal.alarm(LIVE_S)
            self._items.append(("", open_unlocked(path)))
        while self._items and self._in_time():
            name, item = self._items.popleft()
            with _errors_left():
                self._look(name, item)

    def _in_time(self) -> bool:
        return time.monotonic() < self._end

    def _look(self, name: str, item: h5py.Group | h5py.Dataset) -> None:
        where = item.file.filename, h5py.h5o.get_info(item.id).addr
        if where in self._seen:
            return
        self._seen.add(where)
        _say(name or "/")
        for key in item.attrs:
            _say(f"{name or '/'}@{key}")
            with _errors_left():
                item.attrs[key]
        if isinstance(item, h5py.Dataset):
            self._look_at_data(item)
            return
        for key in item:
            _say(f"{name}/{key}")
            with _errors_left():
                self._items.append((f"{name}/{key}", item[key]))

    def _look_at_data(self, dataset: h5py.Dataset) -> None:
        if dataset.is_virtual:
            for place, path in _sources(dataset):
                with _errors_left():
                    file = dataset.file if place is None else open_unlocked(place)
                    self._items.append((path, file[path]))
        elif dataset.chunks is not None:
            dataset.id.get_num_chunks()
        if dataset.size and dataset.nbytes <= _SMALL:
            dataset[()]
        elif dataset.size:
            dataset[(0,) * dataset.ndim]
            self._decompress(dataset)

    def _decompress(self, dataset: h5py.Dataset) -> None:
        """Run plug-in filters, which may crash where data are damaged, as far as there is time."""
        settings = dataset.id.get_create_plist()
        filters = [settings.get_filter(number)[0] for number in range(settings.get_nfilters())]
        for index in range(len(dataset)) if max(filters, default=0) >= _PLUG_IN else ():
            if not self._in_time():
                return
            with _errors_left():
                dataset[index]


def _sources(dataset: h5py.Dataset) -> set[tuple[Path | None, str]]:
    """Files and data sets of which a virtual data set is made; no file for its own."""
    folder = Path(dataset.file.filename).parent
    found = {(source.file_name, source.data_path) for source in mappings(dataset)}
    return {(None if name == "." else folder / name, path) for name, path in found}


@contextlib.contextmanager
def _errors_left() -> Iterator[None]:
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        if "allocation failed" in str(error):
            raise MemoryError from error


if __name__ == "__main__":
    main()
