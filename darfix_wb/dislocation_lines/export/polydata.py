"""Lines and nodes as PolyData of VTK (.vtp), for ParaView."""

from __future__ import annotations

import os

import numpy

from ..line import DislocationLine
from ..network import LineNetwork
from .frame import FRAME, burgers_xyz, nearest_layers, xyz
from .vtk_xml import VtkXmlFile

_EMPTY = numpy.empty((0, 3))


def write_lines_vtp(
    path: str | os.PathLike, network: LineNetwork, *, overwrite: bool = False
) -> None:
    """Write the lines, a polyline each, with a number for each line and for each point.

    Cell data are ``length_um``, ``score_sigma``, ``uncertainty_um``, ``curvature_per_um``,
    ``boundary``, ``kind``, ``nodes``, ``layer_span`` (numbers of its first and last layer) and
    ``burgers_um`` (x, y, z; NaN where it is not known); point data is ``layer``, the number of the
    next layer; both numbers are -1 where no layers are known.

    Parameters
    ----------
    path : str or path-like
        File to write; it appears when it is complete.
    network : LineNetwork
        What is written.
    overwrite : bool
        Whether a file that exists may be replaced.

    Raises
    ------
    DarfixWBError
        If the file exists or cannot be written.
    """
    file, lines = VtkXmlFile("PolyData"), network.lines
    points = numpy.concatenate([_EMPTY, *(line.points_um for line in lines)])
    ends = numpy.cumsum([len(line.points_um) for line in lines], dtype=numpy.int64)
    layers = nearest_layers(points[:, 0], network.layers_um)
    spans = [_span(line, network.layers_um) for line in lines]
    vectors = [burgers_xyz(line, numpy.nan) for line in lines]
    columns = {
        "length_um": numpy.array([line.length_um for line in lines], float),
        "score_sigma": numpy.array([line.score for line in lines], float),
        "uncertainty_um": numpy.array([line.uncertainty_um for line in lines], float),
        "curvature_per_um": numpy.array([line.curvature_per_um for line in lines], float),
        "boundary": numpy.array([line.boundary for line in lines], numpy.int32),
        "kind": numpy.array([line.kind for line in lines], numpy.int32),
        "nodes": numpy.array([line.nodes for line in lines], numpy.int32).reshape(-1, 2),
        "layer_span": numpy.array(spans, numpy.int32).reshape(-1, 2),
        "burgers_um": numpy.array(vectors).reshape(-1, 3),
    }
    numbers = [file.array(name, values) for name, values in columns.items()]
    piece = (
        file.section("PointData", [file.array("layer", layers)], Scalars="layer"),
        file.section("CellData", numbers, Scalars="length_um"),
        file.section("Points", [file.array("Points", xyz(points))]),
        file.section("Lines", _cells(file, numpy.arange(len(points)), ends)),
    )
    _write(path, file, piece, len(points), len(lines), 0, overwrite)


def write_nodes_vtp(
    path: str | os.PathLike, network: LineNetwork, *, overwrite: bool = False
) -> None:
    """Write the nodes, a vertex each, with ``degree``, the number of line ends at each.

    Parameters and errors are those of `write_lines_vtp`.
    """
    file, count = VtkXmlFile("PolyData"), len(network.nodes_um)
    degrees = network.degrees.astype(numpy.int32)
    each = numpy.arange(count)
    piece = (
        file.section("PointData", [file.array("degree", degrees)], Scalars="degree"),
        file.section("Points", [file.array("Points", xyz(network.nodes_um))]),
        file.section("Verts", _cells(file, each, each + 1)),
    )
    _write(path, file, piece, count, 0, count, overwrite)


def _cells(file: VtkXmlFile, points: numpy.ndarray, ends: numpy.ndarray) -> list[str]:
    """Which points make each cell: their numbers, and where the next cell begins."""
    return [
        file.array("connectivity", points.astype(numpy.int64)),
        file.array("offsets", ends.astype(numpy.int64)),
    ]


def _write(
    path: str | os.PathLike,
    file: VtkXmlFile,
    piece: tuple[str, ...],
    n_points: int,
    n_lines: int,
    n_verts: int,
    overwrite: bool,
) -> None:
    counts = {
        "NumberOfPoints": n_points,
        "NumberOfVerts": n_verts,
        "NumberOfLines": n_lines,
        "NumberOfStrips": 0,
        "NumberOfPolys": 0,
    }
    parts = [file.text("frame", FRAME), file.section("Piece", piece, **counts)]
    file.write(path, file.section("PolyData", parts), overwrite=overwrite)


def _span(line: DislocationLine, layers_um: numpy.ndarray) -> numpy.ndarray:
    heights = line.points_um[:, 0]
    return nearest_layers(numpy.array([heights.min(), heights.max()]), layers_um)
