"""The NeXus file of images cut out along lines."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import h5py
import numpy

from ..io.nexus import Axis, picture, write_process
from ..io.output import new_file
from ..io.output_names import HDF5_SUFFIXES
from ..io.provenance import Provenance
from .line import LineKind
from .line_crop import LineCrop

CROPS = "crops"
"""Name of the NXprocess group."""

NOT_KNOWN = "not known"

_AXES = "layer, row, column"


@dataclass(frozen=True)
class CropConditions:
    """How the images were measured; what is not known is left out of the file, which says so.

    Attributes
    ----------
    reflection : tuple of int or None
        Miller indices h, k, l.
    rocking_offsets_deg : tuple of tuple of (str, float)
        By image, the mean angle of its frames less that of the local Bragg peak, e.g.
        ``(("wb_low", -0.012), ("wb_high", 0.012))``.
    """

    reflection: tuple[int, int, int] | None = None
    rocking_offsets_deg: tuple[tuple[str, float], ...] = ()


def write_crops(
    path: str | os.PathLike,
    crops: Sequence[LineCrop],
    *,
    conditions: CropConditions | None = None,
    warnings: Sequence[str] = (),
    provenance: Provenance | None = None,
    overwrite: bool = False,
) -> None:
    """Write a group for each line, with an NXdata for each of its images.

    Parameters
    ----------
    path : str or path-like
        File to write; it appears when it is complete.
    crops : sequence of LineCrop
        From `darfix_wb.dislocation_lines.crops.crop_lines`.
    conditions : CropConditions, optional
        Reflection and rocking offsets.
    warnings : sequence of str
        From `crop_lines` as well.
    provenance : Provenance, optional
        Where they come from.
    overwrite : bool
        Whether a file that exists may be replaced.

    Raises
    ------
    DarfixWBError
        If the file exists or cannot be written.
    """
    conditions = conditions or CropConditions()
    groups = {f"line_{crop.number:04d}": _line_tree(crop, conditions) for crop in crops}
    tree = (provenance or Provenance()).to_nexus() | _conditions_tree(conditions) | groups
    if warnings:
        tree["warnings"] = list(warnings)
    with (
        new_file(path, overwrite=overwrite, suffixes=HDF5_SUFFIXES) as partial,
        h5py.File(partial, "w") as file,
    ):
        write_process(file, CROPS, tree, default=next(iter(groups), "parameters"))


def _conditions_tree(conditions: CropConditions) -> dict[str, Any]:
    known = conditions.reflection is not None
    reflection = numpy.array(conditions.reflection) if known else NOT_KNOWN
    return {"reflection": reflection, "reflection@meaning": "Miller indices h, k, l"}


def _line_tree(crop: LineCrop, conditions: CropConditions) -> dict[str, Any]:
    axes = _axes(crop)
    tree: dict[str, Any] = {
        "@NX_class": "NXcollection",
        "@default": next(iter(crop.images)),
        "line": crop.number,
        "kind": crop.kind.name.lower(),
        "points": crop.points_um,
        "points@units": "um",
        "points@axes_of_points": _AXES,
        "points@meaning": "the line at each place along the first axis of the images",
        "burgers": NOT_KNOWN if crop.burgers_um is None else crop.burgers_um,
        "burgers@axes_of_points": _AXES,
    }
    if crop.burgers_um is not None:
        tree["burgers@units"] = "um"
    if crop.kind == LineKind.IN_LAYER:
        tree |= {"layer": crop.layer_um, "layer@units": "um"}
    steps = [_step(axis.values) for axis in axes]
    tree |= {"um_per_pixel": numpy.array(steps), "um_per_pixel@units": "um"}
    tree["um_per_pixel@axes"] = ", ".join(axis.label for axis in axes)
    offsets = dict(conditions.rocking_offsets_deg)
    for name, image in crop.images.items():
        title = f"{name} along line {crop.number}"
        tree[name] = picture(name, image, axes=axes, title=title, unit=crop.units[name])
        tree[name]["rocking_offset"] = offsets.get(name, NOT_KNOWN)
        tree[name]["rocking_offset@meaning"] = "mean angle of its frames less the local Bragg peak"
        if name in offsets:
            tree[name]["rocking_offset@units"] = "degree"
    return tree


def _axes(crop: LineCrop) -> tuple[Axis, ...]:
    if crop.kind == LineKind.IN_LAYER:
        return (
            Axis("along", crop.along_um, "um", "along the line"),
            Axis("across", crop.offsets_um[0], "um", "across the line"),
        )
    return (
        Axis("z", crop.along_um, "um", "layer"),
        Axis("row", crop.offsets_um[0], "um", "row from the line"),
        Axis("column", crop.offsets_um[1], "um", "column from the line"),
    )


def _step(values: numpy.ndarray) -> float:
    return float(numpy.median(numpy.diff(values))) if len(values) > 1 else numpy.nan
