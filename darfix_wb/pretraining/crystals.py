"""Simulated scans whose truth is known: what the shipped model is made from."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy

from ..io.frame_sources import open_scan
from ..patches import PatchGrid
from ..scan import RockingScan
from ..simulation import (
    SimulationParameters,
    TruthMaps,
    patch_truth,
    random_material_parameters,
    random_parameters,
    read_truth,
    simulate_scan,
    write_scan,
)
from ..simulation.truth import LIT, STRONG_MS
from ..truth import PatchTruth

SHAPES = ((256, 320), (256, 384), (320, 320))

AT_PEAK = 0.5
"""Distance from the local peak, in widths of the local rocking curve."""

ORDINARY_EVERY = 4
"""Each fourth seed gives an ordinary crystal of aluminium, the others any material and kind."""

WITHOUT_LINES = {
    "dislocation_density_per_um2": 0.0,
    "boundary_misorientation_urad": 0.0,
    "subgrain_um": 1e6,
    "mosaic_um": 0.0,
    "mosaic_urad": 0.0,
}


@dataclass(frozen=True)
class SimulatedCrystal:
    """A simulated scan that is not yet cut into patches, and its truth.

    Attributes
    ----------
    scan : RockingScan
    truth : TruthMaps
    is_ordinary : bool
        Whether it is an ordinary crystal of aluminium.
    """

    scan: RockingScan
    truth: TruthMaps
    is_ordinary: bool = True

    def patch_truth(self, grid: PatchGrid) -> PatchTruth:
        """The truth on a grid of patches."""
        return patch_truth(self.truth, grid)

    @property
    def is_dynamical(self) -> bool:
        """Whether most of what is at its Bragg peak is strong beam; not where nothing is."""
        at_peak = (self.truth.dev < AT_PEAK) & (self.truth.illumination > LIT)
        return bool(at_peak.any() and (self.truth.ms[at_peak] > STRONG_MS).mean() > 0.5)


def known_scans(
    n_crystals: int,
    seed: int,
    *,
    folder: str | os.PathLike | None = None,
    shapes: Sequence[tuple[int, int]] = SHAPES,
    ordinary: bool = False,
    without_lines: bool = False,
) -> Iterator[SimulatedCrystal]:
    """Scans of random crystals; scan `i` follows from ``seed + i`` and its shape alone.

    Parameters
    ----------
    n_crystals : int
        Number of scans, each of another crystal, reflection, beam, optic and detector.
    seed : int
        Of the first.
    folder : path-like, optional
        Where the scans are kept as files; those that are there already are read again.
    shapes : sequence of (int, int)
        Rows and columns of the frames, in turn.
    ordinary : bool
        Whether all of them shall be ordinary crystals of aluminium.
    without_lines : bool
        Whether they shall have no dislocations, boundaries or mosaic blocks.
    """
    for index in range(n_crystals):
        rng = numpy.random.default_rng(seed + index)
        plain = ordinary or (seed + index) % ORDINARY_EVERY == 0
        draw = random_parameters if plain else random_material_parameters
        parameters = draw(rng, shape=shapes[index % len(shapes)])
        if without_lines:
            parameters = replace(parameters, sample=replace(parameters.sample, **WITHOUT_LINES))
        if folder is None:
            crystal = _simulate(parameters)
        else:
            crystal = _from_file(crystal_file(folder, seed + index), parameters)
        yield replace(crystal, is_ordinary=plain)


def crystal_file(folder: str | os.PathLike, seed: int) -> Path:
    """Where `known_scans` keeps the scan of a seed."""
    return Path(folder) / f"crystal_{seed}.h5"


def _simulate(parameters: SimulationParameters) -> SimulatedCrystal:
    simulated = simulate_scan(parameters)
    return SimulatedCrystal(simulated.rocking_scan, simulated.truth)


def _from_file(path: Path, parameters: SimulationParameters) -> SimulatedCrystal:
    if path.exists():
        truth = read_truth(path)
        if truth.parameters == parameters:
            return SimulatedCrystal(open_scan(path), truth)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_scan(path, simulate_scan(parameters), overwrite=True)
    return SimulatedCrystal(open_scan(path), read_truth(path))
