"""Streaks that lie above each other in several layers: one line between two, or a wall of many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from .steps import Beads

ABOVE_UM = 0.5
"""Two streaks lie above each other where they are nearer than this in the plane."""

SHARE = 0.5
"""Part of the shorter one that must do so."""

WALL_LAYERS = 4
"""A line shows in two layers, three at most: streaks in more are a wall of lines not resolved."""


class StreakStack(NamedTuple):
    """Beads in which each line has one streak, and the walls.

    Attributes
    ----------
    beads : Beads
        Of streaks above each other the brightest is left, at the mean height; walls are left out.
    walls : tuple of numpy.ndarray
        ``(n, 3)`` float64 points of the streaks of each wall, in um.
    """

    beads: Beads
    walls: tuple[numpy.ndarray, ...]


def unstack(beads: Beads) -> StreakStack:
    """Put streaks that lie above each other in neighbouring layers together."""
    streaks = numpy.array([k for k, path in enumerate(beads.paths) if path is not None], int)
    group = _groups(beads, streaks)
    keep, height, walls = numpy.ones(len(beads), bool), beads.place_um[:, 0].copy(), []
    for number in range(group.max(initial=-1) + 1):
        own = streaks[group == number]
        if len(own) == 1:
            continue
        keep[own] = False
        if len(set(beads.layer[own])) >= WALL_LAYERS:
            walls.append(numpy.concatenate([_points(beads, bead) for bead in own]))
            continue
        brightest = own[beads.score[own].argmax()]
        keep[brightest] = True
        height[brightest] = numpy.average(beads.place_um[own, 0], weights=beads.score[own])
    place = numpy.column_stack([height, beads.place_um[:, 1:]])
    return StreakStack(replace(beads, place_um=place).chosen(keep), tuple(walls))


def _points(beads: Beads, bead: int) -> numpy.ndarray:
    path = beads.paths[bead]
    return numpy.column_stack([numpy.full(len(path), beads.place_um[bead, 0]), path])


def _groups(beads: Beads, streaks: numpy.ndarray) -> numpy.ndarray:
    """``(n_streaks,)`` int: the stack of each streak."""
    if not len(streaks):
        return numpy.empty(0, int)
    pairs = [numpy.empty((0, 2), int)]
    layers = beads.layer[streaks]
    for layer in numpy.unique(layers):
        below, above = (numpy.flatnonzero(layers == k) for k in (layer, layer + 1))
        if len(above):
            pairs.append(_above(beads, streaks, below, above))
    first, second = numpy.concatenate(pairs).T
    ones = numpy.ones(len(first), bool)
    graph = coo_array((ones, (first, second)), shape=(len(streaks),) * 2)
    return connected_components(graph, directed=False)[1]


def _above(
    beads: Beads, streaks: numpy.ndarray, below: numpy.ndarray, above: numpy.ndarray
) -> numpy.ndarray:
    """``(n, 2)`` pairs of streaks, of those of two layers, that lie above each other."""
    lower, upper = (_labelled(beads, streaks, own) for own in (below, above))
    counts = {}
    for (points, number), (others, other_number), turned in (
        (lower, upper, False),
        (upper, lower, True),
    ):
        distance, nearest = cKDTree(others).query(points, distance_upper_bound=ABOVE_UM)
        close = numpy.isfinite(distance)
        pairs = numpy.column_stack([number[close], other_number[nearest[close]]])
        sizes = dict(zip(*numpy.unique(number, return_counts=True), strict=True))
        found, times = numpy.unique(pairs, axis=0, return_counts=True)
        for (own, other), count in zip(found, times, strict=True):
            key = (other, own) if turned else (own, other)
            counts[key] = max(counts.get(key, 0), count / sizes[own])
    kept = [pair for pair, share in counts.items() if share >= SHARE]
    return numpy.array(kept, int).reshape(-1, 2)


def _labelled(
    beads: Beads, streaks: numpy.ndarray, own: Sequence[int]
) -> tuple[numpy.ndarray, numpy.ndarray]:
    paths = [beads.paths[streaks[k]] for k in own]
    return numpy.concatenate(paths), numpy.repeat(own, [len(path) for path in paths])
