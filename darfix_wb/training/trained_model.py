"""From labelled scans to a model file that says where it comes from."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence

import numpy
import torch

from .. import __version__
from ..errors import DarfixWBError
from ..extraction import PatchedScan
from ..labels import LabelMap
from ..model import BeamModel
from .fit import Cancelled, History, Progress
from .options import FitOptions
from .train import TrainingOutcome, train


def train_model(
    scans: Sequence[tuple[PatchedScan, LabelMap]],
    options: FitOptions,
    initial_model: str | os.PathLike | None = None,
    validation_share: float = 0.25,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    stopped: Cancelled | None = None,
) -> tuple[BeamModel, History]:
    """Train a network and pack it with its scaling, calibration and record.

    Parameters
    ----------
    scans : sequence of (PatchedScan, LabelMap)
        Labelled scans, cut into patches of one size.
    options : FitOptions
        The network and how it is trained.
    initial_model : path-like, optional
        Model to start from: its weights and scaling.
    validation_share, progress, cancelled, stopped
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
    initial = _load_initial(initial_model, options, patch_size) if initial_model else None
    outcome = train(
        scans,
        options,
        validation_share,
        initial.network if initial else None,
        initial.scaling if initial else None,
        progress,
        cancelled,
        stopped,
    )
    training_data = [
        {"source": patched.scan.source, "labels_hash": labels.hash, **labels.counts()}
        for patched, labels in scans
    ]
    initial_hash = initial.hash if initial else ""
    return pack(
        outcome, patch_size, options, training_data=training_data, initial_model_hash=initial_hash
    )


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
    model = BeamModel(outcome.network, patch_size, outcome.scaling, outcome.temperature, record)
    return model, {**outcome.history, "validation": scores, "split": outcome.split}


def _load_initial(path: str | os.PathLike, options: FitOptions, patch_size: int) -> BeamModel:
    model = BeamModel.load(path)
    if (model.name, model.patch_size) != (options.network, patch_size):
        raise DarfixWBError(
            f"The initial model must be a {options.network!r} for patches of {patch_size} px, got "
            f"a {model.name!r} for {model.patch_size} px. Choose another, or none."
        )
    return model


def _record(options: FitOptions, outcome: TrainingOutcome, scores: dict | None) -> dict:
    return {
        "options": options.to_dict(),
        "split": outcome.split,
        "best_epoch": outcome.history["best_epoch"],
        "kept": outcome.history["kept"],
        "device": outcome.history["device"],
        "validation": scores,
        "versions": {
            "darfix-wb": __version__,
            "torch": torch.__version__,
            "numpy": numpy.__version__,
            "python": platform.python_version(),
        },
    }
