"""Let labels of a sample move a model, as far as they contradict it and no further."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy
from scipy.optimize import minimize_scalar

from ..classification.curve_context import context_logits
from ..classification.frame_classifier import FrameClassifier
from ..extraction import PatchedScan
from ..labels import LabelMap
from ..metrics import evaluate
from ..model import BeamModel, Calibration
from ..rocking_curves import enough_frames
from .evidence import JudgedLabels, is_better, judge, judge_frames_alone
from .fit import History

SHIFT_SPREAD = 1.0
"""How far the boundary may be expected to be from where the model has it, in calibrated logits.
From crystal to crystal it is 1.3; labels of a few frames say less of it than as many draws."""

FARTHEST_SHIFT = 6.0
KEPT = "weights it started from"

LabelledScans = Sequence[tuple[PatchedScan, LabelMap]]


def settle(
    initial: BeamModel,
    trained: BeamModel,
    history: History,
    scans: LabelledScans,
    *,
    device: str = "auto",
) -> tuple[BeamModel, History]:
    """What a training makes of a model with a context network: no worse than it was.

    The weights that were trained further are for single frames, and are kept only where labels of
    the frames kept aside are told better by them (`is_better`). Rocking curves are judged by the
    context network from the opinions of the network that it was trained with, whose weights are not
    moved: surer ones mislead it. Of it only the boundary moves (`adapt_context`).

    Parameters
    ----------
    initial : BeamModel
        With a context network.
    trained : BeamModel
        The same network after training, and its record.
    history : History
        How that went.
    scans : sequence of (PatchedScan, LabelMap)
        Labelled scans.
    device : str
        As `darfix_wb.device.resolve_device`.

    Returns
    -------
    model : BeamModel
        Its record says under ``"moved"`` by how much the labels moved it.
    history : History
        It says so in words; the best epoch is 0 where the weights are those of `initial`.
    """
    before, after = (
        _kept_aside(judge_frames_alone(model, scans, device=device), history)
        for model in (initial, trained)
    )
    gains = before.weights() * (before.losses() - after.losses())
    weights_moved = is_better(gains, before.frames)
    record = {**trained.record, "conformal": initial.record.get("conformal")}
    if not weights_moved:
        history = replace(history, best_epoch=0, kept=KEPT, validation=_scores(before, record))
        names = ("best_epoch", "kept", "validation")
        record |= {name: getattr(history, name) for name in names}
    model = replace(
        initial,
        network=trained.network if weights_moved else initial.network,
        opinions=initial.in_curves.network if weights_moved else initial.opinions,
        record=record,
    )
    model = adapt_context(model, scans, device=device)
    moved = {**model.record.get("moved", {}), "weights": weights_moved}
    model = replace(model, record={**model.record, "moved": moved})
    return model, replace(history, moved=describe(moved))


def adapt_context(model: BeamModel, scans: LabelledScans, *, device: str = "auto") -> BeamModel:
    """Move the boundary between weak and strong to where the labels say that it is.

    On one sample the context network orders the patches well; what differs from sample to sample
    is how far down the flank multiple scattering still counts. That is one number, a shift of its
    logits (`fit_shift`).

    Parameters
    ----------
    model : BeamModel
        Returned as it is where it has no context network, or no labelled scan has curves.
    scans : sequence of (PatchedScan, LabelMap)
        Labelled scans.
    device : str
        As `darfix_wb.device.resolve_device`.

    Returns
    -------
    BeamModel
        Its record says under ``"moved"``: ``"shift"`` of the calibrated logits, share of the lit
        patches of the scans that are ``"changed"`` by it, number of ``"labels"`` and of those that
        are ``"contradicting"`` the model.
    """
    scans = [pair for pair in scans if model.context is not None and enough_frames(pair[0])]
    lit: list[numpy.ndarray] = []

    def look(patched: PatchedScan, wanted: numpy.ndarray) -> numpy.ndarray:
        used = model.in_curves
        classifier = FrameClassifier(used, patched.grid, patched.background, device=device)
        logits = context_logits(used, patched, *classifier.look_at_scan(patched), device=device)
        logits = model.context_calibration.calibrated(logits)
        lit.append(logits[:, ~patched.empty].ravel())
        return logits[wanted]

    judged = judge(scans, look)
    if not len(judged):
        return model
    shift = fit_shift(judged)
    logits = numpy.concatenate(lit)
    changed = ((logits > 0) != (logits + shift > 0))[numpy.isfinite(logits)].mean()
    moved = {
        "shift": shift,
        "changed": float(changed),
        "labels": len(judged),
        "contradicting": judged.n_contradicting,
    }
    return replace(
        model,
        context_calibration=model.context_calibration.moved(shift),
        record={**model.record, "moved": moved},
    )


def fit_shift(judged: JudgedLabels) -> float:
    """By how much labels move the boundary, in calibrated logits; positive for more strong beam.

    A support vector machine of one number with a normal prior: only labels on which the model is
    wrong or unsure have a say. Each frame is left out in turn, and of what the others ask for the
    least is taken, so that no frame by itself, labelled wrongly perhaps, moves the boundary. What
    they ask for must also tell the frames left out better, by more than its standard error
    (`is_better`).

    Parameters
    ----------
    judged : JudgedLabels
        At least one label.

    Returns
    -------
    float
        A multiple of 0.01; 0 where the labels agree with the model or do not bear a shift out.
    """
    towards = _likeliest(judged)
    gains = numpy.zeros(len(judged))
    for frame in numpy.unique(judged.frames) if towards else ():
        aside = judged.frames == frame
        shift = _likeliest(judged.select(~aside))
        gains[aside] = (judged.losses() - judged.losses(shift))[aside]
        # Of shifts to either side none is supported by all.
        towards = min(towards, max(shift, 0.0)) if towards > 0 else max(towards, min(shift, 0.0))
    return towards if is_better(judged.weights() * gains, judged.frames) else 0.0


def describe(moved: dict) -> str:
    """A record's ``"moved"`` in words: by how much labels moved a model."""
    return " ".join([*_boundary(moved), _weights(moved)])


def _boundary(moved: dict) -> list[str]:
    if "shift" not in moved:
        return []
    contradicting = f"{moved['contradicting']} of {moved['labels']} labels"
    if moved["shift"]:
        return [
            f"The labels moved the boundary by {moved['shift']:+.2f} (in logits; + for more "
            "strong): "
            f"{moved['changed']:.1%} of the lit patches of these scans are classified differently. "
            f"{contradicting} contradicted the model."
        ]
    if moved["contradicting"]:
        return [
            f"The boundary stays where it is: {contradicting} contradict the model, too few or in "
            "too few frames to move it."
        ]
    return ["The labels agree with the model, whose boundary stays where it is."]


def _weights(moved: dict) -> str:
    if moved["weights"]:
        return "Single frames are classified by the trained weights."
    return "Its weights stay as they are: the trained ones were no better on the frames kept aside."


def _likeliest(judged: JudgedLabels) -> float:
    """The shift of least loss and prior; 0 where no label contradicts the model."""
    if not judged.n_contradicting:
        return 0.0
    weights = judged.weights()

    def loss(shift: float) -> float:
        return float((shift / SHIFT_SPREAD) ** 2 / 2 + (weights * judged.losses(shift)).sum())

    bounds = (-FARTHEST_SHIFT, FARTHEST_SHIFT)
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-3}).x
    return round(float(found), 2) + 0.0


def _kept_aside(judged: JudgedLabels, history: History) -> JudgedLabels:
    frames = [
        int(scan) << 32 | frame
        for scan, of_scan in history.split["validation"]["frames"].items()
        for frame in of_scan
    ]
    return judged.select(numpy.isin(judged.frames, frames))


def _scores(judged: JudgedLabels, record: dict) -> dict | None:
    if not len(judged):
        return None
    probabilities = Calibration().probabilities(judged.logits)
    targets = judged.strong.astype(numpy.uint8)
    seed = record["options"]["seed"]
    return evaluate(probabilities, targets, frames=judged.frames, seed=seed).to_dict()
