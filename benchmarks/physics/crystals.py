"""Simulated crystals, which take long to make: kept in a folder once they are."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy

from darfix_wb.scan import RockingScan
from darfix_wb.simulation import SimulationParameters, random_parameters, simulate_scan

from .changes import Measured

FIRST_SEED = 9_700_000
"""Of seeds that nothing was trained on."""

SHAPE = (256, 320)


def parameters_of(seed: int, shape: tuple[int, int] = SHAPE) -> SimulationParameters:
    """A random sample of which all frames are taken alike, with a dark level like all pixels.

    What drifts is added by `changes`.
    """
    drawn = random_parameters(numpy.random.default_rng(FIRST_SEED + seed), shape=shape)
    return dataclasses.replace(
        drawn,
        beam=dataclasses.replace(drawn.beam, profile_walk=0.0),
        detector=dataclasses.replace(drawn.detector, auto_exposure=False, edge_glow_adu=0.0),
        scan=dataclasses.replace(drawn.scan, intensity_drift=0.0),
    )


def crystal(seed: int, cache: Path | None = None) -> Measured:
    """The scan of a random sample.

    Parameters
    ----------
    seed : int
        Counted from `FIRST_SEED`.
    cache : Path, optional
        Folder where its frames are looked for, and kept.
    """
    parameters = parameters_of(seed)
    detector = parameters.detector
    file = cache / f"crystal_{FIRST_SEED + seed}_{SHAPE[0]}x{SHAPE[1]}.npz" if cache else None
    if file is None or not file.exists():
        simulated = simulate_scan(parameters)
        frames, angles = simulated.frames, simulated.phi_deg
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            numpy.savez_compressed(file, frames=frames, angles=angles)
    else:
        with numpy.load(file) as kept:
            frames, angles = kept["frames"], kept["angles"]
    dark = detector.offset_adu + detector.dark_adu_per_s * detector.exposure_s
    return Measured(RockingScan(frames, angles, "phi", "degree"), dark)
