"""Chains of beads through the layers, by dynamic programming."""

from __future__ import annotations

import heapq

import numpy
from numba import njit

from .beads import Beads
from .steps import Steps

BEND_UM = 0.5
"""Largest bend, for layers 1 um apart: how far a bead may lie off the straight line through the two
before. A bend that large costs as much as a bead at the threshold gains."""

LEAST_GAIN = 3.0
"""Gain that a chain must have: that of three beads at the threshold, without costs."""

FULL_SCORE = 2.0
"""A bead gains at most this many times as much as one at the threshold."""


def link(
    beads: Beads,
    steps: Steps,
    *,
    threshold: float,
    step_um: float,
    bend_um: float = BEND_UM,
    least_gain: float = LEAST_GAIN,
) -> list[numpy.ndarray]:
    """Find chains of beads, the best first; no bead is in two.

    The gain of a chain is the sum over its beads of score over threshold (at most 2), less the
    costs of its steps and of its bends, ``(bend / 0.5 um)^2``. The chain with the greatest gain is
    taken out, then the next one, until none gains enough.

    Parameters
    ----------
    beads, steps
        From `darfix_wb.reconstruction.steps`.
    threshold : float
        Score of a bead that gains 1.
    step_um : float
        Usual distance of layers. A line of some curvature bends with its square, the uncertainty
        of beads does not depend on it: the largest bend grows with it above 1 um.
    bend_um : float
        Largest bend for layers 1 um apart.
    least_gain : float
        That a chain must have.

    Returns
    -------
    list of numpy.ndarray
        ``(n,)`` int64 numbers of beads, from the lowest layer up.
    """
    gain = numpy.minimum(beads.score / threshold, FULL_SCORE)
    first = numpy.searchsorted(steps.start, numpy.arange(len(beads) + 1))
    by_end = numpy.argsort(steps.end, kind="stable")
    last = numpy.searchsorted(steps.end[by_end], numpy.arange(len(beads) + 1))
    most = bend_um * max(step_um, 1.0) / step_um
    flat, lengths = _extract(
        *(gain, steps.start, steps.end, steps.slope, steps.cost, first, by_end, last),
        1 / most**2,
        most,
        least_gain,
    )
    return numpy.split(flat, numpy.cumsum(lengths)[:-1]) if len(lengths) else []


@njit(cache=True)
def _best_after(e, end, slope, onward, first, alive, value, price, most):
    """The best step after step e, and its value less the bend; -1 and 0 to stop there."""
    best, most_value = -1, 0.0
    for f in range(first[end[e]], first[end[e] + 1]):
        if not alive[f]:
            continue
        a, b = slope[f, 0] - slope[e, 0], slope[f, 1] - slope[e, 1]
        bend2 = a * a + b * b
        if bend2 > most * most:
            continue
        candidate = value[f] - price * bend2
        if candidate > most_value:
            best, most_value = f, candidate
    onward[e] = best
    return most_value


@njit(cache=True)
def _extract(gain, start, end, slope, cost, first, by_end, last, price, most, least):
    n = start.size
    alive = numpy.ones(n, numpy.bool_)
    value = numpy.empty(n)
    onward = numpy.full(n, -1)
    for e in range(n - 1, -1, -1):
        value[e] = gain[end[e]] - cost[e]
        value[e] += _best_after(e, end, slope, onward, first, alive, value, price, most)
    heap = [(-(value[e] + gain[start[e]]), e) for e in range(n)]
    heapq.heapify(heap)
    chains, lengths = [numpy.int64(0) for _ in range(0)], [numpy.int64(0) for _ in range(0)]
    while heap:
        told, e = heapq.heappop(heap)
        if not alive[e]:
            continue
        now = -(value[e] + gain[start[e]])
        if now > told + 1e-12:
            heapq.heappush(heap, (now, e))
            continue
        if -now < least:
            break
        members = [start[e]]
        while e >= 0:
            members.append(end[e])
            e = onward[e]
        chains.extend(members)
        lengths.append(len(members))
        changed = [numpy.int64(0) for _ in range(0)]
        for bead in members:
            for f in range(first[bead], first[bead + 1]):
                if alive[f]:
                    alive[f] = False
                    changed.append(f)
            for k in range(last[bead], last[bead + 1]):
                if alive[by_end[k]]:
                    alive[by_end[k]] = False
                    changed.append(by_end[k])
        while changed:
            f = changed.pop()
            for k in range(last[start[f]], last[start[f] + 1]):
                p = by_end[k]
                if alive[p] and onward[p] == f:
                    before = value[p]
                    value[p] = gain[end[p]] - cost[p]
                    value[p] += _best_after(p, end, slope, onward, first, alive, value, price, most)
                    if value[p] < before:
                        changed.append(p)
    return numpy.array(chains, numpy.int64), numpy.array(lengths, numpy.int64)
