"""Weak- and strong-beam images, with the classification that they come from, in NeXus files."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import h5py

from ..beam import BeamMap
from ..detection.dislocation_map import DislocationMap
from ..detection.lines import COLUMNS
from ..dislocation_image import as_shown
from ..io.classification_files import computed_on, write_classification
from ..io.nexus import Axis, frame_axes, picture, write_process
from ..io.output import InputFile, new_hdf5
from ..io.overview import overview
from ..io.provenance import Provenance
from ..scan import RockingScan
from .images import BeamImages

PICTURES = (
    ("weak_beam", "weak", "Weak beam", "counts"),
    ("strong_beam", "strong", "Strong beam", "counts"),
    ("weak_beam_low", "weak_low", "Weak beam below the peak (WB-)", "counts"),
    ("weak_beam_high", "weak_high", "Weak beam above the peak (WB+)", "counts"),
    ("weak_count", "weak_count", "Frames that contribute to the weak beam", ""),
    ("strong_count", "strong_count", "Frames that contribute to the strong beam", ""),
    ("binary_map", "binary_map", "Weak-beam signal above the background", ""),
    ("invalid_pixels", "invalid", "Pixels without counts: NaN in the images", ""),
)
"""Name in the file, name in the integrated images, title and unit."""

DISLOCATION_PICTURES = (
    ("dislocation_image", "image", "Dislocation image", "sigma"),
    ("dislocation_image_low", "low", "Dislocation image below the peak (WB-)", "sigma"),
    ("dislocation_image_high", "high", "Dislocation image above the peak (WB+)", "sigma"),
    ("line_probability", "probability", "Probability of a line within 3 px", ""),
)
"""The same, of the map of dislocations."""


def beam_provenance(
    beam_map: BeamMap, scan: RockingScan, parameters: Mapping[str, Any]
) -> Provenance:
    """Where an integration comes from, with how its classification was made.

    Parameters
    ----------
    beam_map : BeamMap
        The classification that was integrated; its parameters are kept under
        ``classification``, and its device is that of the result.
    scan : RockingScan
        The scan that was integrated.
    parameters : mapping
        Those of the integration.
    """
    whole = {**parameters, "classification": beam_map.parameters}
    return Provenance(whole, scan.source, beam_map.model_hash, device=computed_on(beam_map))


def write_integration(
    parent: h5py.Group,
    images: BeamImages,
    scan: RockingScan,
    *,
    provenance: Provenance | None = None,
    axes: tuple[Axis, Axis] | None = None,
) -> h5py.Group:
    """Write ``entry/integration``: weak- and strong-beam images, dislocations, an overview first.

    The overview is that of the dislocation image where there is one, else of the weak beam.

    Parameters
    ----------
    parent : h5py.Group
        Root of an open file.
    images : BeamImages
        ``(height, width)`` images.
    scan : RockingScan
        The scan they come from.
    provenance : Provenance, optional
        Where the result comes from.
    axes : tuple of Axis, optional
        Positions of the rows and of the columns; pixels if not given.
    """
    axes = axes or frame_axes(scan.frame_shape)
    content = (provenance or Provenance(source=scan.source)).to_nexus()
    for name, attribute, title, unit in PICTURES:
        image = getattr(images, attribute)
        if image is not None:
            content[name] = picture(name, image, axes=axes, title=title, unit=unit)
    if images.dislocations is None:
        name, attribute, title, unit = PICTURES[0]
        shown = getattr(images, attribute)
    else:
        content |= _dislocation_tree(images.dislocations, axes)
        name, _, title, unit = DISLOCATION_PICTURES[0]
        title, unit = f"{title}, as asinh(max(image, 0) / 3)", f"of that {unit}"
        shown = as_shown(images.dislocations.image)
    content["overview"] = overview(name, shown, axes=axes, title=title, unit=unit)
    return write_process(parent, "integration", content, default="overview")


def _dislocation_tree(found: DislocationMap, axes: tuple[Axis, Axis]) -> dict[str, Any]:
    """Pictures and the table of lines."""
    tree: dict[str, Any] = {
        name: picture(name, getattr(found, attribute), axes=axes, title=title, unit=unit)
        for name, attribute, title, unit in DISLOCATION_PICTURES
    }
    table: dict[str, Any] = {"@NX_class": "NXcollection", "detector_hash": found.detector_hash}
    for name, values in found.lines.table().items():
        table[name] = values
        table[f"{name}@units"] = COLUMNS[name]
    table["index_map"] = found.lines.index_map
    return {**tree, "lines": table}


def save_beam_file(
    path: str | os.PathLike,
    beam_map: BeamMap,
    images: BeamImages,
    scan: RockingScan,
    provenance: Provenance,
    *,
    axes: tuple[Axis, Axis] | None = None,
    overwrite: bool = False,
    inputs: Sequence[InputFile] = (),
) -> None:
    """Write classification and integration of a scan to a new NeXus file.

    Parameters
    ----------
    path : str or path-like
        HDF5 file to write.
    beam_map, images, scan, provenance, axes
        As in `write_classification` and `write_integration`.
    overwrite : bool
        Whether a file that exists may be replaced.
    inputs : sequence of InputFile
        Files that may never be replaced, as in `darfix_wb.io.output.check_output`.

    Raises
    ------
    DarfixWBError
        If the file cannot be written.
    """
    with new_hdf5(path, overwrite=overwrite, inputs=inputs) as file:
        write_classification(file, beam_map, scan, provenance=provenance)
        write_integration(file, images, scan, provenance=provenance, axes=axes)
