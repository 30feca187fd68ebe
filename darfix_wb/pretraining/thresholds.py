"""The conformal thresholds of a model with a context network, from whole scans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy

from ..beam import CONDITION_NAMES, LIT
from ..classification.curve_context import context_logits
from ..classification.frame_classifier import FrameClassifier
from ..extraction import PatchedScan
from ..model import BeamModel
from ..networks import to_probabilities
from ..progress import SILENT, Monitor
from ..rocking_curves import enough_frames
from ..training.calibrate import ALPHA, conformal_thresholds

Known = list[tuple[numpy.ndarray, numpy.ndarray]]
"""Of each scan the probabilities ``(n, 3)`` of the known lit patches, and what these are."""


def fit_thresholds(
    model: BeamModel,
    scans: Sequence[tuple[PatchedScan, numpy.ndarray]],
    *,
    device: str = "auto",
    monitor: Monitor = SILENT,
) -> BeamModel:
    """Fit `thresholds` on each frame alone, and `context_thresholds` on the rocking curves.

    Parameters
    ----------
    model : BeamModel
        With its context network and both calibrations. Where there are too few patches of a
        condition (`conformal_thresholds`) the thresholds that it has are kept.
    scans : sequence of (PatchedScan, numpy.ndarray)
        Scans, and ``(n_frames, rows, columns)`` uint8 of conditions: WEAK and STRONG where a patch
        is known and was not trained on.
    device : str
        As `darfix_wb.device.resolve_device`.
    monitor : Monitor
        Told how far the work is, and asked whether it shall stop.

    Returns
    -------
    BeamModel
        Its record says under ``"conformal"`` how many patches of each condition were used.
    """
    alone: Known = []
    together: Known = []
    for patched, condition in scans:
        known = numpy.isin(condition, LIT) & ~patched.empty
        if not known.any():
            continue
        classifier = FrameClassifier(model, patched.grid, patched.background, device=device)
        logits, log_spread = classifier.look_at_scan(patched, monitor=monitor)
        said = to_probabilities(logits[known], model.classes, temperature=model.temperature)
        alone.append((said, condition[known]))
        if enough_frames(patched):
            strong = context_logits(model, patched, logits, log_spread, device=device)
            together.append((model.context_probabilities(strong[known]), condition[known]))
    return replace(
        model,
        thresholds=_fit(alone) or model.thresholds,
        context_thresholds=_fit(together) or model.context_thresholds,
        record={
            **model.record,
            "conformal": {
                "alpha": ALPHA,
                "single_frames": _counts(alone),
                "rocking_curves": _counts(together),
            },
        },
    )


def _fit(known: Known) -> tuple[float, float] | None:
    """The thresholds, or None where there are too few patches of a condition."""
    if not known:
        return None
    thresholds = conformal_thresholds(*map(numpy.concatenate, zip(*known, strict=True)))
    return thresholds if all(thresholds) else None


def _counts(known: Known) -> dict[str, int]:
    return {
        CONDITION_NAMES[condition]: sum(int((targets == condition).sum()) for _, targets in known)
        for condition in LIT
    }
