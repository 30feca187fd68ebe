"""A model that knows many samples, fitted to one of them by a few labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy
from scipy.optimize import minimize_scalar
from scipy.special import log_expit

from ..beam import LIT
from ..classification.curve_context import context_logits
from ..classification.frame_classifier import FrameClassifier
from ..extraction import PatchedScan
from ..labels import LabelMap
from ..model import BeamModel
from ..rocking_curves import enough_frames

SHIFT_SPREAD = 0.7
"""How far the boundary may be expected to be from where the model has it, in calibrated logits.
From crystal to crystal it is 1.3; but labels say less of it than as many draws would, since they
come from few frames and as many of them are strong as weak."""

FARTHEST = 12.0


def adapt_context(
    model: BeamModel, scans: Sequence[tuple[PatchedScan, LabelMap]], *, device: str = "auto"
) -> BeamModel:
    """Move the boundary between weak and strong to where the labels say that it is.

    On one sample the context network orders the patches well; what differs from sample to sample
    is how far down the flank multiple scattering still counts. That is one number, a shift of its
    logits, found by logistic regression on the labelled patches with a normal prior.

    Parameters
    ----------
    model : BeamModel
        Returned as it is where it has no context network, or no labelled scan has curves.
    scans : sequence of (PatchedScan, LabelMap)
        Labelled scans.
    device : str
        As `darfix_wb.device.resolve_device`.
    """
    if model.context is None:
        return model
    parts = [
        _labelled_logits(model, patched, labels, device)
        for patched, labels in scans
        if enough_frames(patched)
    ]
    if not parts:
        return model
    logits, strong = (numpy.concatenate(part) for part in zip(*parts, strict=True))
    if len(numpy.unique(strong)) < len(LIT):
        return model
    calibrated = (logits + model.context_shift) / model.context_temperature
    shift = _fit(calibrated, strong) * model.context_temperature
    return replace(model, context_shift=model.context_shift + shift)


def _labelled_logits(
    model: BeamModel, patched: PatchedScan, labels: LabelMap, device: str
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """What the context network says of the labelled lit patches, and whether they are strong."""
    classifier = FrameClassifier(model, patched.grid, patched.background, device=device)
    logits = context_logits(model, patched, *classifier.look_at_scan(patched), device=device)
    known = numpy.isin(labels.values, LIT) & ~patched.empty
    return logits[known].astype(float), labels.values[known] == LIT[1]


def _fit(logits: numpy.ndarray, strong: numpy.ndarray) -> float:
    """The shift of calibrated logits; weak and strong count the same."""
    share = strong.mean()
    weight = numpy.where(strong, 0.5 / share, 0.5 / (1 - share))
    sign = numpy.where(strong, 1.0, -1.0)

    def loss(shift: float) -> float:
        prior = (shift / SHIFT_SPREAD) ** 2 / 2
        return float(prior - (weight * log_expit(sign * (logits + shift))).sum())

    return float(minimize_scalar(loss, bounds=(-FARTHEST, FARTHEST), method="bounded").x)
