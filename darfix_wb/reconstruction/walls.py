"""Streaks side by side in several layers: boundaries whose lines are too dense to be told apart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy
from scipy.spatial import cKDTree

from ..dislocation_lines.boundary import SmallAngleBoundary
from .beads import Beads
from .grouping import group_numbers

LEAST_STREAK_UM = 2.0
"""Shorter streaks are no traces of walls."""

SAME_UM = 0.5
"""Two streaks nearer than this, in neighbouring layers, are one line between the layers."""

ASIDE = 2.0
"""Largest distance of the traces of a wall in neighbouring layers, in distances of layers."""

AHEAD_UM = 0.4
"""How far the nearest point may lie along a streak: where one ends, the other goes on."""

PARALLEL = 0.9
"""Least cosine of the angle between them."""

SHARE = 0.5
"""Part of the shorter one that must lie beside the other."""

LEAST_LAYERS, LEAST_HEIGHT_UM = 3, 1.9
"""A line shows within 0.35 um of a layer: what shows in more layers, and higher, is a wall."""


class Unwalled(NamedTuple):
    """Beads of lines alone, and the walls.

    Attributes
    ----------
    beads : Beads
        The streaks of walls are replaced by their crests, which may be beads of lines; of a streak
        that shows in two layers the brighter one is left, at the mean height.
    walls : tuple of SmallAngleBoundary
        Planes through them; without spacing.
    """

    beads: Beads
    walls: tuple[SmallAngleBoundary, ...]


def take_out_walls(beads: Beads, *, step_um: float) -> Unwalled:
    """Take streaks that make up walls from the beads of a volume.

    Parameters
    ----------
    beads : Beads
    step_um : float
        Usual distance of layers.
    """
    streaks = _Streaks(beads)
    pairs = streaks.pairs(ASIDE * step_um)
    keep, height = numpy.ones(len(beads), bool), beads.place_um[:, 0].copy()
    of_walls, walls = [numpy.empty(0, int)], []
    for own in streaks.connected(pairs):
        layers = numpy.unique(beads.layer[own])
        rise = numpy.ptp(beads.place_um[own, 0])
        if len(layers) >= LEAST_LAYERS and rise >= LEAST_HEIGHT_UM:
            of_walls.append(own)
            walls.append(_plane(numpy.concatenate([streaks.points(bead) for bead in own])))
    same = pairs[streaks.distance(pairs) < SAME_UM]
    wall = numpy.concatenate(of_walls)
    for own in streaks.connected(same):
        if len(own) == 1 or numpy.isin(own, wall).any():
            continue
        brightest = own[beads.score[own].argmax()]
        height[brightest] = numpy.average(beads.place_um[own, 0], weights=beads.score[own])
        keep[own] = own == brightest
    place = numpy.column_stack([height, beads.place_um[:, 1:]])
    beads = replace(beads, place_um=place)
    kept = numpy.flatnonzero(keep)
    beads = beads.chosen(keep).parted(numpy.searchsorted(kept, numpy.sort(wall)))
    return Unwalled(beads, tuple(walls))


def _plane(points: numpy.ndarray) -> SmallAngleBoundary:
    centre = points.mean(axis=0)
    axes = numpy.linalg.svd(points - centre, full_matrices=False)[2]
    extent = numpy.ptp((points - centre) @ axes.T, axis=0)
    return SmallAngleBoundary(
        centre_um=centre,
        normal=axes[2],
        extent_um=(float(extent[0]), float(extent[1])),
        spacing_um=numpy.nan,
        offset_um=float(numpy.sqrt(numpy.mean(((points - centre) @ axes[2]) ** 2))),
    )


@dataclass(frozen=True, eq=False)
class _Beside:
    """Points of streaks in one layer, and the number and the direction of the streak at each."""

    points: numpy.ndarray
    streak: numpy.ndarray
    along: numpy.ndarray


class _Streaks:
    """The streaks among beads."""

    def __init__(self, beads: Beads) -> None:
        self._beads = beads
        self._numbers = numpy.flatnonzero(beads.extent_um > LEAST_STREAK_UM)

    def points(self, bead: int) -> numpy.ndarray:
        """``(n, 3)`` points of a streak, in um."""
        path = self._beads.paths[bead]
        return numpy.column_stack([numpy.full(len(path), self._beads.place_um[bead, 0]), path])

    def pairs(self, reach_um: float) -> numpy.ndarray:
        """``(n, 2)`` beads of streaks that lie beside each other in neighbouring layers."""
        found = [numpy.empty((0, 2), int)]
        layers = self._beads.layer[self._numbers]
        for layer in numpy.unique(layers):
            lower, upper = (self._numbers[layers == k] for k in (layer, layer + 1))
            if len(upper):
                found.append(self._beside(lower, upper, reach_um))
        return numpy.concatenate(found)

    def _beside(self, lower: numpy.ndarray, upper: numpy.ndarray, reach_um: float) -> numpy.ndarray:
        below, above = self._labelled(lower), self._labelled(upper)
        share: dict[tuple[int, int], float] = {}
        for own, other, turned in ((below, above, False), (above, below, True)):
            distance, nearest = cKDTree(other.points).query(
                own.points, distance_upper_bound=reach_um
            )
            close = numpy.flatnonzero(numpy.isfinite(distance))
            nearest = nearest[close]
            turn = numpy.abs((own.along[close] * other.along[nearest]).sum(axis=1))
            way = other.points[nearest] - own.points[close]
            beside = numpy.abs((way * own.along[close]).sum(axis=1)) < AHEAD_UM
            close, nearest = (one[(turn > PARALLEL) & beside] for one in (close, nearest))
            sizes = numpy.bincount(own.streak)
            pairs = numpy.column_stack([own.streak[close], other.streak[nearest]])
            for (one, two), count in zip(
                *numpy.unique(pairs, axis=0, return_counts=True), strict=True
            ):
                key = (int(two), int(one)) if turned else (int(one), int(two))
                share[key] = max(share.get(key, 0), count / sizes[one])
        kept = [pair for pair, part in share.items() if part >= SHARE]
        return numpy.array(kept, int).reshape(-1, 2)

    def _labelled(self, beads: numpy.ndarray) -> _Beside:
        paths = [self._beads.paths[bead] for bead in beads]
        along = [numpy.gradient(path, axis=0) for path in paths]
        along = numpy.concatenate(along)
        along /= numpy.maximum(numpy.linalg.norm(along, axis=1), 1e-12)[:, None]
        lengths = [len(path) for path in paths]
        return _Beside(numpy.concatenate(paths), numpy.repeat(beads, lengths), along)

    def distance(self, pairs: numpy.ndarray) -> numpy.ndarray:
        """``(n,)`` median distance, in the plane, of the streaks of each pair."""
        paths = self._beads.paths
        return numpy.array(
            [
                numpy.median(cKDTree(paths[two]).query(paths[one])[0])
                if len(paths[one]) <= len(paths[two])
                else numpy.median(cKDTree(paths[one]).query(paths[two])[0])
                for one, two in pairs
            ]
        )

    def connected(self, pairs: numpy.ndarray) -> list[numpy.ndarray]:
        """Groups of beads that pairs connect."""
        group = group_numbers(pairs, len(self._beads))[self._numbers]
        return [self._numbers[group == number] for number in numpy.unique(group)]
