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

SHAPE, SMALL = (256, 320), (128, 192)


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


def small_crystal(seed: int) -> Measured:
    """A smaller and thinner one, made in seconds."""
    parameters = parameters_of(seed, SMALL)
    sample = dataclasses.replace(parameters.sample, upstream_um=15.0, exit_um=15.0)
    return _measured(parameters, *_simulate(dataclasses.replace(parameters, sample=sample)))


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
    if cache is None:
        return _measured(parameters, *_simulate(parameters))
    file = cache / f"crystal_{FIRST_SEED + seed}_{SHAPE[0]}x{SHAPE[1]}.npz"
    if not file.exists():
        frames, angles = _simulate(parameters)
        cache.mkdir(parents=True, exist_ok=True)
        numpy.savez_compressed(file, frames=frames, angles=angles)
    with numpy.load(file) as kept:
        return _measured(parameters, kept["frames"], kept["angles"])


def _simulate(parameters: SimulationParameters) -> tuple[numpy.ndarray, numpy.ndarray]:
    simulated = simulate_scan(parameters)
    return simulated.frames, simulated.phi_deg


def _measured(
    parameters: SimulationParameters, frames: numpy.ndarray, angles: numpy.ndarray
) -> Measured:
    detector = parameters.detector
    dark = detector.offset_adu + detector.dark_adu_per_s * detector.exposure_s
    return Measured(RockingScan(frames, angles, "phi", "degree"), dark)
