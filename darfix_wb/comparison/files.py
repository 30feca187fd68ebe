"""A comparison in files: NeXus with everything, a picture, and a table."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy

from ..beam import CONDITION_NAMES, BeamCondition, BeamMap
from ..decomposition.regions import Regions
from ..image_quality.shown import PROBABILITY
from ..io.nexus import Axis, frame_axes, grid_axes, grid_tree, picture, write_process
from ..io.output import InputFile, check_output, new_file, new_hdf5
from ..io.output_names import HDF5_SUFFIXES
from ..io.overview import overview
from ..io.provenance import CPU, Provenance
from ..scan import RockingScan
from .pictures import save_picture
from .result import Comparison, MethodOutcome
from .table import table


def comparison_files(path: str | os.PathLike) -> tuple[Path, Path, Path]:
    """The NeXus file, and next to it the picture (``.png``) and the table (``.csv``)."""
    nexus = Path(path)
    return nexus, nexus.with_suffix(".png"), nexus.with_suffix(".csv")


def check_comparison_files(
    path: str | os.PathLike, *, overwrite: bool = False, inputs: Sequence[InputFile] = ()
) -> None:
    """Refuse files that could not be written, before the work; as `darfix_wb.io.output`."""
    nexus, *others = comparison_files(path)
    check_output(nexus, overwrite=overwrite, inputs=inputs, suffixes=HDF5_SUFFIXES)
    for target in others:
        check_output(target, overwrite=overwrite, inputs=inputs)


def save_comparison(
    path: str | os.PathLike,
    comparison: Comparison,
    *,
    provenance: Provenance | None = None,
    axes: tuple[Axis, Axis] | None = None,
    overwrite: bool = False,
    inputs: Sequence[InputFile] = (),
) -> tuple[Path, Path, Path]:
    """Write a comparison to a NeXus file, with a picture and a table next to it.

    Parameters
    ----------
    path : str or path-like
        NeXus file to write; ``.png`` and ``.csv`` take its name.
    comparison : Comparison
        What to write.
    provenance : Provenance, optional
        Where it comes from.
    axes : tuple of Axis, optional
        Positions of the rows and of the columns; pixels if not given.
    overwrite : bool
        Whether files that exist may be replaced.
    inputs : sequence of InputFile
        Files that may never be replaced, as in `darfix_wb.io.output.check_output`.

    Returns
    -------
    tuple of pathlib.Path
        The files.

    Raises
    ------
    DarfixWBError
        If one of the files cannot be written; nothing is written then.
    """
    check_comparison_files(path, overwrite=overwrite, inputs=inputs)
    nexus, image, figures = comparison_files(path)
    content = _content(
        comparison, provenance, axes or frame_axes(comparison.patched.scan.frame_shape)
    )
    with new_hdf5(nexus, overwrite=overwrite, inputs=inputs) as file:
        write_process(file, "comparison", content, default="overview")
    save_picture(image, comparison, overwrite=overwrite, inputs=inputs)
    with new_file(figures, overwrite=overwrite, inputs=inputs) as partial:
        partial.write_text(table_as_csv(comparison), encoding="utf-8")
    return nexus, image, figures


def table_as_csv(comparison: Comparison) -> str:
    """The table of a comparison, comma separated, with the names of its columns first."""
    rows = table(comparison)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _content(
    comparison: Comparison, provenance: Provenance | None, axes: tuple[Axis, Axis]
) -> dict[str, Any]:
    scan = comparison.patched.scan
    done = [outcome for outcome in comparison.outcomes if outcome.contrast is not None]
    method = Axis("method", numpy.arange(len(done)), "", "method, see methods")
    shape = (len(done), *scan.frame_shape)
    contrast = numpy.stack([one.contrast for one in done]) if done else numpy.zeros(shape, "f4")
    devices = {one.device or CPU for one in done} or {CPU}
    title = "Weak beam above its background: " + ", ".join(map(_named, done))
    return {
        **replace(
            provenance or Provenance(source=scan.source), device=", ".join(sorted(devices))
        ).to_nexus(),
        "methods": [outcome.name for outcome in done],
        "scored_on": comparison.scored_on,
        "grid": grid_tree(comparison.patched.grid),
        "classes": {
            "@NX_class": "NXcollection",
            **{CONDITION_NAMES[condition]: int(condition) for condition in BeamCondition},
        },
        "contrast": picture("contrast", contrast, axes=(method, *axes), title=title, unit="sigma"),
        "overview": overview("contrast", contrast, axes=(method, *axes), title=title, unit="sigma"),
        "agreement": {
            "@NX_class": "NXcollection",
            "methods": list(comparison.names),
            "share": comparison.agreement,
        },
        "table": _table_tree(comparison),
        **{outcome.name: _method_tree(outcome, comparison, axes) for outcome in done},
    }


def _named(outcome: MethodOutcome) -> str:
    """The name; of a probability, also that it was brought to the scale of the others."""
    if outcome.unit != PROBABILITY:
        return outcome.name
    return f"{outcome.name} (probability, scaled to the contrast of the others)"


def _method_tree(
    outcome: MethodOutcome, comparison: Comparison, axes: tuple[Axis, Axis]
) -> dict[str, Any]:
    tree = {
        "@NX_class": "NXcollection",
        "model_hash": outcome.model_hash,
        "weak_beam": picture(
            "weak_beam",
            outcome.weak_image,
            axes=axes,
            title=f"Weak beam, {outcome.name}",
            unit=outcome.unit,
        ),
    }
    if outcome.beam_map is not None:
        tree |= _patch_tree(outcome.name, outcome.beam_map, comparison.patched.scan)
    return tree if outcome.regions is None else {**tree, "regions": _region_tree(outcome.regions)}


def _patch_tree(name: str, beam_map: BeamMap, scan: RockingScan) -> dict[str, Any]:
    """What a method says of each patch."""
    angle = Axis("angle", scan.angles, scan.unit, scan.motor or "angle")
    return {
        "condition": picture(
            "condition",
            beam_map.condition(),
            axes=(angle, *grid_axes(beam_map.grid)),
            title=f"Condition of each patch, {name}; see classes",
        ),
        "probabilities": beam_map.probabilities,
    }


def _region_tree(regions: Regions) -> dict[str, Any]:
    """``[row, column, height, width]`` of each region."""
    tree: dict[str, Any] = {"@NX_class": "NXcollection"}
    for name, rectangle in regions.to_dict().items():
        tree |= {
            name: numpy.array(rectangle),
            f"{name}@units": "px",
            f"{name}@long_name": "row, column, height, width",
        }
    return tree


def _table_tree(comparison: Comparison) -> dict[str, Any]:
    rows = table(comparison)
    tree: dict[str, Any] = {"@NX_class": "NXcollection"}
    for name in rows[0]:
        values = [row[name] for row in rows]
        is_text = any(isinstance(value, str) for value in values)
        tree[name] = (
            [value or "" for value in values]
            if is_text
            else numpy.array([numpy.nan if value is None else value for value in values], float)
        )
    return tree
