"""Which rocking scans an HDF5 file has, and where the motors stood that did not rock.

Run by `darfix_wb.io.hdf5_surveys` in a process of its own, which may die of a damaged file.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

import h5py
import numpy

from ..errors import DarfixWBError
from .file_names import natural_order
from .hdf5_access import READING_ERRORS, is_stack, open_hdf5, reason
from .hdf5_entries import Stack, broken_link, moves_motor, rocking_stacks, stacks_of
from .hdf5_look import what_to_do
from .hdf5_positions import POSITIONERS, find_item
from .hdf5_probe import READY, limit_resources

CPU_S = 60
"""Processor time for one file; a file with thousands of scans takes a few seconds."""

NO_FRAMES, ONE_FRAME, NO_MOTOR = "no frames", "one frame only", "no motor moves"
"""Why an entry is no rocking scan."""

_RANGE = re.compile(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)")


class FoundScan(NamedTuple):
    """A rocking scan of an HDF5 file, or one of which the frames cannot be opened.

    Attributes
    ----------
    entry : str
        E.g. ``"1.1"``.
    data_path : str
        Data set of the frames; the entry where there is a problem.
    key : str
        The same for the same data, whatever links lead to them.
    shape : tuple of int
        ``(n_frames, height, width)``; empty where there is a problem.
    dtype : str
        Of the frames.
    n_bytes : int
        What the frames take in their file; without compression where that is not known.
    standing : mapping of str to (float, float)
        Mean position and range within the scan of each motor of the positioners.
    problem : str
        Why the frames cannot be opened; empty where they can.
    """

    entry: str
    data_path: str
    key: str
    shape: tuple[int, ...] = ()
    dtype: str = ""
    n_bytes: int = 0
    standing: Mapping[str, tuple[float, float]] = {}
    problem: str = ""


class Survey(NamedTuple):
    """What a file has.

    Attributes
    ----------
    scans : list of FoundScan
        In the natural order of their entries.
    left_out : mapping of str to str
        Entries that are no rocking scans, with the reason.
    problem : str
        Why the file cannot be read; empty where it can.
    """

    scans: list[FoundScan]
    left_out: Mapping[str, str]
    problem: str = ""


def survey(path: str | os.PathLike, data_path: str | None = None) -> Survey:
    """Look for the rocking scans of a file; no frame is read.

    Parameters
    ----------
    path : str or path-like
        HDF5 file; not looked at in a process of its own before.
    data_path : str, optional
        Only what lies below. Its first part may be a pattern or a range of entries, e.g.
        ``"2.1-31.1"`` or ``"*.1/instrument/pco_ff"``.
    """
    scans, left_out = [], {}
    first, _, rest = (data_path or "*").strip("/").partition("/")
    try:
        with open_hdf5(path, looked_at=True) as file:
            for entry in chosen_entries(list(file), first):
                if first == "*" and not _may_be_scan(file, entry):
                    continue
                found = _look(file, entry, f"/{entry}/{rest}".rstrip("/"))
                if isinstance(found, str):
                    left_out[entry] = found
                else:
                    scans.append(found)
    except DarfixWBError as error:
        return Survey([], {}, str(error))
    return Survey(scans, left_out)


def chosen_entries(names: list[str], chosen: str) -> list[str]:
    """Entries of a range or a pattern, in their natural order.

    Examples
    --------
    >>> chosen_entries(["10.1", "1.1", "2.1", "2.2", "3.1"], "2.1-10.1")
    ['2.1', '2.2', '3.1', '10.1']
    >>> chosen_entries(["10.1", "1.1", "2.2"], "*.1")
    ['1.1', '10.1']
    """
    names = sorted(names, key=natural_order)
    limits = None if chosen in names else _RANGE.fullmatch(chosen)
    if limits:
        low, high = (natural_order(limit) for limit in limits.groups())
        numbered = [name for name in names if name[:1].isdigit()]
        return [name for name in numbered if low <= natural_order(name) <= high]
    return [name for name in names if name == chosen or fnmatchcase(name, chosen)]


def _look(file: h5py.File, entry: str, where: str) -> FoundScan | str:
    """The rocking scan of an entry, or why it is none."""
    try:
        return _scan_of(file, entry, where)
    except DarfixWBError as error:
        problem = str(error)
    except READING_ERRORS as error:
        problem = (
            f"The scan must be readable, and {entry} of {file.filename} is not ({reason(error)}). "
            f"{what_to_do(file.filename)}"
        )
    key = f"{os.path.realpath(file.filename)}/{entry}"
    return FoundScan(entry, f"/{entry}", key, problem=problem)


def _may_be_scan(file: h5py.File, entry: str) -> bool:
    """Whether an entry has what scans have; else it is of another kind, as results are."""
    item = find_item(file, entry)
    names = ("title", "instrument", "measurement")
    return item is None or (isinstance(item, h5py.Group) and any(name in item for name in names))


def _scan_of(file: h5py.File, entry: str, where: str) -> FoundScan | str:
    item = find_item(file, where)
    if is_stack(item):
        stacks = [Stack(where, f"/{entry}", tuple(item.shape), "")]
    else:
        stacks = list(stacks_of(file, f"/{entry}", where))
    if not stacks:
        broken = broken_link(file, f"/{entry}")
        if broken is not None:
            raise broken
        return NO_FRAMES
    stacks = rocking_stacks(file, stacks)
    if all(stack.shape[0] <= 1 for stack in stacks):
        return ONE_FRAME
    if not any(moves_motor(file, stack) for stack in stacks):
        return NO_MOTOR
    if len(stacks) > 1:
        raise DarfixWBError(
            f"data_path must say which frames to take where a scan has several, and {entry} of "
            f"{file.filename} has {'; '.join(map(str, stacks))}. Give e.g. "
            f"{file.filename}::*{stacks[0].path.removeprefix(f'/{entry}')}."
        )
    return _described(file, entry, stacks[0])


def _described(file: h5py.File, entry: str, stack: Stack) -> FoundScan:
    frames = file[stack.path]
    place = f"{os.path.realpath(frames.file.filename)}#{h5py.h5o.get_info(frames.id).addr}"
    stored = 0 if frames.is_virtual or frames.external else frames.id.get_storage_size()
    group = find_item(file, entry)
    return FoundScan(
        entry,
        stack.path,
        place,
        tuple(map(int, frames.shape)),
        str(frames.dtype),
        int(stored or frames.nbytes),
        dict(_standing(group)) if isinstance(group, h5py.Group) else {},
    )


def _standing(entry: h5py.Group) -> Iterator[tuple[str, tuple[float, float]]]:
    """Mean and range of all motors; of several groups the first that names one counts."""
    seen: set[str] = set()
    for place in POSITIONERS[:2]:
        group = find_item(entry, f"instrument/{place}")
        if not isinstance(group, h5py.Group):
            continue
        for name in group.id:
            text = name.decode(errors="replace")
            values = _numbers(group.id, name) if text not in seen else None
            if values is not None:
                seen.add(text)
                yield text, (float(values.mean()), float(numpy.ptp(values)))


def _numbers(group: h5py.h5g.GroupID, name: bytes) -> numpy.ndarray | None:
    """Finite numbers of a data set, by HDF5's own functions: hundreds of motors in each scan."""
    try:
        dataset = h5py.h5d.open(group, name)
        if dataset.dtype.kind not in "uif" or len(dataset.shape) > 1:
            return None
        values = numpy.empty(dataset.shape, float)
        dataset.read(h5py.h5s.ALL, h5py.h5s.ALL, values)
    except READING_ERRORS:
        return None
    values = values[numpy.isfinite(values)].reshape(-1)
    return values if values.size else None


def main() -> None:
    """Survey the files that come as lines of the standard input.

    Prints `READY`, then a line of JSON for each.
    """
    _say(READY)
    for line in sys.stdin:
        limit_resources(CPU_S)
        path, data_path = json.loads(line)
        _say(survey(path, data_path))
    os._exit(0)  # closing a damaged file may crash


def _say(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()
