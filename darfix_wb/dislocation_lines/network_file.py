"""The NeXus file of a network of lines."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import h5py
import numpy

from ..errors import DarfixWBError
from ..io.hdf5_access import open_hdf5
from ..io.nexus import find_process, write_process
from ..io.output import new_file
from ..io.output_names import HDF5_SUFFIXES
from ..io.provenance import Provenance
from .boundary import SmallAngleBoundary
from .line import DislocationLine, LineKind
from .network import LineNetwork

RECONSTRUCTION = "reconstruction"
"""Name of the NXprocess group."""

AXES = "layer, row, column"

_NO_BURGERS = numpy.full(3, numpy.nan)


def write_network(
    path: str | os.PathLike,
    network: LineNetwork,
    *,
    provenance: Provenance | None = None,
    extra: Mapping[str, Any] | None = None,
    overwrite: bool = False,
) -> None:
    """Write a network to a file that `silx view` opens; it appears when it is complete.

    Parameters
    ----------
    path : str or path-like
        File to write.
    network : LineNetwork
        Lines, nodes and boundaries.
    provenance : Provenance, optional
        Where they come from.
    extra : mapping, optional
        More groups beside the lines, in the notation of `silx.io.dictdump.dicttonx`.
    overwrite : bool
        Whether a file that exists may be replaced.

    Raises
    ------
    DarfixWBError
        If the file exists or cannot be written.
    """
    tree = (provenance or Provenance()).to_nexus() | network_tree(network) | dict(extra or {})
    with (
        new_file(path, overwrite=overwrite, suffixes=HDF5_SUFFIXES) as partial,
        h5py.File(partial, "w") as file,
    ):
        write_process(file, RECONSTRUCTION, tree, default="lines")


def read_network(path: str | os.PathLike) -> LineNetwork:
    """Read the network in a file of `write_network`.

    Raises
    ------
    DarfixWBError
        If the file holds none, or is damaged.
    """
    with open_hdf5(path) as file:
        group = find_process(file, RECONSTRUCTION)
        try:
            return network_of(group)
        except (KeyError, ValueError, IndexError) as error:
            raise DarfixWBError(
                f"The lines of a network must be complete, and those of {path} are not ({error}). "
                "Reconstruct it again, or choose another file."
            ) from error


def network_tree(network: LineNetwork) -> dict[str, Any]:
    """The groups of a network, for `darfix_wb.io.nexus.write_process`."""
    tree: dict[str, Any] = {
        "bounds": network.bounds_um,
        "bounds@units": "um",
        "bounds@axes_of_points": AXES,
        "nodes": network.nodes_um,
        "nodes@units": "um",
        "nodes@axes_of_points": AXES,
        "layers": {
            "@NX_class": "NXcollection",
            "position": network.layers_um,
            "position@units": "um",
            "name": [str(name) for name in network.layer_names],
        },
        "lines": _lines_tree(network.lines),
        "boundaries": _boundaries_tree(network.boundaries),
        "warnings": list(network.warnings),
    }
    for place in (tree, tree["layers"]):
        for name in [name for name, value in place.items() if isinstance(value, list)]:
            if not place[name]:
                del place[name]
    return tree


def _lines_tree(lines: tuple[DislocationLine, ...]) -> dict[str, Any]:
    counts = [len(line.points_um) for line in lines]
    points = [line.points_um for line in lines]
    burgers = [_NO_BURGERS if line.burgers_um is None else line.burgers_um for line in lines]
    kinds = ", ".join(f"{kind.value} {kind.name.lower()}" for kind in LineKind)
    return {
        "@NX_class": "NXdata",
        "@signal": "line",
        "points": numpy.concatenate(points) if points else numpy.empty((0, 3)),
        "points@units": "um",
        "points@axes_of_points": AXES,
        "line": numpy.repeat(numpy.arange(len(lines)), counts).astype(int),
        "line@meaning": "number of the line that a point belongs to",
        "nodes": numpy.array([line.nodes for line in lines], int).reshape(-1, 2),
        "score": numpy.array([line.score for line in lines], float),
        "score@units": "sigma",
        "uncertainty": numpy.array([line.uncertainty_um for line in lines], float),
        "uncertainty@units": "um",
        "length": numpy.array([line.length_um for line in lines], float),
        "length@units": "um",
        "direction": numpy.array([line.direction for line in lines], float).reshape(-1, 3),
        "curvature": numpy.array([line.curvature_per_um for line in lines], float),
        "curvature@units": "1/um",
        "kind": numpy.array([line.kind for line in lines], numpy.uint8),
        "kind@meaning": kinds,
        "boundary": numpy.array([line.boundary for line in lines], int),
        "burgers": numpy.array(burgers, float).reshape(-1, 3),
        "burgers@units": "um",
    }


def _boundaries_tree(boundaries: tuple[SmallAngleBoundary, ...]) -> dict[str, Any]:
    def column(name: str, width: int = 0) -> numpy.ndarray:
        values = numpy.array([getattr(one, name) for one in boundaries], float)
        return values.reshape(-1, width) if width else values

    return {
        "@NX_class": "NXcollection",
        "centre": column("centre_um", 3),
        "centre@units": "um",
        "normal": column("normal", 3),
        "extent": column("extent_um", 2),
        "extent@units": "um",
        "spacing": column("spacing_um"),
        "spacing@units": "um",
        "misorientation": column("misorientation_urad"),
        "misorientation@units": "urad",
        "offset": column("offset_um"),
        "offset@units": "um",
    }


def network_of(group: h5py.Group) -> LineNetwork:
    """The network that `network_tree` described."""
    layers = group["layers"]
    return LineNetwork(
        lines=_lines_of(group["lines"]),
        bounds_um=group["bounds"][()],
        nodes_um=group["nodes"][()],
        boundaries=_boundaries_of(group["boundaries"]),
        layers_um=layers["position"][()],
        layer_names=_texts(layers, "name"),
        warnings=_texts(group, "warnings"),
    )


def _lines_of(table: h5py.Group) -> tuple[DislocationLine, ...]:
    points, numbers = table["points"][()], table["line"][()]
    count = len(table["score"])
    edges = numpy.searchsorted(numbers, numpy.arange(count + 1))
    columns = {name: table[name][()] for name in ("nodes", "score", "uncertainty", "kind")}
    boundary, burgers = table["boundary"][()], table["burgers"][()]
    return tuple(
        DislocationLine(
            points[edges[k] : edges[k + 1]],
            nodes=tuple(int(node) for node in columns["nodes"][k]),
            score=float(columns["score"][k]),
            uncertainty_um=float(columns["uncertainty"][k]),
            kind=LineKind(int(columns["kind"][k])),
            boundary=int(boundary[k]),
            burgers_um=burgers[k] if numpy.isfinite(burgers[k]).all() else None,
        )
        for k in range(count)
    )


def _boundaries_of(table: h5py.Group) -> tuple[SmallAngleBoundary, ...]:
    names = ("centre", "normal", "extent", "spacing", "misorientation", "offset")
    columns = [table[name][()] for name in names]
    return tuple(
        SmallAngleBoundary(
            *(centre, normal, (float(extent[0]), float(extent[1]))), *map(float, numbers)
        )
        for centre, normal, extent, *numbers in zip(*columns, strict=True)
    )


def _texts(group: h5py.Group, name: str) -> tuple[str, ...]:
    return tuple(group[name].asstr()[()].tolist()) if name in group else ()
