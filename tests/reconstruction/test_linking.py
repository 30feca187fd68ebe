"""Chains of beads against all chains there are."""

import itertools

import numpy
import pytest

from darfix_wb.reconstruction.beads import Beads
from darfix_wb.reconstruction.linking import BEND_UM, FULL_SCORE, link
from darfix_wb.reconstruction.steps import find_steps

THRESHOLD = 8.0


def random_beads(seed, n_layers=5, per_layer=3):
    rng = numpy.random.default_rng(seed)
    count = n_layers * per_layer
    layer = numpy.repeat(numpy.arange(n_layers), per_layer)
    place = numpy.column_stack([layer.astype(float), rng.uniform(0, 4, (count, 2))])
    return Beads(
        layer,
        place,
        numpy.zeros((count, 2)),
        rng.uniform(8, 20, count),
        numpy.full(count, 0.05),
        (None,) * count,
        (None,) * count,
    )


def steps_of(beads):
    return find_steps(beads, step_um=1.0, missing_cost=0.5, most_missing=1)


def gain_of(chain, beads, steps):
    """Gain of a chain, from its definition; None where a step or a bend is too large."""
    gain = sum(min(beads.score[bead] / THRESHOLD, FULL_SCORE) for bead in chain)
    slopes = []
    for start, end in itertools.pairwise(chain):
        (found,) = numpy.nonzero((steps.start == start) & (steps.end == end))
        if not len(found):
            return None
        gain -= steps.cost[found[0]]
        slopes.append(steps.slope[found[0]])
    for before, after in itertools.pairwise(slopes):
        bend = numpy.linalg.norm(after - before)
        if bend > BEND_UM:
            return None
        gain -= (bend / BEND_UM) ** 2
    return gain


def all_chains(beads, steps):
    onward = {bead: steps.end[steps.start == bead] for bead in range(len(beads))}

    def longer(chain):
        yield chain
        for bead in onward[chain[-1]]:
            yield from longer([*chain, int(bead)])

    for bead in range(len(beads)):
        for chain in longer([bead]):
            if len(chain) >= 2 and gain_of(chain, beads, steps) is not None:
                yield chain


@pytest.mark.parametrize("seed", range(12))
def test_the_best_chain_is_found_first_and_the_best_of_the_rest_next(seed):
    beads = random_beads(seed)
    steps = steps_of(beads)
    chains = link(beads, steps, threshold=THRESHOLD, step_um=1.0, least_gain=1.0)
    used: set[int] = set()
    possible = [(gain_of(chain, beads, steps), chain) for chain in all_chains(beads, steps)]
    for chain in chains:
        best = max(gain for gain, other in possible if not used & set(other))
        assert gain_of(chain.tolist(), beads, steps) == pytest.approx(best)
        used |= set(chain.tolist())
    left = [gain for gain, other in possible if not used & set(other)]
    assert max(left, default=0) < 1.0
    assert sum(map(len, chains)) == len(used)


def test_no_step_leads_over_missing_layers():
    beads = random_beads(0)
    apart = beads.place_um.copy()
    apart[beads.layer >= 2, 0] += 3
    gapped = Beads(
        beads.layer, apart, beads.half_um, beads.score, beads.uncertainty_um, *((None,) * 15,) * 2
    )
    steps = steps_of(gapped)
    assert not ((beads.layer[steps.start] < 2) & (beads.layer[steps.end] >= 2)).any()
    assert len(steps.start) > 0


def test_no_beads_no_chains():
    nothing = random_beads(0).chosen(numpy.zeros(15, bool))
    assert link(nothing, steps_of(nothing), threshold=8.0, step_um=1.0) == []
