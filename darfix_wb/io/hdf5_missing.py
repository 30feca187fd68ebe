"""Frames that an HDF5 file names but does not have: HDF5 itself gives zeros for them, or an error
that depends on its version. All is looked at from without: sources, extents, chunks, file sizes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from collections.abc import Mapping as AnyMapping
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy

from ..errors import DarfixWBError
from .hdf5_access import READING_ERRORS, find_file, n_chunks, open_file, stack_names
from .hdf5_selections import Mapping, elements_by_row, mappings, selected_shape, unreached

UNMAPPED = "no file is mapped to it"


def absent_frames(dataset: h5py.Dataset) -> dict[int, str]:
    """Frames of a stack that are not there yet, of a file that may still be written.

    Parameters
    ----------
    dataset : h5py.Dataset
        ``(n_frames, height, width)``; as of `missing_frames`.

    Returns
    -------
    dict of int to str
        The frames, with the reason.
    """
    return _Sources().missing_rows(dataset)


def missing_frames(dataset: h5py.Dataset) -> dict[int, str]:
    """Frames of a stack that are not there, or not whole, with the reason.

    A virtual data set is followed to its sources, however deep: each must open, have its data set,
    be long enough and have been written. Pixels that no source gives in any frame are no missing
    frame: detectors have gaps.

    Parameters
    ----------
    dataset : h5py.Dataset
        ``(n_frames, height, width)``.

    Raises
    ------
    DarfixWBError
        If more than half of the frames are missing.
    """
    missing = absent_frames(dataset)
    if 2 * len(missing) > len(dataset):
        raise DarfixWBError(
            f"At least half of the frames of {dataset.name!r} must be there, and "
            f"{len(missing)} of {len(dataset)} are missing in {dataset.file.filename}: "
            f"{_listed(missing)}. Copy all files of the scan to the same folder, or choose a scan "
            "that was recorded to its end."
        )
    return missing


def missing_sentences(dataset: h5py.Dataset, missing: AnyMapping[int, str]) -> tuple[str, ...]:
    """What to warn of, of `missing_frames` and of files of a series that HDF5 does not reach."""
    source = f"{dataset.name} in {dataset.file.filename}"
    sentences = []
    if missing:
        sentences.append(
            f"{len(missing)} of {len(dataset)} frames of {source} are missing and are left out: "
            f"{_listed(missing)}."
        )
    for absent, later in unreached(dataset) if dataset.is_virtual else ():
        if find_file(dataset.file.filename, absent) is None and any(
            find_file(dataset.file.filename, name) for name in later
        ):
            sentences.append(
                f"Only the first {len(dataset)} frames of {source} can be read: {absent} is "
                "missing, and files after it are there. Copy it too."
            )
    return tuple(sentences)


def _listed(missing: AnyMapping[int, str]) -> str:
    """Runs of frames with their reason, e.g. ``"frames 24 to 30 (a.h5 has 4 of 11 frames)"``."""
    runs = groupby(enumerate(sorted(missing)), lambda one: (one[1] - one[0], missing[one[1]]))
    texts = []
    for (_, reason), run in runs:
        frames = [frame for _, frame in run]
        span = f"frame {frames[0]}" if len(frames) == 1 else f"frames {frames[0]} to {frames[-1]}"
        texts.append(f"{span} ({reason})")
    return ", ".join(texts[:5]) + (f" and {len(texts) - 5} more" if len(texts) > 5 else "")


class _Source(NamedTuple):
    """A data set that another one shows: its shape and missing rows, or why it cannot be read."""

    shape: tuple[int, ...] = ()
    missing: AnyMapping[int, str] = {}
    problem: str = ""


class _Sources:
    """Follows virtual data sets to their sources, each of which is opened once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], _Source] = {}

    def missing_rows(self, dataset: h5py.Dataset) -> dict[int, str]:
        if dataset.shape is None or not dataset.size:
            return {}
        if dataset.is_virtual:
            return self._missing_of_virtual(dataset)
        if dataset.chunks is not None:
            return _missing_chunks(dataset)
        return _missing_bytes(dataset)

    def _missing_of_virtual(self, dataset: h5py.Dataset) -> dict[int, str]:
        missing: dict[int, str] = {}
        mapped = numpy.zeros(len(dataset), dtype=numpy.int64)
        for mapping in mappings(dataset):
            mapped += mapping.elements
            ends = numpy.cumsum(mapping.elements)
            for start, stop, reason in self._lost(dataset.file, mapping, int(ends[-1])):
                touched = (ends > start) & (ends - mapping.elements < stop)
                for row in numpy.flatnonzero(touched & (mapping.elements > 0)):
                    missing.setdefault(int(row), reason)
        full = max(int(mapped.max()), 1)
        unmapped = {int(row): UNMAPPED for row in numpy.flatnonzero(mapped < full)}
        return {**unmapped, **missing}

    def _lost(
        self, file: h5py.File, mapping: Mapping, n_elements: int
    ) -> Iterator[tuple[int, int, str]]:
        """Elements of a mapping, by their order, that its source does not have."""
        name, space = mapping.file_name, mapping.source_space
        source = self._source(file, name, mapping.data_path)
        if source.problem:
            yield 0, n_elements, source.problem
            return
        needed = selected_shape(space, source.shape)
        if len(needed) != len(source.shape) or any(
            side > found for side, found in zip(needed[1:], source.shape[1:], strict=True)
        ):
            yield 0, n_elements, f"{name} has the shape {source.shape}, not {needed}"
            return
        rows = max(needed[0], source.shape[0])
        taken = elements_by_row(space, (rows, *source.shape[1:]))
        ends = numpy.cumsum(taken)
        for row, reason in source.missing.items():
            yield int(ends[row] - taken[row]), int(ends[row]), reason
        there = int(ends[source.shape[0] - 1]) if source.shape[0] else 0
        if there < n_elements:
            expected = max(needed[0], _rows_of(n_elements, taken))
            unit = "frames" if len(source.shape) > 2 else "rows"
            yield there, n_elements, f"{name} has {source.shape[0]} of {expected} {unit}"

    def _source(self, file: h5py.File, name: str, data_path: str) -> _Source:
        place = Path(file.filename) if name == "." else find_file(file.filename, name)
        if place is None:
            return _Source(problem=f"there is no {name}")
        key = os.path.realpath(place), data_path
        if key not in self._known:
            self._known[key] = _Source(problem=f"{data_path} of {name} leads back to itself")
            self._known[key] = self._opened(file, place, name, data_path)
        return self._known[key]

    def _opened(self, file: h5py.File, place: Path, name: str, data_path: str) -> _Source:
        try:
            if name == ".":
                return self._described(file[data_path])
            with open_file(place, looked_at=True) as other:
                if data_path not in other:
                    others = ", ".join(stack_names(other)) or "no 3D data set"
                    return _Source(problem=f"{name} has no {data_path}, but {others}")
                return self._described(other[data_path])
        except READING_ERRORS:
            return _Source(problem=f"{name} cannot be read")

    def _described(self, dataset: h5py.Dataset) -> _Source:
        return _Source(dataset.shape, self.missing_rows(dataset))


def _rows_of(n_elements: int, taken: numpy.ndarray) -> int:
    """Rows that a source must have to give so many elements."""
    return -(-n_elements // max(int(taken.max(initial=0)), 1))


def _missing_chunks(dataset: h5py.Dataset) -> dict[int, str]:
    """Rows of which a chunk was never written, or lies beyond the end of the file."""
    file = dataset.file
    whole = file.id.get_filesize() <= _size_of(file)
    per_row = n_chunks(dataset.shape[1:], dataset.chunks[1:])
    count = dataset.id.get_num_chunks()
    if whole and count >= n_chunks(dataset.shape, dataset.chunks):
        return {}
    length, end = dataset.chunks[0], _size_of(file)
    found = numpy.zeros(-(-len(dataset) // length), dtype=numpy.int64)

    def note(chunk: h5py.h5d.StoreInfo) -> None:
        first = chunk.chunk_offset[0]
        if first < len(dataset) and chunk.byte_offset + chunk.size <= end:
            found[first // length] += 1

    dataset.id.chunk_iter(note)
    short = numpy.repeat(found < per_row, length)[: len(dataset)]
    return dict.fromkeys(map(int, numpy.flatnonzero(short)), _never(dataset))


def _missing_bytes(dataset: h5py.Dataset) -> dict[int, str]:
    """Rows that lie beyond the end of the file, or in a file beside it which is too short."""
    row_size = dataset.nbytes // len(dataset)
    if dataset.external:
        return _missing_external(dataset, row_size)
    if dataset.id.get_create_plist().get_layout() == h5py.h5d.COMPACT:
        return {}
    offset = dataset.id.get_offset()
    there = 0 if offset is None else max(_size_of(dataset.file) - offset, 0)
    rows = range(min(there // row_size, len(dataset)), len(dataset))
    return dict.fromkeys(rows, _never(dataset))


def _missing_external(dataset: h5py.Dataset, row_size: int) -> dict[int, str]:
    """Rows in files of raw data, which HDF5 looks for in the current folder."""
    missing: dict[int, str] = {}
    start = 0
    for name, offset, size in dataset.external:
        stop = min(start + size, dataset.nbytes)
        exists = os.path.isfile(name)
        there = max(os.path.getsize(name) - offset, 0) if exists else 0
        reason = f"{name} is too short" if exists else f"there is no {name} in the current folder"
        rows = range((start + there) // row_size, -(-stop // row_size))
        missing |= {row: reason for row in rows if start + there < stop}
        start = stop
    return missing


def _never(dataset: h5py.Dataset) -> str:
    return f"never written to {Path(dataset.file.filename).name}"


def _size_of(file: h5py.File) -> int:
    """Bytes of a file, of which a part may still be in the memory of the program that writes it."""
    return os.path.getsize(file.filename) if os.path.exists(file.filename) else 2**63
