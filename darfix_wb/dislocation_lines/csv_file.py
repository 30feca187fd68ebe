"""Lines as a table of points in a text file, as they are labelled by hand."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy

from ..errors import DarfixWBError
from ..io.output import new_file
from ..io.paths import user_path
from .csv_rows import LINE_COLUMNS, PLACE_COLUMNS, Row, number_in, read_rows
from .export.frame import nearest_layers
from .line import DislocationLine
from .network import LineNetwork

COLUMNS = ("line", "layer_name", "x_um", "y_um", "z_um", "score", "boundary")

_NAMED = 5


def write_csv(path: str | os.PathLike, network: LineNetwork, *, overwrite: bool = False) -> None:
    """Write a row for each point: x is the column, y the row, z the layer, in um.

    Parameters
    ----------
    path : str or path-like
        File to write; it appears when it is complete.
    network : LineNetwork
        What is written. Each point has the name of the layer next to it; none, where the network
        has no names of layers.
    overwrite : bool
        Whether a file that exists may be replaced.

    Raises
    ------
    DarfixWBError
        If the file exists or cannot be written.
    """
    with (
        new_file(path, overwrite=overwrite) as partial,
        open(partial, "w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number, line in enumerate(network.lines):
            names = _layer_names(line.points_um[:, 0], network)
            score = "" if numpy.isnan(line.score) else f"{line.score:.6g}"
            for name, place in zip(names, line.points_um[:, ::-1], strict=True):
                places = (f"{value:.7f}" for value in place)
                writer.writerow((number, name, *places, score, line.boundary))


def _layer_names(heights_um: numpy.ndarray, network: LineNetwork) -> Iterable[str]:
    if not network.layer_names:
        return ("" for _ in heights_um)
    return (network.layer_names[k] for k in nearest_layers(heights_um, network.layers_um))


def read_csv(path: str | os.PathLike) -> LineNetwork:
    """Read lines from a table of points with the columns ``x_um``, ``y_um``, ``z_um``.

    x is the column, y the row, z the layer. Rows with the same value in the column ``line`` (or
    ``name``) are one line, its points in the order of the file. Without such a column the file
    holds one line: with a point a layer, ordered by layer, or in one layer, in the order of the
    file. ``layer_name`` and ``score`` are taken where they are there; boundaries are not, for
    their planes are not in the table. Remarks that begin with ``#`` may stand above the names of
    the columns; columns may be separated by commas, or by tabs or semicolons, then with decimal
    commas or points.

    Parameters
    ----------
    path : str or path-like
        The file, UTF-8.

    Returns
    -------
    LineNetwork
        Its bounds are those of its points.

    Raises
    ------
    DarfixWBError
        If the file is missing, a column is missing, a place is no number, a line has one point, or
        it cannot be told which points are one line.
    """
    path = user_path(path)
    rows = read_rows(path)
    points = _points(path, rows)
    members = _members(path, rows, points)
    lines = [
        DislocationLine(points[places], score=_score(path, *rows[places[0]])) for places in members
    ]
    layers, names = _layers([row.get("layer_name", "") for _, row in rows], points[:, 0])
    corners = (points.min(axis=0), points.max(axis=0)) if rows else numpy.zeros((2, 3))
    return LineNetwork(lines, numpy.array(corners), layers_um=layers, layer_names=names)


def _points(path: Path, rows: list[Row]) -> numpy.ndarray:
    """``(n, 3)`` float64 (layer, row, column)."""
    places = [
        [number_in(path, number, row, name) for name in PLACE_COLUMNS] for number, row in rows
    ]
    return numpy.array(places, float).reshape(-1, 3)


def _score(path: Path, number: int, row: dict[str, str]) -> float:
    return number_in(path, number, row, "score") if row.get("score") else numpy.nan


def _members(path: Path, rows: list[Row], points: numpy.ndarray) -> list[numpy.ndarray]:
    """The rows of each line, in the order of its points."""
    column = next((name for name in LINE_COLUMNS if rows and name in rows[0][1]), "")
    if not column:
        return [_one_line(path, points[:, 0])] if rows else []
    members: dict[str, list[int]] = {}
    for place, (number, row) in enumerate(rows):
        if not row.get(column):
            raise DarfixWBError(
                f"Each point must name its line in the column {column!r}, and row {number} of "
                f"{path} does not. Fill it in, or take the row out."
            )
        members.setdefault(row[column], []).append(place)
    short = [name for name, places in members.items() if len(places) < 2]
    if short:
        more = f" and {len(short) - _NAMED} more" if len(short) > _NAMED else ""
        raise DarfixWBError(
            f"A line must have at least two points, and {path} has one of each of these: "
            f"{', '.join(short[:_NAMED])}{more}. Give them more points, or take them out."
        )
    return [numpy.array(places) for places in members.values()]


def _one_line(path: Path, heights_um: numpy.ndarray) -> numpy.ndarray:
    """The order of points that no column tells apart, where they can only be one line."""
    layers, counts = numpy.unique(heights_um, return_counts=True)
    if len(heights_um) < 2:
        raise DarfixWBError(
            f"A line must have at least two points, and {path} has one point. Give it more points."
        )
    if len(layers) == 1:
        return numpy.arange(len(heights_um))
    if counts.max() > 1:
        raise DarfixWBError(
            f"A table without a column 'line' must hold one line, one point per layer, and {path} "
            "has "
            f"{len(heights_um)} points in {len(layers)} layers, up to {counts.max()} in one. Add a "
            "column 'line' with the number or name of the line that each point belongs to."
        )
    return numpy.argsort(heights_um)


def _layers(names: Sequence[str], heights_um: numpy.ndarray) -> tuple[numpy.ndarray, tuple]:
    """Positions and names of the layers, where each name stands at one height."""
    found = dict(zip(names, heights_um.tolist(), strict=True))
    same = all(found[name] == height for name, height in zip(names, heights_um, strict=True))
    if not same or "" in found or len(set(found.values())) != len(found):
        return numpy.empty(0), ()
    ordered = sorted(found, key=found.get)
    return numpy.array([found[name] for name in ordered]), tuple(ordered)
