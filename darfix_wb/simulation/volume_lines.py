"""The lines of a crystal in the box of a volume, as polylines in its coordinates."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..dislocation_lines.boundary import SmallAngleBoundary
from ..dislocation_lines.line import NO_BOUNDARY, NO_NODE, DislocationLine
from ..dislocation_lines.network import SAMPLING_UM
from .crystal import Crystal, Dislocations
from .deformation import BOW_REACH_UM
from .geometry import Geometry

SHORTEST_UM = 0.3
"""Shorter pieces are left out, or belong to their neighbours."""

_FLAT_UM = 1.0
"""A boundary is plain enough for a plane up to this root mean square distance."""

_FEWEST_LINES = 5


class CrystalPiece(NamedTuple):
    """Part of a line of the crystal that lies in the box.

    Attributes
    ----------
    points_um : (n, 3) float64
        (layer, row, column), 0.1 um apart.
    number : int
        Of the line, as in `visibility.line_map`.
    nodes : (int, int)
        Numbers of `CurvedLines.node_um` at which it starts and ends, -1 where there is none.
    burgers_um : (3,) float64
        (layer, row, column).
    g_dot_b : float
    boundary : int
        Number of the boundary in the crystal, -1 for lone lines.
    """

    points_um: np.ndarray
    number: int
    nodes: tuple[int, int]
    burgers_um: np.ndarray
    g_dot_b: float
    boundary: int


def to_volume(points_um: np.ndarray, geometry: Geometry) -> np.ndarray:
    """Turn points (..., 3) from (x, y, z) into (layer, row, column).

    Rows and columns are counted from the centre of the first pixel, where the field of view begins
    half a pixel before.
    """
    x, y, z = np.moveaxis(points_um, -1, 0)
    return np.stack([z, x - geometry.row_um / 2, y - geometry.column_um / 2], axis=-1)


def pieces_in_box(
    crystal: Crystal, geometry: Geometry, bounds_um: np.ndarray
) -> list[CrystalPiece]:
    """Return the parts of all lines that lie in a box, of at least 0.3 um.

    Parameters
    ----------
    crystal : Crystal
    geometry : Geometry
    bounds_um : (2, 3) float64
        Lower and upper corner (layer, row, column).
    """
    pieces = []
    table = crystal.dislocations
    for number in range(len(table.line)):
        points = to_volume(_straight(table, number, geometry, bounds_um), geometry)
        burgers = np.roll(table.burgers_um[number], 1)
        about = burgers, float(table.g_dot_b[number]), int(table.boundary[number])
        for run in _runs_inside(points, bounds_um):
            pieces.append(CrystalPiece(points[run], number, (NO_NODE, NO_NODE), *about))
    if crystal.curved is not None:
        pieces += _curved_pieces(crystal, geometry, bounds_um)
    return pieces


def _straight(
    table: Dislocations, number: int, geometry: Geometry, bounds_um: np.ndarray
) -> np.ndarray:
    """Return points (n, 3) along a line that lies in the table, past the whole box."""
    point, line = table.point_um[number], table.line[number]
    layer, row, column = bounds_um.mean(axis=0)
    middle = np.array([row + geometry.row_um / 2, column + geometry.column_um / 2, layer])
    reach = np.linalg.norm(bounds_um[1] - bounds_um[0])
    closest = float((middle - point) @ line)
    along = closest + np.arange(-reach, reach, SAMPLING_UM)
    bow = 0.5 * table.bow_per_um[number] * np.clip(along, -BOW_REACH_UM, BOW_REACH_UM) ** 2
    side = np.cross(line, [0.0, 0.0, 1.0])
    return point + along[:, None] * line + bow[:, None] * side


def _curved_pieces(
    crystal: Crystal, geometry: Geometry, bounds_um: np.ndarray
) -> list[CrystalPiece]:
    curved, first = crystal.curved, len(crystal.dislocations.line)
    pieces = []
    for k, polyline in enumerate(curved.polylines):
        corners = to_volume(polyline, geometry)
        if (corners.max(axis=0) < bounds_um[0]).any() or (corners.min(axis=0) > bounds_um[1]).any():
            continue
        points = DislocationLine(corners).resampled(SAMPLING_UM)
        about = np.roll(curved.burgers_um[k], 1), float(curved.g_dot_b[k]), NO_BOUNDARY
        closed = np.array_equal(points[0], points[-1])
        for run in _runs_inside(points, bounds_um, closed=closed):
            start = curved.nodes[k, 0] if run[0] == 0 else NO_NODE
            end = curved.nodes[k, 1] if run[-1] == len(points) - 1 else NO_NODE
            pieces.append(CrystalPiece(points[run], first + k, (int(start), int(end)), *about))
    return pieces


def _runs_inside(
    points_um: np.ndarray, bounds_um: np.ndarray, *, closed: bool = False
) -> list[np.ndarray]:
    """Return the indices of each run of points in a box; of a loop, runs may pass its start."""
    inside = np.all((points_um >= bounds_um[0]) & (points_um <= bounds_um[1]), axis=1)
    if not inside.any():
        return []
    places = np.flatnonzero(inside)
    runs = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    if closed and len(runs) > 1 and inside[0] and inside[-1]:
        runs = [np.concatenate([runs[-1], runs[0][1:]]), *runs[1:-1]]
    return [run for run in runs if len(run) - 1 >= round(SHORTEST_UM / SAMPLING_UM)]


def plane_boundaries(pieces: list[CrystalPiece]) -> tuple[list[SmallAngleBoundary], np.ndarray]:
    """Return the boundaries that are plain enough, and which of them each piece belongs to.

    Plain enough are those of at least five pieces with a root mean square distance from a plane of
    at most 1 um.

    Returns
    -------
    list of SmallAngleBoundary
    (n_pieces,) int
        -1 for pieces of no such boundary.
    """
    owner = np.array([piece.boundary for piece in pieces], int)
    member = np.full(len(pieces), NO_BOUNDARY)
    found = []
    for number in np.unique(owner[owner >= 0]):
        own = np.flatnonzero(owner == number)
        if len(own) < _FEWEST_LINES:
            continue
        boundary = _fitted([pieces[k] for k in own])
        if boundary.offset_um <= _FLAT_UM:
            member[own] = len(found)
            found.append(boundary)
    return found, member


def _fitted(pieces: list[CrystalPiece]) -> SmallAngleBoundary:
    points = np.concatenate([piece.points_um for piece in pieces])
    centre = points.mean(axis=0)
    line = pieces[0].points_um[-1] - pieces[0].points_um[0]
    line /= np.linalg.norm(line)
    across = points - centre - np.outer((points - centre) @ line, line)
    normal = np.linalg.svd(across, full_matrices=False)[2][1]
    side = np.cross(normal, line)
    middles = np.array([piece.points_um.mean(axis=0) for piece in pieces])
    spacing = float(np.median(np.diff(np.sort((middles - centre) @ side))))
    return SmallAngleBoundary(
        centre_um=centre,
        normal=normal,
        extent_um=(
            float(np.ptp((points - centre) @ line)),
            float(np.ptp((points - centre) @ side)),
        ),
        spacing_um=spacing,
        misorientation_urad=float(np.linalg.norm(pieces[0].burgers_um) / spacing * 1e6),
        offset_um=float(np.sqrt(np.mean(((points - centre) @ normal) ** 2))),
    )
