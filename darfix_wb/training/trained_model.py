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
from ..errors import DarfixWBError
from ..extraction import PatchedScan
from ..labels import LabelMap, check_classes
from ..model import BeamModel, describe_sizes
from ..progress import SILENT, Monitor
from .adaptation import settle
from .calibrate import ALPHA
from .evidence import judge_frames_alone
from .fit import History
from .options import FitOptions
from .train import TrainingOutcome, train

FINE_TUNING = 0.1
MANY_TELLING = 50
"""Factor on the learning rate where a training starts from a model with a context network, less in
proportion where it is wrong or unsure on fewer labels: more would make the network so sure of these
that the boundary is put wrongly."""

SHIPPED, NONE = "shipped", "none"


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
        Model to start from, as in `initial_for`: its weights and scaling. One with a context
        network is moved only as far as the labels contradict it, and not at all where those kept
        aside do not bear that out (`darfix_wb.training.adaptation.settle`). It keeps its
        calibrations but for that shift: the frames that people label are plainer than most, and
        what is fitted on them is too sure of plain patches and calls nearly all others ambiguous.
    validation_share, monitor
        As in `darfix_wb.training.train.train`.

    Returns
    -------
    model : BeamModel
        Ready to use or to save; the same for the same arguments on the same machine. It takes
        patches of the size that it was trained on and no others, whatever the initial model takes:
        its weights were changed for this size.
    history : History
        How the training went.

    Raises
    ------
    DarfixWBError
        If the labels, the options or the initial model cannot be used.
    """
    check_classes([labels for _, labels in scans])
    for patched, labels in scans:
        labels.check_fits(patched.scan.n_frames, patched.grid)
    size = scans[0][0].grid.patch_size
    initial = initial_for(initial_model, options, size)
    knows_samples = initial is not None and initial.context is not None
    if knows_samples:
        factor = _fine_tuning(initial, scans, options.device)
        options = replace(options, learning_rate=factor * options.learning_rate)
    outcome = train(
        scans,
        options,
        validation_share=validation_share,
        initial=initial.network if initial else None,
        initial_scaling=initial.scaling if initial else None,
        calibration=initial.calibration if knows_samples else None,
        monitor=monitor,
    )
    training_data = [
        {"source": patched.scan.source, "labels_hash": labels.hash, **labels.counts()}
        for patched, labels in scans
    ]
    model, history = pack(
        outcome,
        size,
        options,
        training_data=training_data,
        initial_model_hash=initial.hash if initial else "",
    )
    if knows_samples:
        model, history = settle(initial, model, history, scans, device=options.device)
    if model.patch_sizes != (size, size):
        model = replace(model, patch_size=size, patch_sizes=None)
    return model, history


def initial_for(
    initial_model: str | os.PathLike | None,
    options: FitOptions,
    patch_size: int,
) -> BeamModel | None:
    """The model to start from, or None to start from random weights.

    Parameters
    ----------
    initial_model : path-like or None
        A model file, ``"shipped"``, or ``"none"``; by default the shipped model where it is of
        the network and takes the patch size.
    options : FitOptions
        The network to train.
    patch_size : int
        Side of the labelled patches, in pixels.

    Raises
    ------
    DarfixWBError
        If the model that is asked for is of another network, or does not take the patch size.
    """
    choice = str(initial_model or "")
    if choice == NONE:
        return None
    model = BeamModel.load(choice if choice != SHIPPED else None)
    fits = model.name == options.network and model.takes(patch_size)
    if choice and not fits:
        raise DarfixWBError(
            f"The initial model must be a {options.network!r} for patches of {patch_size} px, got "
            f"a {model.name!r} for {describe_sizes(model.patch_sizes)}. Choose another, or none."
        )
    return model if fits else None


def _fine_tuning(
    initial: BeamModel, scans: Sequence[tuple[PatchedScan, LabelMap]], device: str
) -> float:
    n_telling = judge_frames_alone(initial, scans, device=device).n_telling
    return FINE_TUNING * min(1.0, max(1, n_telling) / MANY_TELLING)


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
        outcome.calibration,
        record=record,
    )
    return model, replace(outcome.history, validation=scores, split=outcome.split)


def _record(options: FitOptions, outcome: TrainingOutcome, scores: dict | None) -> dict:
    return {
        "options": options.to_dict(),
        "split": outcome.split,
        "best_epoch": outcome.history.best_epoch,
        "kept": outcome.history.kept,
        "device": outcome.history.device,
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
