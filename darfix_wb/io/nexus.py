"""NeXus files that open as pictures in ``silx view``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import h5py
import numpy
from silx.io.dictdump import dicttonx

from ..errors import DarfixWBError
from ..patches import PatchGrid
from .storage import SMALL, storage

FORMAT_VERSION = 1
"""Version of the layout of the files written here."""


_ROW_DIMENSION = {"image": -2, "rgba-image": -3}


@dataclass(frozen=True, eq=False)
class Axis:
    """Positions along one dimension of a picture.

    Attributes
    ----------
    name : str
        Name of the data set.
    values : numpy.ndarray
        ``(n,)`` positions.
    unit : str
        Their unit, e.g. ``"um"``; empty for none.
    label : str
        What the user reads next to the picture.
    """

    name: str
    values: numpy.ndarray
    unit: str = ""
    label: str = ""


def picture(
    name: str,
    values: numpy.ndarray,
    *,
    axes: Sequence[Axis | None] = (),
    title: str = "",
    unit: str = "",
    interpretation: str = "image",
) -> dict[str, Any]:
    """An NXdata group, as a tree for `write_process`.

    Viewers put the first row of an image at the bottom, unless its positions decrease. So the rows
    of images are laid along minus their positions; the positions themselves are written too.

    Parameters
    ----------
    name : str
        Name of the signal.
    values : numpy.ndarray
        ``(..., rows, columns)`` signal, any dtype that HDF5 has; bool is written as uint8.
    axes : sequence of Axis or None
        One for each dimension of `values`, or none at all.
    title : str
        Title of the picture; the signal's name if not given.
    unit : str
        Unit of the signal.
    interpretation : str
        What NeXus is to make of it: ``"image"``, ``"rgba-image"``, ``"spectrum"``.
    """
    values = numpy.asarray(values)
    tree: dict[str, Any] = {
        "@NX_class": "NXdata",
        "@signal": name,
        "title": title or name,
        name: values.astype(numpy.uint8) if values.dtype == bool else values,
        f"{name}@interpretation": interpretation,
    }
    if unit:
        tree[f"{name}@units"] = unit
    shown = list(axes)
    row = _ROW_DIMENSION.get(interpretation)
    if axes and row is not None and (rows := axes[row]) is not None and _increases(rows):
        shown[row] = Axis(f"minus_{rows.name}", 0 - rows.values, rows.unit, f"- {_label(rows)}")
    if axes:
        tree["@axes"] = ["." if axis is None else axis.name for axis in shown]
    for axis in filter(None, dict.fromkeys([*axes, *shown])):
        tree[axis.name] = numpy.asarray(axis.values)
        tree[f"{axis.name}@long_name"] = _long_name(axis)
        if axis.unit:
            tree[f"{axis.name}@units"] = axis.unit
    return tree


def write_process(
    parent: h5py.Group, name: str, content: Mapping[str, Any], default: str
) -> h5py.Group:
    """Write an NXprocess group ``entry/<name>`` and make it the default.

    Parameters
    ----------
    parent : h5py.Group
        Root of an open file.
    name : str
        Name of the process, e.g. ``"integration"``.
    content : mapping
        Tree of the group in the notation of `silx.io.dictdump.dicttonx`.
    default : str
        Name of the NXdata group in `content` that is shown first.

    Returns
    -------
    h5py.Group
        The group that was written.
    """
    process = {
        "@NX_class": "NXprocess",
        "@format_version": FORMAT_VERSION,
        "@default": default,
        **content,
    }
    entry = {"@NX_class": "NXentry", "@default": name, name: process}
    for place, values in _large_arrays(process, f"entry/{name}"):
        parent.create_dataset(place, data=values, **storage(values))
    dicttonx(
        {"@NX_class": "NXroot", "@default": "entry", "entry": entry},
        parent,
        add_nx_class=False,
        update_mode="modify",
    )
    return parent[f"entry/{name}"]


def find_process(file: h5py.File, name: str) -> h5py.Group:
    """The NXprocess group ``/entry/<name>`` of an open file.

    Raises
    ------
    DarfixWBError
        If there is none, or if it is of a newer format.
    """
    group = file.get(f"/entry/{name}")
    if not isinstance(group, h5py.Group) or "format_version" not in group.attrs:
        raise DarfixWBError(
            f"The file must hold the {name} of darfix-wb in /entry/{name}, and {file.filename} "
            "does not. Choose another file."
        )
    version = int(group.attrs["format_version"])
    if version > FORMAT_VERSION:
        raise DarfixWBError(
            f"The format of the {name} in {file.filename} must be {FORMAT_VERSION} or older, got "
            f"{version}. It was written by a newer darfix-wb: update this one."
        )
    return group


def grid_tree(grid: PatchGrid) -> dict[str, Any]:
    """A patch grid as an NXcollection."""
    return {
        "@NX_class": "NXcollection",
        "frame_shape": numpy.array(grid.frame_shape),
        "frame_shape@units": "px",
        "patch_size": grid.patch_size,
        "patch_size@units": "px",
        "stride": grid.stride,
        "stride@units": "px",
    }


def read_grid(group: h5py.Group) -> PatchGrid:
    """The patch grid that `grid_tree` described."""
    return PatchGrid(
        frame_shape=tuple(int(side) for side in group["frame_shape"][()]),
        patch_size=int(group["patch_size"][()]),
        stride=int(group["stride"][()]),
    )


def grid_axes(grid: PatchGrid) -> tuple[Axis, Axis]:
    """Centres of the patches by rows and by columns, in px of the frame."""
    return tuple(
        Axis(name, numpy.arange(count) * grid.stride + (grid.patch_size - 1) / 2, "px", label)
        for name, count, label in zip(
            ("row", "column"), grid.shape, ("patch row", "patch column"), strict=True
        )
    )


def frame_axes(shape: tuple[int, int]) -> tuple[Axis, Axis]:
    """Numbers of the rows and columns of an image of ``(height, width)``."""
    height, width = shape
    return (
        Axis("y", numpy.arange(height), "px", "row"),
        Axis("x", numpy.arange(width), "px", "column"),
    )


def _large_arrays(tree: Mapping[str, Any], place: str) -> Iterator[tuple[str, numpy.ndarray]]:
    """Arrays of a tree that are worth compressing, with their place in the file."""
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _large_arrays(value, f"{place}/{name}")
        elif isinstance(value, numpy.ndarray) and value.nbytes >= SMALL:
            yield f"{place}/{name}", value


def _increases(axis: Axis) -> bool:
    return len(axis.values) > 1 and axis.values[-1] > axis.values[0]


def _long_name(axis: Axis) -> str:
    return f"{_label(axis)} ({axis.unit})" if axis.unit else _label(axis)


def _label(axis: Axis) -> str:
    return axis.label or axis.name
