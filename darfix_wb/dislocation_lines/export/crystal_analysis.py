"""Lines as a Crystal Analysis file (.ca), for OVITO.

The layout is the one that OVITO writes, version 6: structure types, cell, clusters (regions of one
orientation), dislocations, and how they meet. Burgers vectors stand in the frame of their cluster,
which is ours here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy

from ...io.output import new_file
from ..line import NO_NODE, DislocationLine
from ..network import LineNetwork
from .frame import FRAME, burgers_xyz, xyz

UNKNOWN_BURGERS = (
    "Burgers vectors that are not known stand as zero; those that are, as x, y, z in um."
)

_START, _END = 0, 1
"""OVITO's flags of the two ends of a line, backward and forward."""


def write_ca(path: str | os.PathLike, network: LineNetwork, *, overwrite: bool = False) -> None:
    """Write the lines in a cell as large as the bounds of the network.

    Parameters
    ----------
    path : str or path-like
        File to write; it appears when it is complete.
    network : LineNetwork
        What is written. A Burgers vector that is not known is written as zero.
    overwrite : bool
        Whether a file that exists may be replaced.

    Raises
    ------
    DarfixWBError
        If the file exists or cannot be written.
    """
    with (
        new_file(path, overwrite=overwrite) as partial,
        open(partial, "w", encoding="ascii") as file,
    ):
        file.writelines(f"{line}\n" for line in _text(network))


def _text(network: LineNetwork) -> Iterator[str]:
    yield from ("CA_FILE_VERSION 6", "CA_LIB_VERSION 0.0.0")
    yield from (f"METADATA {FRAME}", f"METADATA {UNKNOWN_BURGERS}")
    yield from ("STRUCTURE_TYPES 1", "STRUCTURE_TYPE 1", "NAME crystal", "FULL_NAME Crystal")
    yield from ("COLOR 0.7 0.7 0.7", "TYPE LATTICE", "BURGERS_VECTOR_FAMILIES 1")
    yield from ("BURGERS_VECTOR_FAMILY ID 0", "Other", "0 0 0", "0.9 0.2 0.2")
    yield "END_STRUCTURE_TYPE"
    lower, upper = xyz(network.bounds_um)
    yield f"SIMULATION_CELL_ORIGIN {_numbers(lower)}"
    yield "SIMULATION_CELL_MATRIX"
    yield from map(_numbers, numpy.diag(upper - lower))
    yield "PBC_FLAGS 0 0 0"
    yield from ("CLUSTERS 1", "CLUSTER 1", "CLUSTER_STRUCTURE 1", "CLUSTER_ORIENTATION")
    yield from ("1 0 0", "0 1 0", "0 0 1", "CLUSTER_COLOR 0.7 0.7 0.7", "CLUSTER_SIZE 0")
    yield from ("END_CLUSTER", "CLUSTER_TRANSITIONS 0")
    yield f"DISLOCATIONS {len(network.lines)}"
    for number, line in enumerate(network.lines):
        yield from _line(number, line)
    yield "DISLOCATION_JUNCTIONS"
    for flag, number in _junctions(network):
        yield f"{flag} {number}"


def _line(number: int, line: DislocationLine) -> Iterator[str]:
    burgers = burgers_xyz(line, 0.0)
    yield from (str(number), _numbers(burgers), "1", str(len(line.points_um)))
    yield from map(_numbers, xyz(line.points_um))


def _junctions(network: LineNetwork) -> Iterator[tuple[int, int]]:
    """Of each line the last end, then the first: the next line end at the same node.

    The line ends at a node make a ring; an end where nothing meets is followed by itself.
    """
    rings: dict[int, list[tuple[int, int]]] = {}
    for number, line in enumerate(network.lines):
        for flag in (_END, _START):
            rings.setdefault(line.nodes[flag], []).append((flag, number))
    alone = {end: end for end in rings.pop(NO_NODE, [])}
    following = alone | {
        end: after
        for ring in rings.values()
        for end, after in zip(ring, [*ring[1:], ring[0]], strict=True)
    }
    for number in range(len(network.lines)):
        for flag in (_END, _START):
            yield following[flag, number]


def _numbers(values: numpy.ndarray) -> str:
    return " ".join(f"{value:.10g}" for value in values)
