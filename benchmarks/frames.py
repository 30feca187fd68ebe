"""Large frames to time methods on: weak and strong beam mixed, so that labels can be compared."""

from __future__ import annotations

from functools import lru_cache

import numpy

from darfix_wb.beam import BeamCondition
from darfix_wb.patches import PatchGrid
from darfix_wb.simulation import ScanParameters, SimulationParameters, patch_truth, simulate_scan

SHAPE = (2160, 2560)
SMALL = (350, 446)
"""No multiple of a patch, so that the repetitions are cut into other patches."""

STRONG_SHARE = 0.25


@lru_cache
def mixed_frame() -> numpy.ndarray:
    """``SMALL`` uint16: the frame of a simulated scan that is nearest to a quarter strong."""
    simulated = simulate_scan(SimulationParameters(scan=ScanParameters(shape=SMALL)))
    strong = patch_truth(simulated.truth, PatchGrid(SMALL)).condition == BeamCondition.STRONG
    return simulated.frames[numpy.abs(strong.mean(axis=(1, 2)) - STRONG_SHARE).argmin()]


def large_frame(seed: int) -> numpy.ndarray:
    """``SHAPE`` uint16: the mixed frame, moved at random and repeated."""
    shift = numpy.random.default_rng(seed).integers(SMALL)
    times = [-(-side // part) for side, part in zip(SHAPE, SMALL, strict=True)]
    moved = numpy.roll(mixed_frame(), shift, axis=(0, 1))
    return numpy.tile(moved, times)[: SHAPE[0], : SHAPE[1]]
