"""From labelled scans to a trained, calibrated and scored network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy
from torch import nn

from ..beam import LIT, BeamCondition
from ..extraction import PatchedScan
from ..labels import LabelMap, check_classes, split_by_frame
from ..metrics import Scores, evaluate, known_lit
from ..model import Calibration
from ..normalization import Scaling
from ..progress import SILENT, Monitor
from .augment import margin_for
from .calibrate import conformal_thresholds, fit_temperature
from .data import TrainingSet, concatenate, describe_counts, gather
from .fit import FitResult, History, as_sets, fit
from .options import FitOptions
from .predict import predict_logits


@dataclass(frozen=True)
class TrainingOutcome:
    """Everything that a model file holds.

    Attributes
    ----------
    network : torch.nn.Module
        On the CPU, in evaluation mode.
    scaling : Scaling
        How its input is made.
    calibration : Calibration
        Of single frames; without thresholds where too few patches of a condition were kept aside.
    history : History
        Loss and accuracy of each epoch, and which one was kept.
    scores : Scores or None
        Weak against strong over the validation frames, emptiness being told by the rocking
        curves as in `classification`; None where no lit patch was kept aside.
    split : dict
        Plain literals: frames of each scan and patches of each condition, on each side.
    """

    network: nn.Module
    scaling: Scaling
    calibration: Calibration
    history: History
    scores: Scores | None
    split: dict


def train(
    scans: Sequence[tuple[PatchedScan, LabelMap]],
    options: FitOptions,
    *,
    validation_share: float = 0.25,
    initial: nn.Module | None = None,
    initial_scaling: Scaling | None = None,
    calibration: Calibration | None = None,
    monitor: Monitor = SILENT,
) -> TrainingOutcome:
    """Split by frame, train, calibrate and score.

    Parameters
    ----------
    scans : sequence of (PatchedScan, LabelMap)
        Labelled scans, cut into patches of one size.
    options : FitOptions
        The network and how it is trained.
    validation_share : float
        Share of the labelled patches kept aside, in whole frames, to choose the epoch, calibrate
        and score; with 0, none.
    initial, initial_scaling : optional
        Weights to start from and their scaling.
    calibration : Calibration, optional
        To be kept instead of one fitted on the patches kept aside.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Raises
    ------
    DarfixWBError
        If weak or strong patches are missing, labels do not fit, the memory does not
        suffice, or the device is not available.
    OperationCancelled
        If the monitor is asked to stop.
    """
    check_classes([labels for _, labels in scans])
    margin = 0 if options.as_published else margin_for(scans[0][0].grid.patch_size)
    training: list[TrainingSet] = []
    validation: list[TrainingSet] = []
    for index, (patched, labels) in enumerate(scans):
        labels.check_fits(patched.scan.n_frames, patched.grid)
        parts = _split(labels, validation_share, options.seed)
        for patches, part in zip((training, validation), parts, strict=True):
            patches.append(gather(patched, part, margin=margin, scan_index=index, monitor=monitor))
    return train_sets(
        concatenate(training),
        concatenate(validation),
        options,
        initial=initial,
        initial_scaling=initial_scaling,
        calibration=calibration,
        monitor=monitor,
    )


def train_sets(
    training: TrainingSet | Sequence[TrainingSet],
    validation: TrainingSet | Sequence[TrainingSet],
    options: FitOptions,
    *,
    initial: nn.Module | None = None,
    initial_scaling: Scaling | None = None,
    calibration: Calibration | None = None,
    monitor: Monitor = SILENT,
) -> TrainingOutcome:
    """Train on some patches; choose the epoch, calibrate and score on others.

    Parameters
    ----------
    training, validation : TrainingSet or sequence of TrainingSet
        Patches of different frames, better of different crystals; several sets where they are of
        several sizes.
    options, initial, initial_scaling, calibration, monitor
        As in `train`.
    """
    training, validation = as_sets(training), as_sets(validation)
    result = fit(
        training,
        validation,
        options,
        initial=initial,
        scaling=initial_scaling,
        monitor=monitor,
    )
    logits, targets, frames = _judge(result, validation)
    classes = result.network.classes
    if calibration is None:
        calibration = _fit_calibration(logits, targets, classes)
    scores = None
    if numpy.isin(targets, LIT).any():
        probabilities = known_lit(calibration.probabilities(logits, classes))
        scores = evaluate(probabilities, targets, frames=frames, seed=options.seed)
    split = {"training": _describe(training), "validation": _describe(validation)}
    return TrainingOutcome(
        result.network, result.scaling, calibration, result.history, scores, split
    )


def _judge(
    result: FitResult, validation: Sequence[TrainingSet]
) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """Logits, conditions and frames of the patches kept aside."""
    classes = result.network.classes
    sets = [patches.of_classes(classes) for patches in validation]
    logits = [predict_logits(result.network, patches, result.scaling) for patches in sets]
    none = numpy.empty((0, len(classes)), numpy.float32)
    return (
        numpy.concatenate([none, *logits]),
        numpy.concatenate([numpy.empty(0, numpy.uint8), *(one.targets for one in sets)]),
        numpy.concatenate([numpy.empty(0, numpy.int64), *(one.frame_keys for one in sets)]),
    )


def _fit_calibration(
    logits: numpy.ndarray, targets: numpy.ndarray, classes: tuple[BeamCondition, ...]
) -> Calibration:
    """Temperature and thresholds; no thresholds with too few patches of a condition."""
    calibration = Calibration(fit_temperature(logits, targets, classes))
    thresholds = conformal_thresholds(calibration.probabilities(logits, classes), targets)
    return replace(calibration, thresholds=thresholds) if all(thresholds) else calibration


def _split(labels: LabelMap, share: float, seed: int) -> tuple[LabelMap, LabelMap]:
    """Labels to train on, and those of whole frames kept aside; with a share of 0 none are."""
    if share == 0:
        return labels, LabelMap.unlabelled(labels.n_frames, labels.grid)
    return split_by_frame(labels, validation_share=share, seed=seed)


def _describe(sets: Sequence[TrainingSet]) -> dict:
    pairs = {
        pair
        for patches in sets
        for pair in zip(patches.scan.tolist(), patches.frame.tolist(), strict=True)
    }
    frames: dict[str, list[int]] = {}
    for scan, frame in sorted(pairs):
        frames.setdefault(str(scan), []).append(frame)
    return {"frames": frames, "patches": describe_counts(sets)}
