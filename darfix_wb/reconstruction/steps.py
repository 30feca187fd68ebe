"""Steps from a trace in one layer to a trace in a following one that may belong to one line."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy
from scipy.spatial import cKDTree

from .beads import Beads
from .layer_stack import GAP as GAP_BETWEEN

REACH = 2.6
"""Largest step from layer to layer, in distances of layers: 21 degrees to the layer."""

STREAK_REACH = 6.0
"""The same between traces that are drawn out along the step: 9 degrees."""

GAP = 2.0
"""Largest distance between the ends of two such traces, in distances of layers."""

ASKEW_UM = 0.35
"""How far the end of a trace may lie from where the step lets it be expected (one sigma)."""

SHOWN_SHARE = 0.5
"""Half of this part of the way to the next layer, on both sides, shows in a layer."""

FLATNESS = 0.03
"""Cost of a step as its squared slope: of ways through a row of lines the steepest is preferred."""

MOST_ASKEW = 3.0
"""Largest misfit of both traces with a step that is longer than `REACH`, in variances."""

ASKEW_COST, DEAREST = 0.25, 3.0
"""Cost of such a misfit of 1, and the largest one."""


@dataclass(frozen=True, eq=False)
class Steps:
    """Steps between beads, one row for each, in the order of the bead they start at.

    Attributes
    ----------
    start, end : numpy.ndarray
        ``(n,)`` int64: numbers of beads; the end lies in a later layer.
    slope : numpy.ndarray
        ``(n, 2)`` float64: um in the layer (row, column) for an um between layers.
    rise_um : numpy.ndarray
        ``(n,)`` float64: distance of the layers.
    cost : numpy.ndarray
        ``(n,)`` float64: misfit of the drawn-out traces with the step, and of layers left out.
    """

    start: numpy.ndarray
    end: numpy.ndarray
    slope: numpy.ndarray
    rise_um: numpy.ndarray
    cost: numpy.ndarray


def find_steps(beads: Beads, *, step_um: float, missing_cost: float, most_missing: int) -> Steps:
    """Find the steps between beads of neighbouring layers, and over layers in between.

    None leads over a gap where layers are missing.

    Parameters
    ----------
    beads : Beads
    step_um : float
        Usual distance of layers.
    missing_cost : float
        Cost of a layer in which the line shows no bead.
    most_missing : int
        Layers, one after the other, that a step may leave out.
    """
    found = [numpy.empty((0, 2), int)]
    edges = numpy.searchsorted(beads.layer, numpy.arange(beads.layer.max(initial=-1) + 2))
    trees = [cKDTree(beads.place_um[a:b, 1:]) for a, b in pairwise(edges)]
    for lower, tree in enumerate(trees):
        for upper in range(lower + 1, min(lower + 2 + most_missing, len(trees))):
            if not (tree.n and trees[upper].n):
                continue
            rise = beads.place_um[edges[upper], 0] - beads.place_um[edges[lower], 0]
            if rise > GAP_BETWEEN * (upper - lower) * step_um:
                break
            reach = (STREAK_REACH if upper == lower + 1 else REACH) * rise
            pairs = tree.sparse_distance_matrix(trees[upper], reach, output_type="coo_matrix")
            found.append(numpy.column_stack([pairs.row + edges[lower], pairs.col + edges[upper]]))
    pairs = numpy.concatenate(found)
    return _kept(beads, pairs, step_um, missing_cost)


def _kept(beads: Beads, pairs: numpy.ndarray, step_um: float, missing_cost: float) -> Steps:
    start, end = pairs.T
    way = beads.place_um[end] - beads.place_um[start]
    rise, flat = way[:, 0], way[:, 1:]
    length = numpy.linalg.norm(flat, axis=1)
    along = flat / numpy.maximum(length, 1e-9)[:, None]
    halves = [numpy.abs((beads.half_um[side] * along).sum(axis=1)) for side in (start, end)]
    gap = length - halves[0] - halves[1]
    skew = sum(_askew(beads.half_um[side], flat * SHOWN_SHARE / 2) for side in (start, end))
    skipped = beads.layer[end] - beads.layer[start] - 1
    drawn = (gap <= GAP * rise) & (numpy.minimum(*halves) > 0.2 * length) & (skew < MOST_ASKEW)
    keep = ((length <= REACH * rise) | ((skipped == 0) & drawn)).nonzero()[0]
    keep = keep[numpy.lexsort((end[keep], start[keep]))]
    slope2 = numpy.minimum((length / rise) ** 2, REACH**2)
    cost = numpy.minimum(ASKEW_COST * skew, DEAREST) + missing_cost * skipped + FLATNESS * slope2
    return Steps(
        *(one[keep].astype(numpy.int64) for one in (start, end)),
        *(one[keep] for one in (flat / rise[:, None], rise, cost)),
    )


def _askew(half: numpy.ndarray, expected: numpy.ndarray) -> numpy.ndarray:
    """``(n,)`` squared misfit between half a trace and what a step lets expect, either way round.

    Only the part across the step counts in full: how long a trace is depends on how bright it is.
    """
    nearest = numpy.minimum(
        numpy.linalg.norm(half - expected, axis=1), numpy.linalg.norm(half + expected, axis=1)
    )
    return (nearest / (2 * ASKEW_UM)) ** 2
