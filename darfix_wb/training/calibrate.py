"""Make the probabilities mean what they say, of a network and of a model on a sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from ..beam import CONDITION_NAMES, LIT
from ..classification.curve_context import context_logits
from ..classification.frame_classifier import FrameClassifier
from ..extraction import PatchedScan
from ..metrics import known_lit
from ..model import BeamModel, Calibration
from ..progress import SILENT, Monitor
from ..rocking_curves import enough_frames

TEMPERATURES = (0.05, 20.0)

ALPHA = 0.05
"""Share of the weak, and of the strong, patches whose prediction set may lack what they are."""

UNDECIDED = 0.05
"""A condition that a single frame gives more than this probability is left open. What is fitted on
crystals like those trained on would be surer, but a frame does not tell whether it is of one."""

ROUNDING = 1e-9

Judged = list[tuple[numpy.ndarray, numpy.ndarray]]
"""Of each scan the probabilities ``(n, 3)`` of its labelled lit patches, and what these are."""


def fit_temperature(
    logits: numpy.ndarray, targets: numpy.ndarray, classes: tuple[int, ...]
) -> float:
    """The temperature that makes held-out lit patches likeliest, known that they are lit.

    The targets are smoothed as by Platt, ``(n + 1) / (n + 2)`` for a condition with `n` patches,
    so that a few patches without an error do not make the network infinitely sure.

    Parameters
    ----------
    logits : numpy.ndarray
        ``(n, n_classes)`` of patches from frames that were not trained on.
    targets : numpy.ndarray
        ``(n,)`` of `BeamCondition`.
    classes : tuple of BeamCondition
        What the logits stand for.

    Returns
    -------
    float
        Divide the logits by it; 1.0 where no held-out patch is lit.

    Notes
    -----
    Sources: Guo et al., On calibration of modern neural networks, ICML 2017; Platt, Probabilistic
    outputs for support vector machines, 1999.
    """
    columns = [list(classes).index(condition) for condition in LIT]
    lit = numpy.isin(targets, LIT)
    if not lit.any():
        return 1.0
    logits, targets = (
        numpy.asarray(logits, dtype=float)[lit][:, columns],
        numpy.asarray(targets)[lit],
    )
    wanted = _smooth(targets)

    def loss(log_temperature: float) -> float:
        logs = log_softmax(logits / numpy.exp(log_temperature), axis=1)
        return -float((wanted * logs).sum(axis=1).mean())

    bounds = tuple(numpy.log(TEMPERATURES))
    return float(numpy.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x))


def conformal_thresholds(
    probabilities: numpy.ndarray,
    targets: numpy.ndarray,
    *,
    crystals: numpy.ndarray | None = None,
    alpha: float = ALPHA,
) -> tuple[float, float]:
    """How probable weak, and strong, must be to stay in the prediction set of a patch.

    Split conformal prediction with one threshold a condition: of further patches that are weak,
    drawn like those given here, a share of ``1 - alpha`` or more has weak in its set, and so for
    strong. The score of a patch is one minus the probability of what it is; q of a condition is
    the ``ceil((n + 1) (1 - alpha))``-th smallest of its n scores, and the threshold ``1 - q``.

    Patches of one crystal err together. Where it is known which crystal each is from, the promise
    is for crystals: of a patch of a further crystal, drawn like those given here, the set holds
    what the patch is with a probability of ``1 - alpha`` or more. Then q is where the distribution
    functions of the scores of the n crystals, summed, reach ``(n + 1) (1 - alpha)``: that is not
    below the quantile of all n + 1 crystals together, among which the further one is like any.

    Parameters
    ----------
    probabilities : numpy.ndarray
        ``(n, 3)``, calibrated, of patches that the network was not trained on.
    targets : numpy.ndarray
        ``(n,)`` of `BeamCondition`; only WEAK and STRONG are used.
    crystals : numpy.ndarray, optional
        ``(n,)`` int, equal where patches are from one crystal.
    alpha : float
        Share of the sets that may lack what the patch is, above 0 and below 1.

    Returns
    -------
    tuple of float
        Of weak and of strong, for `darfix_wb.beam.prediction_sets`. 0 for a condition with fewer
        than ``1 / alpha - 1`` patches, or crystals (19): too few to leave it out of any set.

    Notes
    -----
    Sources: Vovk, Gammerman and Shafer, Algorithmic learning in a random world, 2005 (by
    condition: the Mondrian predictors of chapter 4); Angelopoulos and Bates, A gentle introduction
    to conformal prediction, arXiv 2107.07511, 2021.
    """
    given_lit = known_lit(probabilities)
    crystals = numpy.arange(len(targets)) if crystals is None else crystals
    weak, strong = (
        _least(given_lit[targets == condition, condition], crystals[targets == condition], alpha)
        for condition in LIT
    )
    return weak, strong


def fit_thresholds(
    model: BeamModel,
    scans: Sequence[tuple[PatchedScan, numpy.ndarray]],
    *,
    device: str = "auto",
    monitor: Monitor = SILENT,
) -> BeamModel:
    """Fit the conformal thresholds of both calibrations, on frames alone and on rocking curves.

    Parameters
    ----------
    model : BeamModel
        With its context network and both calibrations. Where there are too few crystals with
        patches of a condition (`conformal_thresholds`) the thresholds that it has are kept.
    scans : sequence of (PatchedScan, numpy.ndarray)
        Scans of one crystal each, and ``(n_frames, rows, columns)`` uint8 of conditions: WEAK and
        STRONG where a patch is known and was not trained on.
    device : str
        As `darfix_wb.device.resolve_device`.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    BeamModel
        Its record says under ``"conformal"`` how many patches of each condition were used, and of
        how many crystals.
    """
    judged_alone: Judged = []
    judged_in_context: Judged = []
    for patched, condition in scans:
        labelled = numpy.isin(condition, LIT) & ~patched.empty
        if not labelled.any():
            continue
        targets = condition[labelled]
        classifier = FrameClassifier(model, patched.grid, patched.background, device=device)
        logits, log_spread = classifier.look_at_scan(patched, monitor=monitor)
        probabilities = model.calibration.probabilities(logits[labelled], model.classes)
        judged_alone.append((probabilities, targets))
        if enough_frames(patched):
            strong = context_logits(model, patched, logits, log_spread, device=device)
            probabilities = model.context_calibration.probabilities(strong[labelled])
            judged_in_context.append((probabilities, targets))
    conformal = {
        "alpha": ALPHA,
        "single_frames": _counts(judged_alone),
        "rocking_curves": _counts(judged_in_context),
        "crystals": len(judged_in_context),
    }
    alone = _with_thresholds(model.calibration, judged_alone)
    return replace(
        model,
        calibration=alone if alone == model.calibration else _leave_room(alone),
        context_calibration=_with_thresholds(model.context_calibration, judged_in_context),
        record={**model.record, "conformal": conformal},
    )


def _least(of_the_true: numpy.ndarray, crystals: numpy.ndarray, alpha: float) -> float:
    """``1 - q``: the largest probability below which so few lie of what the patches are."""
    _, crystal, n_patches = numpy.unique(crystals, return_inverse=True, return_counts=True)
    room = (len(n_patches) + 1) * alpha - 1
    if room < 0:
        return 0.0
    order = numpy.argsort(of_the_true)
    weights = 1 / n_patches[crystal[order]]
    below = numpy.cumsum(weights) - weights
    return float(of_the_true[order][below <= room + ROUNDING][-1])


def _smooth(targets: numpy.ndarray) -> numpy.ndarray:
    """``(n, 2)``: how sure each target is, in the order of LIT."""
    counts = numpy.array([numpy.count_nonzero(targets == condition) for condition in LIT])
    sure = (counts + 1) / (counts + 2)
    share = sure[targets]
    wanted = numpy.stack([1 - share, share], axis=1)
    return numpy.where((targets == LIT[1])[:, None], wanted, wanted[:, ::-1])


def _with_thresholds(calibration: Calibration, judged: Judged) -> Calibration:
    """The calibration with thresholds fitted, or as it is with too few patches of a condition."""
    if not judged:
        return calibration
    sizes = [len(targets) for _, targets in judged]
    thresholds = conformal_thresholds(
        *map(numpy.concatenate, zip(*judged, strict=True)),
        crystals=numpy.repeat(numpy.arange(len(judged)), sizes),
    )
    return replace(calibration, thresholds=thresholds) if all(thresholds) else calibration


def _leave_room(calibration: Calibration) -> Calibration:
    """Thresholds lowered so far that what is nearly as likely as not is in no doubt ambiguous.

    A low threshold makes sets larger, so that what they promise still holds.
    """
    pair = calibration.thresholds
    if pair is None:
        return calibration
    return replace(calibration, thresholds=tuple(min(one, UNDECIDED) for one in pair))


def _counts(judged: Judged) -> dict[str, int]:
    return {
        CONDITION_NAMES[condition]: sum(int((targets == condition).sum()) for _, targets in judged)
        for condition in LIT
    }
