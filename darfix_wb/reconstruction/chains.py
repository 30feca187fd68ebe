"""Lines from chains of beads and from streaks."""

from __future__ import annotations

from itertools import pairwise

import numpy
from scipy.linalg import solveh_banded

from ..dislocation_lines.line import DislocationLine, LineKind
from ..robust import SIGMA_PER_MAD
from .beads import Beads
from .steps import SHOWN_SHARE

BEND_PER_UM = 0.03
"""Curvature that lines are expected to have, one sigma; what bends more by chance is smoothed."""

LEAST_UNCERTAINTY_UM = 0.06

STRETCH = 3
"""Beads that tell the direction in which a line goes on beyond its last one."""


def line_of_chain(
    beads: Beads, chain: numpy.ndarray, *, step_um: float, bounds_um: numpy.ndarray
) -> DislocationLine | None:
    """A line through the beads of a chain, half a layer beyond its ends.

    Beads are moved as far as their uncertainty allows towards a line of little curvature: the
    posterior mean with a Gaussian prior on its second derivative.

    Parameters
    ----------
    beads : Beads
    chain : numpy.ndarray
        ``(n,)`` int64 numbers of beads, from the lowest layer up.
    step_um : float
        Usual distance of layers.
    bounds_um : numpy.ndarray
        ``(2, 3)`` corners of the volume: the line ends there.

    Returns
    -------
    DislocationLine or None
        None where nothing of it lies in the volume.
    """
    places, uncertainty = _smoothed(beads, chain)
    parts = [_part(beads.paths[bead], places, index) for index, bead in enumerate(chain)]
    points = numpy.concatenate(
        [
            _beyond(beads, chain, places, 0, step_um, bounds_um),
            *parts,
            _beyond(beads, chain, places, -1, step_um, bounds_um),
        ]
    )
    points = clipped(points, bounds_um)
    if points is None:
        return None
    return DislocationLine(
        points,
        score=float(beads.score[chain].mean()),
        uncertainty_um=uncertainty,
        kind=LineKind.THROUGH_LAYERS,
    )


def line_of_streak(beads: Beads, bead: int) -> DislocationLine:
    """A line along a streak, in its layer."""
    path = beads.paths[bead]
    layer = numpy.full(len(path), beads.place_um[bead, 0])
    return DislocationLine(
        numpy.column_stack([layer, path]),
        score=float(beads.score[bead]),
        uncertainty_um=max(float(beads.uncertainty_um[bead]), LEAST_UNCERTAINTY_UM),
        kind=LineKind.IN_LAYER,
    )


def _smoothed(beads: Beads, chain: numpy.ndarray) -> tuple[numpy.ndarray, float]:
    """Places of the beads after smoothing, and the uncertainty of one of them."""
    places = beads.place_um[chain]
    if len(chain) < 3:
        return places, max(float(beads.uncertainty_um[chain].mean()), LEAST_UNCERTAINTY_UM)
    z, flat = places[:, 0], places[:, 1:]
    before, after = numpy.diff(z)[:-1], numpy.diff(z)[1:]
    rows = numpy.arange(len(chain) - 2)
    second = numpy.zeros((len(rows), len(chain)))
    second[rows, rows] = 2 / (before * (before + after))
    second[rows, rows + 1] = -2 / (before * after)
    second[rows, rows + 2] = 2 / (after * (before + after))
    slope2 = ((flat[2:] - flat[:-2]) ** 2).sum(axis=1) / (before + after) ** 2
    # The curvature of a line that is inclined shows in the layer as (1 + slope^2) of it.
    expected = BEND_PER_UM * (1 + slope2)
    bends = second @ flat
    usual = SIGMA_PER_MAD * numpy.median(numpy.abs(bends))
    spread = usual / numpy.sqrt((second**2).sum(axis=1).mean())
    noise = numpy.maximum(beads.uncertainty_um[chain], max(min(spread, 0.3), LEAST_UNCERTAINTY_UM))
    normal = numpy.diag(1 / noise**2) + (second / expected[:, None] ** 2).T @ second
    bands = [numpy.append(numpy.diagonal(normal, k), numpy.zeros(k)) for k in range(3)]
    covariance = solveh_banded(numpy.array(bands), numpy.eye(len(chain)), lower=True)
    smooth = covariance @ (flat / noise[:, None] ** 2)
    return numpy.column_stack([z, smooth]), float(numpy.sqrt(covariance.diagonal().mean()))


def _part(path: numpy.ndarray | None, places: numpy.ndarray, index: int) -> numpy.ndarray:
    """The points of one bead: its place, or the path of a streak, which rises from end to end."""
    if path is None or len(places) < 2:
        return places[index][None]
    ahead = _slope(places, index)
    if (path[-1] - path[0]) @ ahead < 0:
        path = path[::-1]
    rise = numpy.linalg.norm(path[-1] - path[0]) / max(numpy.linalg.norm(ahead), 1e-9)
    rise = min(rise, SHOWN_SHARE * (places[-1, 0] - places[0, 0]) / (len(places) - 1))
    return numpy.column_stack(
        [places[index, 0] + rise * numpy.linspace(-0.5, 0.5, len(path)), path]
    )


def _slope(places: numpy.ndarray, index: int) -> numpy.ndarray:
    """Way in the layer for an um between layers, over the beads beside one."""
    low, high = max(index - 1, 0), min(index + 1, len(places) - 1)
    return (places[high, 1:] - places[low, 1:]) / (places[high, 0] - places[low, 0])


def _beyond(
    beads: Beads,
    chain: numpy.ndarray,
    places: numpy.ndarray,
    end: int,
    step_um: float,
    bounds_um: numpy.ndarray,
) -> numpy.ndarray:
    """The point half a layer beyond an end, where the next layer would show the line if it went on.

    A line that leaves the field before the next layer goes on to the side. None is added to a
    streak, which shows where it ends.
    """
    if len(places) < 2 or beads.paths[chain[end]] is not None:
        return numpy.empty((0, 3))
    other = min(STRETCH, len(places) - 1)
    inner = places[other] if end == 0 else places[-1 - other]
    way = (places[end] - inner) * (step_um / abs(places[end, 0] - inner[0]))
    onward = (places[end] + way)[1:]
    leaves = (onward < bounds_um[0, 1:]).any() or (onward > bounds_um[1, 1:]).any()
    return (places[end] + (1.0 if leaves else 0.5) * way)[None]


def clipped(points: numpy.ndarray, bounds_um: numpy.ndarray) -> numpy.ndarray | None:
    """The longest part of a polyline within a box, cut at its sides; None where there is none."""
    low, high = bounds_um
    if ((points >= low) & (points <= high)).all():
        return points
    pieces: list[list[numpy.ndarray]] = [[]]
    for start, end in pairwise(points):
        span = _span(start, end, low, high)
        if span is None:
            pieces.append([])
            continue
        begin, finish = (start + part * (end - start) for part in span)
        if not pieces[-1] or span[0] > 0:
            pieces.append([begin])
        pieces[-1].append(finish)
        if span[1] < 1:
            pieces.append([])
    lines = [numpy.array(piece) for piece in pieces if len(piece) >= 2]
    lengths = [numpy.linalg.norm(numpy.diff(line, axis=0), axis=1).sum() for line in lines]
    if not lines or max(lengths) <= 0:
        return None
    return lines[int(numpy.argmax(lengths))]


def _span(start, end, low, high) -> tuple[float, float] | None:
    """The part of a segment within a box, from 0 to 1 (Liang and Barsky, 1984)."""
    way, first, last = end - start, 0.0, 1.0
    for axis in range(3):
        if way[axis] == 0:
            if not low[axis] <= start[axis] <= high[axis]:
                return None
            continue
        near, far = sorted(
            ((low[axis] - start[axis]) / way[axis], (high[axis] - start[axis]) / way[axis])
        )
        first, last = max(first, near), min(last, far)
    return (first, last) if first < last else None
