"""What is in an HDF5 file, named as the page about files names it.

The page describes once what many groups have: where a result comes from, the grid, the axes of a
picture. So a picture (an NXdata group with axes) is one name with the shape, dtype and unit of its
signal, and the rest is named as in the tables of what is common.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import h5py

COMMON = ("program", "version", "date", "source", "model_hash", "seed", "device", "parameters")
GRID = "grid"


class Entry(NamedTuple):
    """A group, a data set or a link: number of dimensions, dtype and unit as the page has them."""

    kind: str
    shape: int
    dtype: str
    unit: str


def entries(group: h5py.Group) -> dict[str, Entry]:
    """All that is in a group by its name in the page."""
    return dict(_walk(group, ""))


def attributes(file: h5py.File) -> set[str]:
    """The names of all attributes in a file."""
    names = set(file.attrs)
    file.visititems(lambda _, one: names.update(one.attrs))
    return names


def _walk(group: h5py.Group, place: str) -> Iterator[tuple[str, Entry]]:
    is_process = "format_version" in group.attrs
    is_picture = _is_picture(group)
    for name in group:
        path = place + re.sub(r"^line_\d{4}$", "line_NNNN", name)
        if group.get(name, getlink=True).__class__ is h5py.SoftLink:
            yield path, Entry("link", 0, "", "")
            continue
        one = group[name]
        if is_process and name in COMMON:
            path = f"(process)/{name}"
        elif is_picture and (common := _of_picture(name, group)):
            path = f"(picture)/{common}"
        elif is_picture and name == group.attrs["signal"]:
            yield place[:-1], _described(one, "picture")
            continue
        if name == GRID and isinstance(one, h5py.Group):
            path = "(grid)"
        if isinstance(one, h5py.Group):
            if not _is_picture(one):
                yield path, Entry("group", 0, "", "")
            yield from _walk(one, path + "/")
        else:
            yield path, _described(one, "data set")


def _is_picture(group: h5py.Group) -> bool:
    return group.attrs.get("NX_class") == "NXdata" and "title" in group


def _of_picture(name: str, group: h5py.Group) -> str:
    """What the page calls a title or an axis; empty for all else."""
    if name == "title":
        return name
    if name.startswith("minus_"):
        return "minus_AXIS"
    axes = {axis.removeprefix("minus_") for axis in group.attrs.get("axes", ())}
    return "AXIS" if name in axes else ""


def _described(data: h5py.Dataset, kind: str) -> Entry:
    text = data.dtype.kind in "OS"
    unit = data.attrs.get("units", "")
    return Entry(kind, data.ndim, "text" if text else data.dtype.name, unit)
