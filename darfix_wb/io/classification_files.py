"""Classified patches in NeXus files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import h5py
import numpy

from ..beam import CONDITION_NAMES, BeamCondition, BeamMap, ClassificationRecord
from ..errors import DarfixWBError
from ..scan import RockingScan
from .hdf5_access import open_hdf5
from .nexus import (
    Axis,
    find_process,
    grid_axes,
    grid_tree,
    picture,
    read_grid,
    write_process,
)
from .provenance import CPU, Provenance


def write_classification(
    parent: h5py.Group,
    beam_map: BeamMap,
    scan: RockingScan,
    *,
    provenance: Provenance | None = None,
) -> h5py.Group:
    """Write ``entry/classification``: probabilities and conditions of all patches.

    Where the classification has `thresholds`, they and the patches that they leave ambiguous are
    written too; the condition stays the likeliest one.

    Parameters
    ----------
    parent : h5py.Group
        Root of an open file.
    beam_map : BeamMap
        The classification.
    scan : RockingScan
        The scan that was classified; gives the angles and, without `provenance`, the source.
    provenance : Provenance, optional
        Where the result comes from.

    Raises
    ------
    DarfixWBError
        If the classification is not of that scan.
    """
    if beam_map.n_frames != scan.n_frames:
        raise DarfixWBError(
            f"A classification must have the {scan.n_frames} frames of its scan, got "
            f"{beam_map.n_frames}. Classify this scan."
        )
    provenance = provenance or Provenance(
        source=scan.source, model_hash=beam_map.model_hash, device=computed_on(beam_map)
    )
    angle = Axis("angle", scan.angles, scan.unit, scan.motor or "angle")
    axes = (angle, *grid_axes(beam_map.grid))
    names = ", ".join(CONDITION_NAMES[condition] for condition in BeamCondition)
    content = {
        **provenance.to_nexus(),
        "model_hash": beam_map.model_hash,
        "method": beam_map.method,
        "grid": grid_tree(beam_map.grid),
        "curves": _table(scan.curves, scan.n_steps),
        "curves@long_name": "frames of each rocking curve by increasing angle, then -1",
        "warnings": numpy.array(beam_map.warnings, dtype=h5py.string_dtype()),
        "left_out": _left_out_tree(scan),
        "classes": {
            "@NX_class": "NXcollection",
            **{CONDITION_NAMES[condition]: int(condition) for condition in BeamCondition},
        },
        "condition": picture(
            "condition",
            beam_map.condition(),
            axes=axes,
            title="Condition of each patch, see classes",
        ),
        "probabilities": picture(
            "probabilities",
            beam_map.probabilities,
            axes=(*axes, None),
            title=f"Probabilities: {names}",
            interpretation="rgba-image",
        ),
    }
    if beam_map.record is not None:
        content["record"] = _record_tree(beam_map.record)
    if beam_map.thresholds is not None:
        content["thresholds"] = numpy.array(beam_map.thresholds)
        content["thresholds@long_name"] = "probability at which a set holds weak, strong"
        content["ambiguous"] = picture(
            "ambiguous",
            beam_map.ambiguous,
            axes=axes,
            title="Lit patches that may be either, or neither",
        )
    return write_process(parent, "classification", content, default="condition")


def computed_on(beam_map: BeamMap) -> str:
    """The device of a classification; the CPU where none is recorded."""
    return (beam_map.record and beam_map.record.device) or CPU


def read_classification(path: str | os.PathLike) -> BeamMap:
    """Read what `write_classification` wrote.

    Raises
    ------
    DarfixWBError
        If the file is missing, holds no classification, or was written by a newer version.
    """
    with open_hdf5(path) as file:
        group = find_process(file, "classification")
        try:
            return BeamMap(
                probabilities=group["probabilities/probabilities"][()],
                grid=read_grid(group["grid"]),
                model_hash=group["model_hash"].asstr()[()],
                method=group["method"].asstr()[()],
                warnings=tuple(group["warnings"].asstr()[()]) if "warnings" in group else (),
                thresholds=_read_thresholds(group),
                record=_read_record(group["record"]) if "record" in group else None,
            )
        except (KeyError, OSError, TypeError, ValueError) as error:
            raise DarfixWBError(
                f"A classification must have probabilities and their grid, and {path} is damaged "
                f"({error}). Classify the scan again."
            ) from error


def _left_out_tree(scan: RockingScan) -> dict[str, Any]:
    """Frames that are in no curve, and why."""
    return {
        "@NX_class": "NXcollection",
        "frames": numpy.array(list(scan.left_out), dtype=numpy.int64),
        "reasons": numpy.array(list(scan.left_out.values()), dtype=h5py.string_dtype()),
    }


def _table(curves: Sequence[numpy.ndarray], n_steps: int) -> numpy.ndarray:
    """Curves as the rows of one array, shorter ones filled up with -1."""
    table = numpy.full((len(curves), n_steps), -1, dtype=numpy.int64)
    for row, frames in zip(table, curves, strict=True):
        row[: len(frames)] = frames
    return table


def _read_thresholds(group: h5py.Group) -> tuple[float, float] | None:
    if "thresholds" not in group:
        return None
    weak, strong = group["thresholds"][()].tolist()
    return weak, strong


def _record_tree(record: ClassificationRecord) -> dict[str, Any]:
    """A record as an NXcollection; what is not known of it is left out."""
    values = asdict(record)
    del values["left_out"]  # written beside the curves
    tree = {name: value for name, value in values.items() if value is not None}
    return {"@NX_class": "NXcollection", **tree, "noise@units": "counts"}


def _read_record(group: h5py.Group) -> ClassificationRecord:
    """The record that `_record_tree` described."""
    dark = group["dark"]
    is_text = h5py.check_string_dtype(dark.dtype) is not None
    return ClassificationRecord(
        dark=dark.asstr()[()] if is_text else float(dark[()]),
        dark_source=group["dark_source"].asstr()[()],
        noise=float(group["noise"][()]),
        rocking_motor=group["rocking_motor"].asstr()[()],
        use_context=bool(group["use_context"][()]) if "use_context" in group else None,
        device=group["device"].asstr()[()],
        invalid_pixels=int(group["invalid_pixels"][()]) if "invalid_pixels" in group else None,
        mask_file=group["mask_file"].asstr()[()] if "mask_file" in group else "",
        left_out=_read_left_out(group.parent.get("left_out")),
    )


def _read_left_out(group: h5py.Group | None) -> dict[int, str]:
    """The frames that `_left_out_tree` described; none in older files."""
    if group is None:
        return {}
    return dict(zip(group["frames"][()].tolist(), group["reasons"].asstr()[()], strict=True))
