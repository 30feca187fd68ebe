"""Small-angle boundaries among the lines: parallel ones side by side in a surface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy
from scipy.spatial import cKDTree

from ..dislocation_lines.boundary import SmallAngleBoundary
from ..dislocation_lines.line import DislocationLine

LEAST_LINES = 4
LEAST_LENGTH_UM = 2.5

PARALLEL_DEG = 8.0
"""Largest angle between neighbours, whose Burgers vectors and line directions are the same."""

TURN_DEG = 25.0
"""Largest angle by which the surface turns from one line to the next."""

WIDEST_UM = 7.0
"""Largest distance of neighbours: 40 urad for a Burgers vector of 0.286 nm."""

UNEVEN = 2.0
"""Largest ratio of the distances of neighbours to their median, either way."""


def find_boundaries(
    lines: Sequence[DislocationLine], *, burgers_um: float = numpy.nan
) -> tuple[list[DislocationLine], tuple[SmallAngleBoundary, ...]]:
    """Find boundaries, the one with most lines first; a line belongs to one.

    From each pair of parallel neighbours, rows are grown to both sides: to the next parallel line
    at about the same distance, in about the same direction. Rows of four lines or more are
    boundaries. Lines are what is looked at, not voxels.

    Parameters
    ----------
    lines : sequence of DislocationLine
    burgers_um : float
        Length of the Burgers vector, for the misorientation.

    Returns
    -------
    lines : list of DislocationLine
        The same, with the numbers of their boundaries.
    boundaries : tuple of SmallAngleBoundary
    """
    table = _ParallelLines(lines)
    boundaries: list[SmallAngleBoundary] = []
    number = numpy.full(len(lines), -1)
    rows = {pair: table.row(pair) for pair in table.pairs}
    while rows:
        best = max(rows.values(), key=len)
        if len(best) < LEAST_LINES:
            break
        number[table.number[best]] = len(boundaries)
        boundaries.append(table.boundary(best, burgers_um))
        table.free[best] = False
        rows = {
            pair: row if table.free[row].all() else table.row(pair)
            for pair, row in rows.items()
            if table.free[list(pair)].all()
        }
    marked = [replace(line, boundary=int(k)) for line, k in zip(lines, number, strict=True)]
    return marked, tuple(boundaries)


class _ParallelLines:
    """Lines that are long enough, taken as straight ones, and which are parallel neighbours."""

    def __init__(self, lines: Sequence[DislocationLine]) -> None:
        self.number = numpy.array(
            [k for k, line in enumerate(lines) if line.length_um >= LEAST_LENGTH_UM], int
        )
        own = [lines[k] for k in self.number]
        self._points = [line.resampled(0.5) for line in own]
        self._centre = numpy.array([p.mean(axis=0) for p in self._points]).reshape(-1, 3)
        self._direction = numpy.array([line.direction for line in own]).reshape(-1, 3)
        self._half = numpy.array([line.length_um / 2 for line in own])
        self.free = numpy.ones(len(own), bool)
        self.pairs = self._find_pairs()
        self._beside: dict[int, list[int]] = {}
        for one, other in self.pairs:
            self._beside.setdefault(one, []).append(other)
            self._beside.setdefault(other, []).append(one)

    def _find_pairs(self) -> list[tuple[int, int]]:
        if len(self._centre) < LEAST_LINES:
            return []
        reach = WIDEST_UM + self._half.max()
        first, second = cKDTree(self._centre).query_pairs(reach, output_type="ndarray").T
        turn = numpy.abs((self._direction[first] * self._direction[second]).sum(axis=1))
        way = self._centre[second] - self._centre[first]
        along = (way * self._direction[first]).sum(axis=1)
        wide = numpy.linalg.norm(way - along[:, None] * self._direction[first], axis=1)
        keep = numpy.abs(along) < self._half[first] + self._half[second]
        keep &= turn > numpy.cos(numpy.deg2rad(PARALLEL_DEG))
        keep &= (wide < WIDEST_UM) & (wide > 0.1)
        return [
            (int(one), int(other)) for one, other in zip(first[keep], second[keep], strict=True)
        ]

    def row(self, pair: tuple[int, int]) -> list[int]:
        """The row of lines that a pair is part of, in order."""
        row = list(pair)
        for _ in range(2):
            while (onward := self._next(row)) >= 0:
                row.append(onward)
            row.reverse()
        return row

    def _next(self, row: list[int]) -> int:
        """The line that goes on a row at its end; -1 for none."""
        last = row[-1]
        others = [k for k in self._beside[last] if self.free[k] and k not in row]
        if not others:
            return -1
        usual = numpy.median([self._width(one, other) for one, other in pairwise(row)])
        came = self._across(row[-2], last)
        went = numpy.array([self._across(last, other) for other in others])
        width = numpy.linalg.norm(went, axis=1)
        ahead = went @ came / (width * numpy.linalg.norm(came))
        even = (width < UNEVEN * usual) & (width > usual / UNEVEN)
        fits = numpy.flatnonzero(even & (ahead > numpy.cos(numpy.deg2rad(TURN_DEG))))
        return others[fits[width[fits].argmin()]] if len(fits) else -1

    def _across(self, one: int, other: int) -> numpy.ndarray:
        """From a line to one beside it, across it."""
        way = self._centre[other] - self._centre[one]
        return way - (way @ self._direction[one]) * self._direction[one]

    def _width(self, one: int, other: int) -> float:
        return float(numpy.linalg.norm(self._across(one, other)))

    def boundary(self, row: Sequence[int], burgers_um: float) -> SmallAngleBoundary:
        """The plane that fits all points of a row best."""
        points = numpy.concatenate([self._points[k] for k in row])
        centre = points.mean(axis=0)
        normal = numpy.linalg.svd(points - centre, full_matrices=False)[2][2]
        signs = numpy.sign(self._direction[row] @ self._direction[row[0]])
        along = (self._direction[row] * signs[:, None]).mean(axis=0)
        along -= (along @ normal) * normal
        along /= numpy.linalg.norm(along)
        across = (points - centre) @ numpy.cross(normal, along)
        spacing = numpy.median([self._width(*pair) for pair in pairwise(row)])
        return SmallAngleBoundary(
            centre_um=centre,
            normal=normal,
            extent_um=(float(numpy.ptp((points - centre) @ along)), float(numpy.ptp(across))),
            spacing_um=float(spacing),
            misorientation_urad=float(1e6 * burgers_um / spacing),
            offset_um=float(numpy.sqrt(numpy.mean(((points - centre) @ normal) ** 2))),
        )
