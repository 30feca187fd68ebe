"""From labelled scans to a model file that says where it comes from."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import replace

import numpy
import torch

from .. import __version__
from ..beam import CONDITION_NAMES, LIT
from ..extraction import PatchedScan
from ..labels import LabelMap
from ..model import BeamModel
from ..progress import SILENT, Monitor
from .adapt import adapt_context
from .calibrate import ALPHA
from .fit import History
from .initial import initial_for
from .options import FitOptions
from .train import TrainingOutcome, train

FINE_TUNING = 0.1
MANY_LABELS = 500
"""Factor on the learning rate where a training starts from a model with a context network, less in
proportion where fewer patches are labelled: more would make the network so sure of these that the
boundary is put wrongly. A few dozen labels move the boundary, and hardly the weights."""

KEPT = ("context", "context_temperature", "context_shift", "thresholds", "context_thresholds")
"""What a model has, beside the temperature, from the one with a context network that it started
from. The calibration too: the frames that people label are plainer than most, and what is fitted on
them is too sure of plain patches and calls nearly all others ambiguous."""


def train_model(
    scans: Sequence[tuple[PatchedScan, LabelMap]],
    options: FitOptions,
    *,
    initial_model: str | os.PathLike | None = None,
    validation_share: float = 0.25,
    monitor: Monitor = SILENT,
) -> tuple[BeamModel, History]:
    """Train a network and pack it with its scaling, calibration and record.

    Parameters
    ----------
    scans : sequence of (PatchedScan, LabelMap)
        Labelled scans, cut into patches of one size.
    options : FitOptions
        The network and how it is trained.
    initial_model : path-like, optional
        Model to start from, as in `initial_for`: its weights and scaling, and its context network,
        which the labels only shift (`adapt_context`), and its conformal thresholds.
    validation_share, monitor
        As in `darfix_wb.training.train.train`.

    Returns
    -------
    model : BeamModel
        Ready to use or to save; the same for the same arguments on the same machine.
    history : dict
        `darfix_wb.training.fit.History`, and ``validation`` (`Scores` as a dict, or None) and
        ``split``.

    Raises
    ------
    DarfixWBError
        If the labels, the options or the initial model cannot be used.
    """
    patch_size = scans[0][0].grid.patch_size
    initial = initial_for(initial_model, options, scans)
    knows_samples = initial is not None and initial.context is not None
    if knows_samples:
        options = replace(options, learning_rate=_fine_tuning(scans) * options.learning_rate)
    outcome = train(
        scans,
        options,
        validation_share=validation_share,
        initial=initial.network if initial else None,
        initial_scaling=initial.scaling if initial else None,
        temperature=initial.temperature if knows_samples else None,
        monitor=monitor,
    )
    training_data = [
        {"source": patched.scan.source, "labels_hash": labels.hash, **labels.counts()}
        for patched, labels in scans
    ]
    initial_hash = initial.hash if initial else ""
    model, history = pack(
        outcome, patch_size, options, training_data=training_data, initial_model_hash=initial_hash
    )
    if knows_samples:
        model.record["conformal"] = initial.record.get("conformal")
        kept = {name: getattr(initial, name) for name in KEPT}
        model = adapt_context(replace(model, **kept), scans, device=options.device)
    return model, history


def _fine_tuning(scans: Sequence[tuple[PatchedScan, LabelMap]]) -> float:
    n_labelled = sum(int(labels.trainable.sum()) for _, labels in scans)
    return FINE_TUNING * min(1.0, n_labelled / MANY_LABELS)


def pack(
    outcome: TrainingOutcome, patch_size: int, options: FitOptions, **record: object
) -> tuple[BeamModel, History]:
    """A training's outcome as a model with its record, and as a history.

    Parameters
    ----------
    outcome : TrainingOutcome
        What the training gave.
    patch_size : int
        Side of the patches in pixels.
    options : FitOptions
        How it was trained.
    **record
        Plain literals to keep with the model, e.g. where its training data come from.
    """
    scores = outcome.scores.to_dict() if outcome.scores else None
    record = {**record, **_record(options, outcome, scores)}
    model = BeamModel(
        outcome.network,
        patch_size,
        outcome.scaling,
        outcome.temperature,
        record,
        thresholds=outcome.thresholds,
    )
    return model, {**outcome.history, "validation": scores, "split": outcome.split}


def _record(options: FitOptions, outcome: TrainingOutcome, scores: dict | None) -> dict:
    return {
        "options": options.to_dict(),
        "split": outcome.split,
        "best_epoch": outcome.history["best_epoch"],
        "kept": outcome.history["kept"],
        "device": outcome.history["device"],
        "validation": scores,
        "conformal": {"alpha": ALPHA, "single_frames": _kept_aside(outcome)},
        "versions": {
            "darfix-wb": __version__,
            "torch": torch.__version__,
            "numpy": numpy.__version__,
            "python": platform.python_version(),
        },
    }


def _kept_aside(outcome: TrainingOutcome) -> dict[str, int]:
    counts = outcome.split["validation"]["patches"]
    names = (CONDITION_NAMES[condition] for condition in LIT)
    return {name: counts.get(name, 0) for name in names}
