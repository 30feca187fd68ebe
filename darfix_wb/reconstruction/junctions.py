"""Nodes of the network: where lines meet, and where they end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy
from scipy.spatial import cKDTree

from ..dislocation_lines.line import DislocationLine, travelled_um
from ..dislocation_lines.network import SAMPLING_UM
from .grouping import group_numbers
from .joining import put_together
from .line_ends import LineEnds

REACH = 1.2
"""How far an end is carried on to meet another line, in distances of layers."""

ASIDE_UM = 0.5
"""How far beside that line it may pass."""

LEAST_LENGTH_UM = 3.0
LEAST_SCORE = 12.0
"""A line that is shorter, or dimmer, makes no junction: where it ends is not known."""

ONE_NODE_UM = 1.0
"""Meeting points nearer than this are one node."""

_RAY_STEPS = 6


@dataclass(frozen=True)
class _Meeting:
    """An end, and the point of another line that it meets."""

    end: int
    line: int
    place_um: numpy.ndarray
    travelled_um: float


def connect(
    lines: Sequence[DislocationLine],
    *,
    step_um: float,
    bounds_um: numpy.ndarray,
    gaps_um: numpy.ndarray,
) -> tuple[list[DislocationLine], numpy.ndarray]:
    """Carry free ends on to the lines that they meet, and split those there.

    Parameters
    ----------
    lines, step_um, bounds_um, gaps_um
        As of `darfix_wb.reconstruction.joining.join_lines`.

    Returns
    -------
    lines : list of DislocationLine
        Each starts and ends at a node.
    nodes_um : numpy.ndarray
        ``(n, 3)`` float64.
    """
    ends = LineEnds.of(lines, step_um=step_um, bounds_um=bounds_um, gaps_um=gaps_um)
    meetings = _meetings(lines, ends, step_um)
    cuts: dict[int, list[tuple[float, int]]] = {}
    at_end: dict[int, int] = {}
    places: list[numpy.ndarray] = []
    for members in _clustered(meetings):
        number = len(places)
        places.append(numpy.mean([meeting.place_um for meeting in members], axis=0))
        for meeting in members:
            at_end[meeting.end] = number
        for line in {meeting.line for meeting in members}:
            own = [meeting.travelled_um for meeting in members if meeting.line == line]
            _meet(line, lines[line].length_um, float(numpy.mean(own)), number, at_end, cuts)
    partner = _partners(at_end, cuts, len(lines))
    if (partner >= 0).any():
        together = put_together(lines, partner)
        return connect(together, step_um=step_um, bounds_um=bounds_um, gaps_um=gaps_um)
    return _split(lines, cuts, at_end, places)


def _partners(at_end: dict[int, int], cuts: dict, count: int) -> numpy.ndarray:
    """``(2 n,)`` int: ends that meet one other end and nothing else are one line."""
    within = {node for marks in cuts.values() for _, node in marks}
    ends: dict[int, list[int]] = {}
    for end, node in at_end.items():
        ends.setdefault(node, []).append(end)
    partner = numpy.full(2 * count, -1)
    for node, members in ends.items():
        if len(members) == 2 and node not in within and members[0] // 2 != members[1] // 2:
            partner[members] = members[::-1]
    return partner


def _meet(line, length_um, travelled_um, node, at_end, cuts) -> None:
    """Put a node on a line: at its end if that is near and not elsewhere already, else within."""
    for side, distance in ((0, travelled_um), (1, length_um - travelled_um)):
        if distance < ONE_NODE_UM:
            at_end.setdefault(2 * line + side, node)
            return
    cuts.setdefault(line, []).append((travelled_um, node))


def _meetings(lines: Sequence[DislocationLine], ends: LineEnds, step_um: float) -> list[_Meeting]:
    sampled = [line.resampled(SAMPLING_UM) for line in lines]
    if len(sampled) < 2:
        return []
    number = numpy.repeat(numpy.arange(len(lines)), [len(points) for points in sampled])
    travelled = numpy.concatenate(
        [
            numpy.linspace(0, line.length_um, len(points))
            for line, points in zip(lines, sampled, strict=True)
        ]
    )
    points = numpy.concatenate(sampled)
    tree = cKDTree(points)
    found = []
    sure = numpy.array(
        [line.length_um >= LEAST_LENGTH_UM and line.score >= LEAST_SCORE for line in lines]
    )
    for end in numpy.flatnonzero(ends.free & numpy.repeat(sure, 2)):
        way = numpy.linspace(0, REACH * step_um, _RAY_STEPS)
        ray = ends.place_um[end] + way[:, None] * ends.outward[end]
        near = tree.query_ball_point(ray, ASIDE_UM)
        best, least = -1, numpy.inf
        for ahead, place, candidates in zip(way, ray, near, strict=True):
            other = [one for one in candidates if number[one] != end // 2 and sure[number[one]]]
            if not other:
                continue
            distance = numpy.linalg.norm(points[other] - place, axis=1)
            cost = distance.min() + 0.3 * ahead
            if cost < least:
                best, least = other[int(distance.argmin())], cost
        if best >= 0:
            found.append(
                _Meeting(int(end), int(number[best]), points[best], float(travelled[best]))
            )
    return found


def _clustered(meetings: list[_Meeting]) -> list[list[_Meeting]]:
    """Meetings whose places are one node."""
    if not meetings:
        return []
    places = numpy.array([meeting.place_um for meeting in meetings])
    pairs = cKDTree(places).query_pairs(ONE_NODE_UM, output_type="ndarray").reshape(-1, 2)
    group = group_numbers(pairs, len(places))
    return [
        [meeting for meeting, own in zip(meetings, group, strict=True) if own == k]
        for k in range(group.max() + 1)
    ]


def _split(lines, cuts, at_end, places) -> tuple[list[DislocationLine], numpy.ndarray]:
    pieces = []

    def node_at(end: int) -> int:
        if end not in at_end:
            at_end[end] = len(places)
            places.append(lines[end // 2].points_um[0 if end % 2 == 0 else -1])
        return at_end[end]

    for number, line in enumerate(lines):
        marks = sorted(cuts.get(number, []))
        nodes = [node_at(2 * number), *(node for _, node in marks), node_at(2 * number + 1)]
        points = _pieces(line, [at for at, _ in marks])
        pieces += [
            _between(line, piece, *ends, places)
            for piece, ends in zip(points, pairwise(nodes), strict=True)
        ]
    return [piece for piece in pieces if piece is not None], numpy.array(places).reshape(-1, 3)


def _pieces(line: DislocationLine, marks_um: Sequence[float]) -> list[numpy.ndarray]:
    """The points of a line between its start, the marks along it and its end, marks left out."""
    points = line.points_um
    travelled = travelled_um(points)
    edges = [-1.0, *marks_um, travelled[-1] + 1]
    return [points[(travelled > low) & (travelled < high)] for low, high in pairwise(edges)]


def _between(
    line: DislocationLine,
    points: numpy.ndarray,
    first: int,
    last: int,
    places: Sequence[numpy.ndarray],
) -> DislocationLine | None:
    """A piece of a line from node to node; None where nothing is between them."""
    whole = numpy.concatenate([places[first][None], points, places[last][None]])
    moved = numpy.linalg.norm(numpy.diff(whole, axis=0), axis=1) > 1e-9
    whole = whole[numpy.append(True, moved)]
    if len(whole) < 2:
        return None
    return replace(line, points_um=whole, nodes=(first, last))
