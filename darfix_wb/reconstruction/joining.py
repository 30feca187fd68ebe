"""Put lines together that go on in one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy
from scipy.spatial import cKDTree

from ..dislocation_lines.line import DislocationLine, LineKind
from .line_ends import LineEnds

REACH = 3.5
"""Largest distance of two ends, in distances of layers."""

ASIDE_UM = 0.5
ASIDE_SHARE = 0.25
"""How far an end may lie beside where the other one points to: a length, and a part of the way."""

BEND = 0.5
"""Cosine of the largest angle between two lines that are one."""

RISE = 0.6
"""Height by which a streak may be out of place, in distances of layers: it shows in the nearest."""


def join_lines(
    lines: Sequence[DislocationLine],
    *,
    step_um: float,
    bounds_um: numpy.ndarray,
    gaps_um: numpy.ndarray,
) -> list[DislocationLine]:
    """Join lines whose ends point at each other, the nearest first.

    Parameters
    ----------
    lines : sequence of DislocationLine
    step_um : float
        Usual distance of layers.
    bounds_um : numpy.ndarray
        ``(2, 3)`` corners of the volume; ends at its sides are not joined.
    gaps_um : numpy.ndarray
        ``(n,)`` positions at which layers end or begin beside a gap.
    """
    ends = LineEnds.of(lines, step_um=step_um, bounds_um=bounds_um, gaps_um=gaps_um)
    free = numpy.flatnonzero(ends.free)
    pairs = cKDTree(ends.place_um[free]).query_pairs(REACH * step_um, output_type="ndarray")
    pairs = free[pairs].reshape(-1, 2)
    streak = numpy.array([line.kind == LineKind.IN_LAYER for line in lines], bool)
    cost = _misfit(ends, pairs, streak, step_um)
    partner = numpy.full(len(ends.free), -1)
    for pair in numpy.argsort(cost, kind="stable"):
        first, second = pairs[pair]
        if not numpy.isfinite(cost[pair]):
            break
        if partner[first] < 0 and partner[second] < 0:
            partner[first], partner[second] = second, first
    return put_together(lines, partner)


def put_together(lines: Sequence[DislocationLine], partner: numpy.ndarray) -> list[DislocationLine]:
    """Lines that end at each other as one.

    Parameters
    ----------
    lines : sequence of DislocationLine
    partner : numpy.ndarray
        ``(2 n,)`` int: the end that each end goes on in, -1 for none; numbered as of `LineEnds`.
    """
    return [_joined([lines[k] for k, _ in group], group) for group in _groups(partner, len(lines))]


def _misfit(
    ends: LineEnds, pairs: numpy.ndarray, streak: numpy.ndarray, step_um: float
) -> numpy.ndarray:
    """``(n,)`` cost of each pair; infinite where it does not fit."""
    first, second = pairs.T
    way = ends.place_um[second] - ends.place_um[first]
    either = streak[first // 2] | streak[second // 2]
    slack = numpy.where(either, RISE * step_um, 0.0)
    way[:, 0] = numpy.sign(way[:, 0]) * numpy.maximum(numpy.abs(way[:, 0]) - slack, 0)
    length = numpy.linalg.norm(way, axis=1)
    out, back = ends.outward[first], ends.outward[second]
    aside = numpy.maximum(_beside(way, out), _beside(-way, back))
    ahead = numpy.minimum((way * out).sum(axis=1), -(way * back).sum(axis=1))
    fits = (aside <= ASIDE_UM + ASIDE_SHARE * length) & (ahead >= -2 * ASIDE_UM)
    fits &= (out * back).sum(axis=1) < -BEND
    fits &= first // 2 != second // 2
    return numpy.where(fits, length + 2 * aside, numpy.inf)


def _beside(way: numpy.ndarray, direction: numpy.ndarray) -> numpy.ndarray:
    """Distance of the end of a way from the straight line along a direction."""
    return numpy.linalg.norm(way - (way * direction).sum(axis=1)[:, None] * direction, axis=1)


def _groups(partner: numpy.ndarray, count: int) -> list[list[tuple[int, bool]]]:
    """Lines in the order in which they follow each other, and whether each is turned round."""
    left, groups = set(range(count)), []
    starts = [k for k in range(count) if partner[2 * k] < 0 or partner[2 * k + 1] < 0]
    for start in [*starts, *range(count)]:
        if start not in left:
            continue
        entry = 2 * start if partner[2 * start] < 0 else 2 * start + 1
        group = []
        while entry >= 0 and entry // 2 in left:
            left.remove(entry // 2)
            group.append((entry // 2, entry % 2 == 1))
            entry = int(partner[entry ^ 1])
        groups.append(group)
    return groups


def _joined(lines: Sequence[DislocationLine], group: Sequence[tuple[int, bool]]) -> DislocationLine:
    if len(lines) == 1:
        return lines[0]
    parts = [
        line.points_um[::-1] if turned else line.points_um
        for line, (_, turned) in zip(lines, group, strict=True)
    ]
    points = parts[0]
    for part in parts[1:]:
        points = numpy.concatenate(_without_overlap(points, part))
    length = numpy.array([line.length_um for line in lines])
    kinds = {line.kind for line in lines}
    return replace(
        lines[0],
        points_um=points,
        score=float(numpy.average([line.score for line in lines], weights=length)),
        uncertainty_um=float(
            numpy.average([line.uncertainty_um for line in lines], weights=length)
        ),
        kind=kinds.pop() if len(kinds) == 1 else LineKind.THROUGH_LAYERS,
    )


def _without_overlap(
    before: numpy.ndarray, after: numpy.ndarray
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Two parts of a line without the points at which they lie side by side."""
    while len(before) > 2 and (after[0] - before[-1]) @ (before[-1] - before[-2]) < 0:
        before = before[:-1]
    while len(after) > 2 and (after[0] - before[-1]) @ (after[1] - after[0]) < 0:
        after = after[1:]
    return before, after
