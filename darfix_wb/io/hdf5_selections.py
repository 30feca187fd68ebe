"""Which elements of a data set a selection takes, row by row: a row is all of one first index."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

import h5py
import numpy

UNLIMITED = h5py.h5s.UNLIMITED
_AHEAD = 20


class Mapping(NamedTuple):
    """A part of a virtual data set, and the part of one source that it shows.

    Attributes
    ----------
    file_name, data_path : str
        The source, as the virtual data set names it.
    elements : numpy.ndarray
        ``(n_rows,)`` int64: how many elements of each row of the virtual data set it maps.
    source_space : h5py.h5s.SpaceID
        What is taken of the source, in the same order.
    """

    file_name: str
    data_path: str
    elements: numpy.ndarray
    source_space: h5py.h5s.SpaceID


def mappings(dataset: h5py.Dataset) -> Iterator[Mapping]:
    """The parts of a virtual data set; one for each file of a series with numbered names."""
    for source in dataset.virtual_sources():
        space, names = source.vspace, (source.file_name, source.dset_name)
        numbered = any("%b" in name.replace("%%", "") for name in names)
        axis = _unlimited_axis(space) if numbered else None
        if axis is None:
            elements = elements_by_row(space, dataset.shape)
            yield Mapping(*(_numbered(name, 0) for name in names), elements, source.src_space)
            continue
        start, stride, count, block = map(list, space.get_regular_hyperslab())
        count[axis] = 1
        first, step = start[axis], max(stride[axis], block[axis])
        for number, begin in enumerate(range(first, dataset.shape[axis], step)):
            start[axis] = begin
            elements = _regular(start, stride, count, block, dataset.shape)
            yield Mapping(*(_numbered(name, number) for name in names), elements, source.src_space)


def unreached(dataset: h5py.Dataset) -> Iterator[tuple[str, list[str]]]:
    """Of each numbered series, the file after the last that is shown, and some that follow."""
    for source in dataset.virtual_sources():
        axis = _unlimited_axis(source.vspace)
        if axis is not None and "%b" in source.file_name.replace("%%", ""):
            start, stride, _, block = source.vspace.get_regular_hyperslab()
            shown = -(-(dataset.shape[axis] - start[axis]) // max(stride[axis], block[axis]))
            names = [_numbered(source.file_name, shown + ahead) for ahead in range(_AHEAD)]
            yield names[0], names[1:]


def elements_by_row(space: h5py.h5s.SpaceID, shape: tuple[int, ...]) -> numpy.ndarray:
    """How many elements a selection takes of each row.

    Parameters
    ----------
    space : h5py.h5s.SpaceID
        The selection; one without an end ends with `shape`.
    shape : tuple of int
        Of the data set.

    Returns
    -------
    numpy.ndarray
        ``(shape[0],)`` int64.
    """
    kind = space.get_select_type()
    if kind == h5py.h5s.SEL_ALL:
        return numpy.full(shape[0], math.prod(shape[1:]))
    elements = numpy.zeros(shape[0], dtype=numpy.int64)
    if kind != h5py.h5s.SEL_HYPERSLABS:
        return elements
    if space.is_regular_hyperslab():
        return _regular(*space.get_regular_hyperslab(), shape)
    for first, last in space.get_select_hyper_blocklist():
        elements[first[0] : last[0] + 1] += math.prod(
            int(end) - int(begin) + 1 for begin, end in zip(first[1:], last[1:], strict=True)
        )
    return elements


def selected_shape(space: h5py.h5s.SpaceID, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The smallest shape that has all of a selection; `shape` along what has no end."""
    if space.get_select_type() != h5py.h5s.SEL_HYPERSLABS:
        return shape
    if space.is_regular_hyperslab():
        start, stride, count, block = space.get_regular_hyperslab()
        ends = [
            begin + (n - 1) * step + size if UNLIMITED not in (n, size) else side
            for begin, step, n, size, side in zip(start, stride, count, block, shape, strict=True)
        ]
        return tuple(int(end) for end in ends)
    return tuple(int(last) + 1 for last in space.get_select_bounds()[1])


def _regular(start, stride, count, block, shape: tuple[int, ...]) -> numpy.ndarray:
    rows, *others = (_taken(*one) for one in zip(start, stride, count, block, shape, strict=True))
    return rows * math.prod(int(taken.sum()) for taken in others)


def _taken(start: int, stride: int, count: int, block: int, length: int) -> numpy.ndarray:
    """``(length,)`` int64: 1 at the indices that a regular selection takes of one dimension."""
    offset = numpy.arange(length) - start
    if block == UNLIMITED:
        return (offset >= 0).astype(numpy.int64)
    step = max(stride, block)
    taken = (offset >= 0) & (offset % step < block)
    if count != UNLIMITED:
        taken &= offset // step < count
    return taken.astype(numpy.int64)


def _unlimited_axis(space: h5py.h5s.SpaceID) -> int | None:
    if space.get_select_type() != h5py.h5s.SEL_HYPERSLABS or not space.is_regular_hyperslab():
        return None
    counts = space.get_regular_hyperslab()[2]
    return counts.index(UNLIMITED) if UNLIMITED in counts else None


def _numbered(name: str, number: int) -> str:
    """A name of a source in which ``%b`` stands for a number, and ``%%`` for ``%``."""
    return re.sub("%([b%])", lambda match: str(number) if match[1] == "b" else "%", name)
