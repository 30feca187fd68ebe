"""The shipped model, from nothing: two networks trained on simulated crystals of many kinds."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy

from ..beam import UNLABELLED, BeamCondition
from ..errors import DarfixWBError
from ..extraction import PatchedScan, extract
from ..labels import LabelMap
from ..model import BeamModel
from ..networks.context_network import ContextNetwork
from ..patches import DEFAULT_PATCH_SIZE, overlapping_stride
from ..progress import SILENT, Monitor
from ..training.augment import margin_for
from ..training.data import TrainingSet, concatenate, gather
from ..training.options import FitOptions
from ..training.train import TrainingOutcome, train_sets
from ..truth import PatchTruth
from .context import ContextOptions, ContextOutcome, calibrate_context, fit_context
from .crystals import SHAPES, SimulatedCrystal, known_scans
from .curve_blocks import CurveBlock, curve_blocks
from .foreign import foreign_patches

CANCELLED = "Pretraining was cancelled; no model was made."

VALIDATION_EVERY = 3
"""Each third crystal is kept aside: to choose the epoch, to calibrate and to score. Promises for
further crystals take many."""

N_FOLDS = 3
"""What the context network learns from comes from networks that do not know the crystal."""

OTHER_SIZES = (16, 32, 128, 24, 48, 96)
PATCH_SIZES = (16, 128)
"""Each crystal is cut into patches of the usual size and of one of these, in turn; the model takes
all sizes between."""

FOREIGN_SHARE = 0.5
"""Patches that nobody could tell, as a share of the others."""

NEAR_FRAMES = 4
"""Weak frames this close to a strong one are the hard ones, and make half of the weak patches."""


@dataclass(frozen=True)
class PretrainOptions:
    """What the shipped model is made of.

    Attributes
    ----------
    n_crystals : int
        Simulated scans, each of another crystal, material, reflection, beam, optic and detector;
        some of them are kept aside.
    n_aluminium : int
        Scans of ordinary crystals of aluminium in addition, all to train on.
    shapes : tuple
        Rows and columns of their frames, in turn.
    patches_of_each : int
        Weak, and strong, patches taken of each scan at most; a third as many empty ones.
    seed : int
        Of the first crystal; of the choice of patches and of the training as well.
    aluminium_seed : int
        Of the first of the ordinary crystals of aluminium.
    fit : FitOptions
        How the network of single frames is trained; its seed is `seed`.
    context : ContextOptions
        How the network of the rocking curves is trained; its seed is `seed`.
    shift : float
        Added to the calibrated network's logits of strong against weak: a strong patch that is
        missed spoils a weak-beam image more than a weak one that is left out.
    """

    n_crystals: int = 150
    n_aluminium: int = 54
    shapes: tuple[tuple[int, int], ...] = SHAPES
    patches_of_each: int = 160
    seed: int = 2_000_000
    aluminium_seed: int = 1_000_000
    fit: FitOptions = field(default_factory=lambda: FitOptions(n_epochs=6, batch_size=64))
    context: ContextOptions = field(default_factory=ContextOptions)
    shift: float = 0.5

    def __post_init__(self) -> None:
        object.__setattr__(self, "fit", replace(self.fit, seed=self.seed))
        object.__setattr__(self, "context", replace(self.context, seed=self.seed))


@dataclass(frozen=True)
class CutCrystal:
    """A simulated scan, cut into patches of one size, and some of them to train on.

    Attributes
    ----------
    patched : PatchedScan
        Patches at half their size from each other.
    truth : PatchTruth
    patches : TrainingSet
    is_ordinary : bool
        Whether it is an ordinary crystal of aluminium.
    is_dynamical : bool
        As in `SimulatedCrystal`.
    """

    patched: PatchedScan
    truth: PatchTruth
    patches: TrainingSet
    is_ordinary: bool
    is_dynamical: bool


Crystal = tuple[CutCrystal, ...]
"""One scan, cut into patches of `DEFAULT_PATCH_SIZE` and of another size."""


@dataclass(frozen=True)
class Crystals:
    """Crystals to train on, in folds, and those kept aside."""

    folds: tuple[tuple[Crystal, ...], ...]
    aside: tuple[Crystal, ...]


def prepare(
    options: PretrainOptions, *, folder: str | os.PathLike | None = None, monitor: Monitor = SILENT
) -> Crystals:
    """Simulate the crystals and choose patches of each.

    Parameters
    ----------
    options : PretrainOptions
        How many there are.
    folder : path-like, optional
        As in `known_scans`.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Raises
    ------
    DarfixWBError
        If there are too few to keep some aside.
    """
    if options.n_crystals < VALIDATION_EVERY:
        raise DarfixWBError(
            f"Pretraining needs at least {VALIDATION_EVERY} crystals, got {options.n_crystals}. "
            "Simulate more of them: some are held out."
        )
    rng = numpy.random.default_rng(options.seed)
    folds: list[list[Crystal]] = [[] for _ in range(N_FOLDS)]
    aside: list[Crystal] = []
    n_scans = options.n_crystals + options.n_aluminium
    for index, known in enumerate(_scans(options, folder)):
        monitor.check(CANCELLED)
        monitor.report((index + 1) / n_scans)
        other = OTHER_SIZES[index % len(OTHER_SIZES)]
        crystal = tuple(
            _cut(known, patch_size, index, options.patches_of_each, rng)
            for patch_size in (DEFAULT_PATCH_SIZE, other)
        )
        last = index % VALIDATION_EVERY == VALIDATION_EVERY - 1
        kept = last and index < options.n_crystals
        (aside if kept else min(folds, key=len)).append(crystal)
    return Crystals(tuple(map(tuple, folds)), tuple(aside))


def train_alone(
    crystals: Crystals, options: PretrainOptions, *, monitor: Monitor = SILENT
) -> tuple[TrainingOutcome, list[BeamModel]]:
    """Train the network of single frames on all folds, and on all but one for each of them.

    Returns
    -------
    outcome : TrainingOutcome
        Of all folds.
    held_out_models : list of BeamModel
        For each fold, a model that was not trained on its crystals.
    """
    validation = _by_size(crystals.aside)
    outcomes = []
    parts = monitor.parts(1 + N_FOLDS)
    for left_out, part in zip((None, *range(N_FOLDS)), parts, strict=True):
        known = [
            crystal
            for number, fold in enumerate(crystals.folds)
            for crystal in fold
            if number != left_out
        ]
        training = _with_foreign(_by_size(known), options.seed)
        outcomes.append(train_sets(training, validation, options.fit, monitor=part))
    return outcomes[0], [as_model(outcome) for outcome in outcomes[1:]]


def train_context(
    crystals: Crystals,
    model: BeamModel,
    held_out_models: Sequence[BeamModel],
    options: PretrainOptions,
    *,
    initial: ContextNetwork | None = None,
    monitor: Monitor = SILENT,
) -> ContextOutcome:
    """Train on the folds, each seen by a network that does not know it; calibrate on the others.

    A network that goes on from another learns of ordinary crystals and of those without features.
    The temperature is fitted where most of what is at its Bragg peak is strong beam: of crystals
    that scatter once only no rocking curve tells, and a temperature cannot make up for it.

    Parameters
    ----------
    crystals : Crystals
        The crystals.
    model : BeamModel
        Of single frames, trained on all folds; sees the crystals kept aside.
    held_out_models : sequence of BeamModel
        For each fold, one that was not trained on it.
    options : PretrainOptions
        Its `context`, `shift`, `seed` and `fit.device` are used.
    initial : ContextNetwork, optional
        Weights to go on from.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.
    """
    device = options.fit.device
    blocks = []
    for fold, held_out_model in zip(crystals.folds, held_out_models, strict=True):
        for crystal in fold:
            monitor.check(CANCELLED)
            if initial is None or crystal[0].is_ordinary:
                blocks += _blocks(crystal, held_out_model, device)
    network = fit_context(blocks, options.context, initial=initial, monitor=monitor.part(0, 1))
    aside = [
        _blocks(crystal, model, device) for crystal in crystals.aside if crystal[0].is_dynamical
    ]
    return calibrate_context(network, aside, options.shift, seed=options.seed)


def as_model(outcome: TrainingOutcome) -> BeamModel:
    """The network of single frames as a model without a record."""
    return BeamModel(
        outcome.network,
        DEFAULT_PATCH_SIZE,
        outcome.scaling,
        outcome.calibration,
        patch_sizes=PATCH_SIZES,
    )


def _scans(
    options: PretrainOptions, folder: str | os.PathLike | None
) -> Iterator[SimulatedCrystal]:
    shapes = options.shapes
    yield from known_scans(options.n_crystals, options.seed, folder=folder, shapes=shapes)
    yield from known_scans(
        options.n_aluminium, options.aluminium_seed, folder=folder, shapes=shapes, ordinary=True
    )


def _cut(
    known: SimulatedCrystal, patch_size: int, index: int, n_each: int, rng: numpy.random.Generator
) -> CutCrystal:
    stride = overlapping_stride(patch_size) if patch_size >= DEFAULT_PATCH_SIZE else patch_size
    patched = extract(known.scan, patch_size=patch_size, stride=stride)
    truth = known.patch_truth(patched.grid)
    fewer = min(1.0, (DEFAULT_PATCH_SIZE / patch_size) ** 2)
    labels = _some_of_the_truth(truth.condition, patched, round(fewer * n_each), rng)
    patches = gather(patched, labels, margin=margin_for(patch_size), scan_index=index)
    return CutCrystal(patched, truth, patches, known.is_ordinary, known.is_dynamical)


def _by_size(crystals: Sequence[Crystal]) -> list[TrainingSet]:
    """The patches of some crystals, one set for each size."""
    sets: dict[int, list[TrainingSet]] = {}
    for cut in itertools.chain(*crystals):
        sets.setdefault(cut.patches.patch_size, []).append(cut.patches)
    return [concatenate(parts) for parts in sets.values()]


def _with_foreign(sets: Sequence[TrainingSet], seed: int) -> list[TrainingSet]:
    """Each set with patches in addition that nobody could tell."""
    return [
        concatenate([one, foreign_patches(round(FOREIGN_SHARE * len(one)), one.patch_size, seed)])
        for one in sets
    ]


def _blocks(crystal: Crystal, model: BeamModel, device: str) -> list[CurveBlock]:
    return [
        block
        for cut in crystal
        for block in curve_blocks(cut.patched, cut.truth, model, device=device)
    ]


def _some_of_the_truth(
    condition: numpy.ndarray, patched: PatchedScan, n_each: int, rng: numpy.random.Generator
) -> LabelMap:
    """Labels of some patches of each condition; weak ones half from near the peak."""
    weak, strong, empty = (condition == value for value in BeamCondition)
    near = weak & _near(strong.any(axis=(1, 2)))[:, None, None]
    values = numpy.full(condition.shape, UNLABELLED, dtype=numpy.uint8)
    for chosen, count in (
        (near, n_each // 2),
        (weak & ~near, n_each - n_each // 2),
        (strong, n_each),
        (empty, n_each // 3),
    ):
        where = rng.permutation(numpy.flatnonzero(chosen))[:count]
        values.flat[where] = condition.flat[where]
    return LabelMap(values, patched.grid)


def _near(strong_frames: numpy.ndarray) -> numpy.ndarray:
    window = numpy.ones(2 * NEAR_FRAMES + 1)
    return numpy.convolve(strong_frames, window, mode="same")[: len(strong_frames)] > 0
