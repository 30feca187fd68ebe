"""Lines by linking: beads of each layer to chains through the layers, and streaks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy

from ..dislocation_lines.line import DislocationLine
from ..progress import Monitor
from ..threads import one_by_one
from .beads import Beads
from .boundaries import find_boundaries
from .chains import line_of_chain, line_of_streak
from .found_lines import CANCELLED, FoundLines
from .jitter import displacements
from .joining import join_lines
from .junctions import connect
from .layer_stack import LayerStack
from .linking import BEND_UM, link
from .options import ReconstructionOptions
from .steps import find_steps
from .traces import NO_TRACES, Traces, find_traces
from .walls import take_out_walls
from .warm_pixels import find_warm_pixels

MISSING_COST = 0.5
MOST_MISSING = 1
"""A line may show no bead in one layer; that costs half of what a bead at the threshold gains."""

JITTER_BENDS = (4.0, 3.0, 2.0, 1.0, 1.0)
"""Largest bends, in usual ones, with which lines are linked to tell the displacement of layers."""

MOST_FOR_JITTER = 200
"""The brightest beads of each layer, so many at most, tell its displacement."""

SHORTEST_UM = 1.0
"""Lines that are shorter are left out."""

_WALLS = (
    "Boundaries that are too dense for their lines to be told apart: {}. They are surfaces without "
    "lines and without spacing."
)

_JUNCTIONS = (
    "Junctions found: {}. On simulated volumes hardly any were true: most are lines that pass "
    "within 1 um of each other. Look at each before it is used."
)

_HIDDEN = (
    "In {} of {} layers the detector says nothing, because mosaic domains hide lines: none were "
    "looked for there."
)

_WARM, _TRACES = 0.15, 0.75
"""Parts of the work after which warm pixels are known, and after which traces are."""


def find_by_linking(
    stack: LayerStack, options: ReconstructionOptions, monitor: Monitor
) -> FoundLines:
    """Find lines, nodes and boundaries.

    Each layer is looked at on its own for beads and streaks, one layer in memory for each core;
    all that follows works on their table, of the whole volume at once, so that nothing depends on
    how the volume is cut.
    """
    traces = list(_traces(stack, options, monitor))
    n_hidden = sum(found is None for found in traces)
    traces = [found or NO_TRACES for found in traces]
    unwalled = take_out_walls(Beads.of(traces, stack.layers_um), step_um=stack.step_um)
    beads, offsets, warnings = _without_jitter(unwalled.beads, stack, options)
    monitor.check(CANCELLED)
    chains = _link(beads, stack, options, BEND_UM)
    where = {
        "step_um": stack.step_um,
        "bounds_um": stack.bounds_um,
        "gaps_um": stack.gaps_um,
    }
    joined = join_lines(_lines(beads, chains, stack), **where)
    joined = [line for line in joined if line.length_um >= SHORTEST_UM]
    monitor.check(CANCELLED)
    marked, boundaries = find_boundaries(joined, burgers_um=options.burgers_um)
    lines, nodes = connect(marked, **where)
    n_junctions = int((numpy.bincount([n for line in lines for n in line.nodes]) >= 3).sum())
    if n_junctions:
        warnings += (_JUNCTIONS.format(n_junctions),)
    if n_hidden:
        warnings += (_HIDDEN.format(n_hidden, len(stack)),)
    if unwalled.walls:
        warnings += (_WALLS.format(len(unwalled.walls)),)
    return FoundLines(lines, nodes, (*boundaries, *unwalled.walls), offsets, len(beads), warnings)


def _traces(
    stack: LayerStack, options: ReconstructionOptions, monitor: Monitor
) -> Iterator[Traces | None]:
    """The traces of each layer; None where lines cannot be told from domains."""
    warm = find_warm_pixels(stack)
    monitor.report(_WARM)
    origin = numpy.array(stack.origin_um)

    def images() -> Iterator[tuple[numpy.ndarray, numpy.ndarray]]:
        for index in range(len(stack)):
            monitor.check(CANCELLED)
            yield stack.read("dislocation_image", index), stack.read("line_probability", index)

    def find(pair: tuple[numpy.ndarray, numpy.ndarray]) -> Traces | None:
        image, probability = pair
        if not numpy.isfinite(probability).any():
            return None
        image[warm] = numpy.nan
        found = find_traces(image, probability, stack.pitch_um, threshold=options.threshold)
        return found.moved(-origin)

    for number, found in enumerate(one_by_one(find, images()), start=1):
        monitor.report(_WARM + (_TRACES - _WARM) * number / len(stack))
        yield found


def _link(
    beads: Beads, stack: LayerStack, options: ReconstructionOptions, bend_um: float
) -> list[numpy.ndarray]:
    steps = find_steps(
        beads, step_um=stack.step_um, missing_cost=MISSING_COST, most_missing=MOST_MISSING
    )
    return link(beads, steps, threshold=options.threshold, step_um=stack.step_um, bend_um=bend_um)


def _without_jitter(
    beads: Beads, stack: LayerStack, options: ReconstructionOptions
) -> tuple[Beads, numpy.ndarray, tuple[str, ...]]:
    """Beads less the displacement of their layers, that displacement, and what to say of it."""
    total = numpy.zeros((len(stack), 2))
    if not options.correct_jitter:
        return beads, total, ()
    told, bright = 0, beads.chosen(beads.brightest(MOST_FOR_JITTER))
    for bend in JITTER_BENDS:
        chains = _link(bright, stack, options, bend * BEND_UM)
        offsets, told = displacements(bright, chains, len(stack))
        bright, total = bright.displaced(-offsets), total + offsets
    beads = beads.displaced(-total)
    inner = max(len(stack) - 2, 0)
    if told == inner:
        return beads, total, ()
    return (
        beads,
        total,
        (
            f"The displacement of {inner - told} of {inner} inner layers could not be determined: "
            "fewer than 4 lines "
            "cross them and the layers next to them. Where they jitter, lines are bent.",
        ),
    )


def _lines(beads: Beads, chains: list[numpy.ndarray], stack: LayerStack) -> list[DislocationLine]:
    bounds = stack.bounds_um
    found = [
        line_of_chain(beads, chain, step_um=stack.step_um, bounds_um=bounds) for chain in chains
    ]
    linked = numpy.zeros(len(beads), bool)
    for chain in chains:
        linked[chain] = True
    found += [
        line_of_streak(beads, bead)
        for bead, path in enumerate(beads.paths)
        if path is not None and not linked[bead]
    ]
    return [line for line in found if line is not None]
