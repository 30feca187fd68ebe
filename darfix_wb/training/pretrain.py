"""The shipped model, from nothing: a network trained on simulated crystals of many kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy

from ..beam import BeamCondition
from ..errors import OperationCancelled
from ..extraction import PatchedScan, extract
from ..labels import LabelMap
from ..patches import DEFAULT_PATCH_SIZE
from ..scan import RockingScan
from ..simulation import SimulatedScan, patch_truth, random_parameters, simulate_scan
from .augment import margin_for
from .data import TrainingSet, concatenate, gather
from .options import FitOptions

VALIDATION_EVERY = 5
"""Each fifth crystal is kept aside: to choose the epoch, to calibrate and to score."""

NEAR_FRAMES = 4
"""Weak frames this close to a strong one are the hard ones, and make half of the weak patches."""


@dataclass(frozen=True)
class PretrainOptions:
    """What the shipped model is made of.

    Attributes
    ----------
    n_crystals : int
        Simulated scans, each of another crystal, reflection, beam, optic and detector.
    shape : tuple of int
        Rows and columns of their frames.
    patches_of_each : int
        Weak, and strong, patches taken of each scan at most; a third as many empty ones.
    seed : int
        Of the crystals, of the choice of patches and of the training.
    fit : FitOptions
        How the network is trained; its seed is `seed`.
    """

    n_crystals: int = 40
    shape: tuple[int, int] = (320, 448)
    patches_of_each: int = 300
    seed: int = 2026
    fit: FitOptions = field(default_factory=lambda: FitOptions(n_epochs=30, batch_size=64))


def simulated_scans(options: PretrainOptions) -> Iterator[SimulatedScan]:
    """The crystals, one after the other; no two share a seed."""
    rng = numpy.random.default_rng(options.seed)
    for index in range(options.n_crystals):
        parameters = random_parameters(rng, options.shape)
        sample = replace(parameters.sample, crystal_seed=options.seed + index)
        yield simulate_scan(replace(parameters, sample=sample))


def training_sides(
    scans: Iterable[SimulatedScan],
    options: PretrainOptions,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[TrainingSet, TrainingSet]:
    """Patches of the crystals to train on, and of those kept aside.

    Parameters
    ----------
    scans : iterable of SimulatedScan
        Read once.
    options : PretrainOptions
        How many patches are taken.
    progress, cancelled : callable, optional
        Called and asked after each crystal.

    Returns
    -------
    training, validation : TrainingSet
        Of different crystals.
    """
    sides: tuple[list[TrainingSet], list[TrainingSet]] = ([], [])
    rng = numpy.random.default_rng(options.seed)
    for index, simulated in enumerate(scans):
        if cancelled is not None and cancelled():
            raise OperationCancelled("Pretraining was cancelled; no model was made.")
        patched = _patched(simulated)
        labels = _some_of_the_truth(simulated, patched, options.patches_of_each, rng)
        margin = margin_for(patched.grid.patch_size)
        aside = index % VALIDATION_EVERY == VALIDATION_EVERY - 1
        sides[aside].append(gather(patched, labels, margin, index))
        if progress is not None:
            progress((index + 1) / options.n_crystals)
    return concatenate(sides[0]), concatenate(sides[1])


def _patched(simulated: SimulatedScan) -> PatchedScan:
    scan = RockingScan(simulated.frames, simulated.phi_deg, "phi", "degree")
    return extract(scan, DEFAULT_PATCH_SIZE)


def _some_of_the_truth(
    simulated: SimulatedScan, patched: PatchedScan, n_each: int, rng: numpy.random.Generator
) -> LabelMap:
    """Labels of some patches of each condition; weak ones half from near the peak."""
    condition = patch_truth(simulated.truth, patched.grid).condition
    weak, strong, empty = (condition == value for value in BeamCondition)
    near = weak & _near(strong.any(axis=(1, 2)))[:, None, None]
    labels = LabelMap.unlabelled(len(condition), patched.grid)
    for chosen, count in (
        (near, n_each // 2),
        (weak & ~near, n_each - n_each // 2),
        (strong, n_each),
        (empty, n_each // 3),
    ):
        where = rng.permutation(numpy.flatnonzero(chosen))[:count]
        labels.values.flat[where] = condition.flat[where]
    return labels


def _near(strong_frames: numpy.ndarray) -> numpy.ndarray:
    window = numpy.ones(2 * NEAR_FRAMES + 1)
    return numpy.convolve(strong_frames, window, mode="same") > 0
