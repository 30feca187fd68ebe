"""The NeXus file of a volume, complete in its structure before the first layer is computed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy

from ..errors import DarfixWBError
from ..io.nexus import Axis, frame_axes, grid_axes, grid_tree, picture, write_process
from ..io.output import check_room, new_file
from ..io.output_names import HDF5_SUFFIXES
from ..io.provenance import Provenance
from ..pixels import PixelMask
from .plan import VolumePlan
from .summary import LayerState

VOLUME = "volume"
"""Name of the NXprocess group."""

SUMMARY_UNITS = {
    "n_frames": "",
    "n_used": "",
    "weak": "",
    "strong": "",
    "empty": "",
    "dark": "counts",
    "lines": "",
    "lines_px": "px",
}
"""Numbers of a layer's summary in the table of layers, and their units."""

REASON_BYTES, WARNINGS_BYTES = 4096, 16384

NO_FRAME = 255
"""Of the conditions, where a layer has fewer frames than another."""

SMALL_DTYPES = {
    "state": numpy.dtype(numpy.uint8),
    "seconds": numpy.dtype(float),
    **{name: numpy.dtype(float) for name in SUMMARY_UNITS},
    "reason": h5py.string_dtype("utf-8", REASON_BYTES),
    "warnings": h5py.string_dtype("utf-8", WARNINGS_BYTES),
}
"""Columns of the table of layers that are written layer by layer."""


class Room(NamedTuple):
    """A data set whose values are written later, in place: its path in the file, shape, dtype."""

    path: str
    shape: tuple[int, ...]
    dtype: numpy.dtype


def rooms(plan: VolumePlan) -> Iterator[Room]:
    """Every data set that is written layer by layer; the layer is its first dimension."""
    n_layers = len(plan.layers)
    for name, dtype in SMALL_DTYPES.items():
        yield Room(f"entry/{VOLUME}/layers/{name}", (n_layers,), dtype)
    shape, byte = (n_layers, *plan.conditions_shape), numpy.dtype(numpy.uint8)
    yield Room(f"entry/{VOLUME}/conditions/conditions", shape, byte)
    for name, _, _ in plan.pictures:
        shape = (n_layers, *plan.image_shape)
        yield Room(f"entry/{VOLUME}/{name}/{name}", shape, numpy.dtype(numpy.float32))


def n_bytes(plan: VolumePlan) -> int:
    """Size of the data sets of a volume, in bytes."""
    return sum(int(numpy.prod(room.shape)) * room.dtype.itemsize for room in rooms(plan))


def create_volume(
    path: Path, plan: VolumePlan, *, mask: PixelMask | None = None, overwrite: bool = False
) -> None:
    """Write a volume in which every layer is pending.

    All data sets are contiguous and have their place, but no values: the file takes hardly any
    room on the disk. Later writes change no structure, so that the file is sound at any moment.

    Parameters
    ----------
    path : pathlib.Path
        File to write; it appears when its structure is complete.
    plan : VolumePlan
        What it will hold.
    mask : PixelMask, optional
        Invalid pixels of all layers, kept with the images.
    overwrite : bool
        Whether a file that exists may be replaced.

    Raises
    ------
    DarfixWBError
        If the file cannot be written, or the disk has no room for the whole volume.
    """
    check_room(path, n_bytes(plan))
    with new_file(path, overwrite=overwrite, suffixes=HDF5_SUFFIXES) as partial:
        _check_size(partial, n_bytes(plan))
        with h5py.File(partial, "w") as file:
            for room in rooms(plan):
                _make_room(file, room)
            shown = plan.pictures[-2 if plan.options.find_dislocations else 0].name
            write_process(file, VOLUME, _tree(plan, mask), default=shown)


def _check_size(path: Path, size: int) -> None:
    """Have the system refuse a file of this size now: HDF5 takes a refusal badly."""
    path.touch()
    os.truncate(path, size)


def _make_room(file: h5py.File, room: Room) -> None:
    options = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    options.set_layout(h5py.h5d.CONTIGUOUS)
    options.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    options.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    linking = h5py.h5p.create(h5py.h5p.LINK_CREATE)
    linking.set_create_intermediate_group(True)
    space = h5py.h5s.create_simple(room.shape)
    kind = h5py.h5t.py_create(room.dtype, logical=True)
    h5py.h5d.create(file.id, room.path.encode(), kind, space, dcpl=options, lcpl=linking)


def _tree(plan: VolumePlan, mask: PixelMask | None) -> dict[str, Any]:
    """All but the values that are written layer by layer."""
    provenance = Provenance(
        plan.as_dict(),
        "\n".join(layer.url for layer in plan.layers),
        plan.model_hash,
        device=plan.device,
    )
    z, rows, columns = layer_axis(plan), *image_axes(plan)
    tree = provenance.to_nexus()
    tree |= {"detector_hash": plan.detector_hash, "layers": _table(plan)}
    for name, title, unit in plan.pictures:
        tree[name] = _without_values(name, plan.image_shape, (z, rows, columns), title, unit)
    frame = Axis("frame", numpy.arange(plan.n_frames), "", "frame")
    axes = (z, frame, *grid_axes(plan.grid))
    title = f"Conditions: 0 weak, 1 strong, 2 empty, {NO_FRAME} no such frame"
    tree["conditions"] = _without_values("conditions", plan.conditions_shape, axes, title, "")
    tree["conditions"]["grid"] = grid_tree(plan.grid)
    if mask is not None:
        tree["invalid_pixels"] = picture(
            "invalid_pixels",
            mask.invalid,
            axes=frame_axes(plan.frame_shape),
            title="Pixels without counts in all layers",
        )
        tree["invalid_pixels"]["facts"] = json.dumps(mask_facts(mask))
    return tree


def _without_values(
    name: str, shape: tuple[int, ...], axes: tuple[Axis, ...], title: str, unit: str
) -> dict[str, Any]:
    nothing = numpy.broadcast_to(numpy.uint8(0), (len(axes[0].values), *shape))
    tree = picture(name, nothing, axes=axes, title=title, unit=unit)
    del tree[name]
    return tree


def _table(plan: VolumePlan) -> dict[str, Any]:
    states = ", ".join(f"{state.value} {state.name.lower()}" for state in LayerState)
    tree: dict[str, Any] = {
        "@NX_class": "NXcollection",
        "name": [layer.name for layer in plan.layers],
        "url": [layer.url for layer in plan.layers],
        "position": layer_positions(plan),
        "state@meaning": states,
        "seconds@units": "s",
        "reason@meaning": "why a layer failed",
        "warnings@meaning": "why a layer may not be trusted, a sentence a line",
    }
    if plan.unit:
        tree["position@units"] = plan.unit
    if plan.motor:
        tree["position@long_name"] = plan.motor
    return tree | {f"{name}@units": unit for name, unit in SUMMARY_UNITS.items() if unit}


def layer_positions(plan: VolumePlan) -> numpy.ndarray:
    """``(n_layers,)`` positions of the motor; NaN where none tells."""
    return numpy.array(
        [numpy.nan if layer.position is None else layer.position for layer in plan.layers]
    )


def layer_axis(plan: VolumePlan) -> Axis:
    """Positions of the layers; their numbers where a position is missing."""
    positions = layer_positions(plan)
    if numpy.isfinite(positions).all():
        return Axis("z", positions, plan.unit, plan.motor or "layer")
    return Axis("layer", numpy.arange(len(plan.layers)), "", "layer")


def image_axes(plan: VolumePlan) -> tuple[Axis, Axis]:
    """Centres of the rows and of the columns, in pixels of the whole frame."""
    region, binning = plan.options.region, plan.options.binning
    begins = (0, 0) if region is None else (region.top, region.left)
    return tuple(
        Axis(axis.name, begin + axis.values * binning + (binning - 1) / 2, axis.unit, axis.label)
        for axis, begin in zip(frame_axes(plan.image_shape), begins, strict=True)
    )


def mask_facts(mask: PixelMask) -> dict[str, Any]:
    """All of a mask but its pixels, as plain values."""
    return {
        "reasons": dict(mask.reasons),
        "zeros_are_counts": mask.zeros_are_counts,
        "wrapped": mask.wrapped,
        "given": mask.given,
    }


def read_mask(file: h5py.File) -> PixelMask | None:
    """The invalid pixels of all layers; None where they are found layer by layer."""
    group = file[f"entry/{VOLUME}"].get("invalid_pixels")
    if group is None:
        return None
    pixels = group["invalid_pixels"][()].astype(bool)
    return PixelMask(pixels, **json.loads(group["facts"].asstr()[()]))


def read_plan(file: h5py.File) -> VolumePlan:
    """The plan of a volume.

    Raises
    ------
    DarfixWBError
        If there is none, or another version wrote one that this one does not know.
    """
    group = file[f"entry/{VOLUME}"]
    try:
        return VolumePlan.from_dict(json.loads(group["parameters/data"].asstr()[()]))
    except (KeyError, TypeError, ValueError) as error:
        raise DarfixWBError(
            f"A volume must say how it was made, and {file.filename} does not ({error}). Choose "
            "another file."
        ) from error
