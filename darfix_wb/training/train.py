"""From labelled scans to a trained, calibrated and scored network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy
from torch import nn

from ..beam import LIT
from ..extraction import PatchedScan
from ..labels import LabelMap, check_classes, split_by_frame
from ..metrics import Scores, evaluate, known_lit
from ..networks import to_probabilities
from ..normalization import Scaling
from ..progress import SILENT, Monitor
from .augment import margin_for
from .calibrate import conformal_thresholds, fit_temperature
from .data import TrainingSet, concatenate, describe_counts, gather
from .fit import fit
from .options import FitOptions
from .predict import predict_logits
from .result import History


@dataclass(frozen=True)
class TrainingOutcome:
    """Everything that a model file holds.

    Attributes
    ----------
    network : torch.nn.Module
        On the CPU, in evaluation mode.
    scaling : Scaling
        How its input is made.
    temperature : float
        What its logits are divided by.
    thresholds : tuple of float or None
        Of its prediction sets, see `conformal_thresholds`; None where too few patches of a
        condition were kept aside.
    history : dict
        See `result.History`.
    scores : Scores or None
        Weak against strong over the validation frames, emptiness being told by the rocking
        curves as in `classification`; None where no lit patch was kept aside.
    split : dict
        Plain literals: frames of each scan and patches of each condition, on each side.
    """

    network: nn.Module
    scaling: Scaling
    temperature: float
    thresholds: tuple[float, float] | None
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
    temperature: float | None = None,
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
    temperature : float, optional
        To be kept instead of one fitted on the patches kept aside.
    monitor : Monitor
        Told how far the work is, and asked whether it shall stop.

    Raises
    ------
    DarfixWBError
        If weak or strong patches are missing, labels do not fit, or memory or device do not do.
    OperationCancelled
        If the monitor is asked to stop.
    """
    check_classes([labels for _, labels in scans])
    margin = 0 if options.as_published else margin_for(scans[0][0].grid.patch_size)
    sides: tuple[list[TrainingSet], list[TrainingSet]] = ([], [])
    for index, (patched, labels) in enumerate(scans):
        labels.check_fits(patched.scan.n_frames, patched.grid)
        for side, part in zip(sides, _split(labels, validation_share, options.seed), strict=True):
            side.append(gather(patched, part, margin=margin, scan_index=index, monitor=monitor))
    training, validation = (concatenate(side) for side in sides)
    return train_sets(
        training,
        validation,
        options,
        initial=initial,
        initial_scaling=initial_scaling,
        temperature=temperature,
        monitor=monitor,
    )


def train_sets(
    training: TrainingSet,
    validation: TrainingSet,
    options: FitOptions,
    *,
    initial: nn.Module | None = None,
    initial_scaling: Scaling | None = None,
    temperature: float | None = None,
    monitor: Monitor = SILENT,
) -> TrainingOutcome:
    """Train on some patches; choose the epoch, calibrate and score on others.

    Parameters
    ----------
    training, validation : TrainingSet
        Patches of different frames, better of different crystals.
    options, initial, initial_scaling, temperature, monitor
        As in `train`.
    """
    result = fit(
        training, validation, options, initial=initial, scaling=initial_scaling, monitor=monitor
    )
    known = validation.of_classes(result.network.classes)
    logits = predict_logits(result.network, known, result.scaling)
    if temperature is None:
        temperature = fit_temperature(logits, known.targets, result.network.classes)
    scores = thresholds = None
    if numpy.isin(known.targets, LIT).any():
        probabilities = to_probabilities(logits, result.network.classes, temperature=temperature)
        scores = evaluate(
            known_lit(probabilities), known.targets, frames=known.frame_keys, seed=options.seed
        )
        pair = conformal_thresholds(probabilities, known.targets)
        thresholds = pair if all(pair) else None
    split = {"training": _describe(training), "validation": _describe(validation)}
    return TrainingOutcome(
        result.network, result.scaling, temperature, thresholds, result.history, scores, split
    )


def _split(labels: LabelMap, share: float, seed: int) -> tuple[LabelMap, LabelMap]:
    """Labels to train on, and those of whole frames kept aside; with a share of 0 none are."""
    if share == 0:
        return labels, LabelMap.unlabelled(labels.n_frames, labels.grid)
    return split_by_frame(labels, validation_share=share, seed=seed)


def _describe(patches: TrainingSet) -> dict:
    frames: dict[str, list[int]] = {}
    for scan, frame in sorted(set(zip(patches.scan.tolist(), patches.frame.tolist(), strict=True))):
        frames.setdefault(str(scan), []).append(frame)
    return {"frames": frames, "patches": describe_counts(patches)}
