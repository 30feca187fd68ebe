"""From crystals and networks of single frames to a calibrated and scored context network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from ..beam import LIT
from ..classification.curve_context import run_context
from ..classification.frame_classifier import FrameClassifier
from ..extraction import PatchedScan
from ..metrics import Scores, evaluate
from ..model import BeamModel
from ..networks import to_probabilities
from ..networks.context_network import VIEWS, ContextNetwork
from ..progress import SILENT, Monitor
from ..simulation.truth import STRONG_MS
from ..training.calibrate import fit_temperature
from ..truth import PatchTruth
from .context_fit import fit_context
from .curve_blocks import Volume
from .pretrain import CANCELLED, PretrainOptions, Sides

LEAST_MS = 1e-4


@dataclass(frozen=True)
class ContextOutcome:
    """A context network with its calibration.

    Attributes
    ----------
    network : ContextNetwork
        On the CPU, in evaluation mode.
    shift, temperature : float
        Added to its logits, and what divides them then.
    scores : Scores
        Weak against strong over the crystals kept aside.
    """

    network: ContextNetwork
    shift: float
    temperature: float
    scores: Scores


def train_context(
    sides: Sides,
    known_to_all: BeamModel,
    strangers: Sequence[BeamModel],
    options: PretrainOptions,
    *,
    monitor: Monitor = SILENT,
) -> ContextOutcome:
    """Train on the folds, each seen by a network that does not know it; calibrate on the others.

    Parameters
    ----------
    sides : Sides
        The crystals.
    known_to_all : BeamModel
        Trained on all folds; sees those kept aside.
    strangers : sequence of BeamModel
        For each fold, one that was not trained on it.
    options : PretrainOptions
        Its `context` and `fit.device` are used.
    monitor : Monitor
        Told how far the work is, and asked whether it shall stop.
    """
    pairs = [
        (crystal, stranger)
        for fold, stranger in zip(sides.folds, strangers, strict=True)
        for crystal in fold
    ]
    training = []
    for crystal, stranger in pairs:
        monitor.check(CANCELLED)
        training += volumes(crystal.patched, crystal.truth, stranger, device=options.fit.device)

    network = fit_context(training, options.context, monitor=monitor.part(0, 1))
    aside = [
        volumes(crystal.patched, crystal.truth, known_to_all, device=options.fit.device)
        for crystal in sides.aside
    ]
    return calibrated(network, aside, options)


def calibrated(
    network: ContextNetwork, aside: Sequence[Sequence[Volume]], options: PretrainOptions
) -> ContextOutcome:
    """Fit the temperature on crystals kept aside, and score there."""
    logits, targets, frames = [], [], []
    for index, crystal in enumerate(aside):
        for volume in crystal:
            lit = numpy.broadcast_to(volume.lit, volume.condition.shape)
            logits.append(volume_logits(network, volume)[lit])
            targets.append(volume.condition[lit])
            steps = numpy.indices(lit.shape, sparse=True)[0]
            frames.append(numpy.broadcast_to(steps + (index << 16), lit.shape)[lit])
    strong, truth, frame = (numpy.concatenate(part) for part in (logits, targets, frames))
    both = numpy.stack([numpy.zeros_like(strong), strong], axis=1)
    temperature = fit_temperature(both, truth, LIT)
    shifted = both + numpy.array([0.0, options.shift])
    probabilities = to_probabilities(shifted, LIT, temperature=temperature)
    scores = evaluate(probabilities, truth, frames=frame, seed=options.seed)
    return ContextOutcome(network, options.shift, temperature, scores)


def volume_logits(network: ContextNetwork, volume: Volume) -> numpy.ndarray:
    """``(n_steps, rows, columns)`` float32, as `context_logits` gives them."""
    answers = [
        run_context(network, volume.features(image, curve=curve), volume.lit)
        for image, curve in VIEWS
    ]
    return numpy.mean(answers, axis=0)


def volumes(
    patched: PatchedScan, truth: PatchTruth, model: BeamModel, *, device: str = "auto"
) -> list[Volume]:
    """The rocking curves of a scan on each set of patches that stand side by side."""
    classifier = FrameClassifier(model, patched.grid, patched.background, device=device)
    logits, log_spread = classifier.look_at_scan(patched)
    whole = Volume(
        patched.curves,
        patched.scan.angles,
        patched.noise,
        ~patched.empty,
        logits / numpy.float32(model.temperature),
        log_spread,
        truth.condition,
        numpy.log10(numpy.maximum(truth.multiple, LEAST_MS) / STRONG_MS),
    )
    n = patched.grid.patch_size // patched.grid.stride
    parts = (
        whole.part(slice(None), slice(row, None, n), slice(column, None, n))
        for row in range(n)
        for column in range(n)
    )
    return [part for part in parts if part.lit.any()]
