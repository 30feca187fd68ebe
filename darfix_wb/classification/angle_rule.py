"""Weak and strong by the angle alone: how far a frame is from the patch's own Bragg peak."""

from __future__ import annotations

import numpy
from scipy.special import expit

from darfix_wb.beam import UNLABELLED, BeamCondition, BeamMap
from darfix_wb.errors import DarfixWBError
from darfix_wb.extraction import PatchedScan
from darfix_wb.labels import LabelMap
from darfix_wb.rocking_curves import distance_from_peak

from .result_warnings import refuse_wrapped, with_result_warnings

WEAK_Z = 1.5
STRONG_Z = 1.0
LEAST_SNR = 3.0

SURE_ENOUGH = 0.9
"""Patches of which the rule is at least so sure are labelled by it."""

BOUNDARY_Z = (WEAK_Z + STRONG_Z) / 2
"""Distance at which weak and strong are equally likely."""

LOGIT_SLOPE = 2 * numpy.log(0.95 / 0.05) / (WEAK_Z - STRONG_Z)

_UNSEEN = (0.6, 0.1, 0.3)
"""WEAK, STRONG, EMPTY where a frame far from the peak shows no signal."""


def angle_rule(patched: PatchedScan) -> BeamMap:
    """Classify by the distance from the peak of the patch's rocking curve, in widths of it.

    With ``z = (angle - peak) / width`` a patch is WEAK where ``|z| > 1.5``, STRONG where
    ``|z| < 1`` (each with probability 0.95 there, a logistic curve between), EMPTY where the curve
    does not rise (`PatchedScan.empty`). Where it is off the peak and below 3 sigma, WEAK is the
    likeliest but has a probability of 0.6 only. In units of the curve, the rule carries over to
    other steps, exposures and magnifications.

    Returns
    -------
    BeamMap
        Without model hash.

    Raises
    ------
    DarfixWBError
        If a rocking curve has less than three frames.
    """
    refuse_wrapped(patched)
    distance = distance_from_peak(patched)
    shape = (*distance.shape, len(BeamCondition))
    probabilities = numpy.zeros(shape, dtype=numpy.float32)
    strong = expit((BOUNDARY_Z - distance) * LOGIT_SLOPE)
    probabilities[..., BeamCondition.STRONG] = strong
    probabilities[..., BeamCondition.WEAK] = 1 - strong
    unseen = (patched.curves < LEAST_SNR * patched.noise) & (strong < 0.5)
    probabilities[unseen] = _UNSEEN
    probabilities[:, patched.empty] = numpy.eye(len(BeamCondition))[BeamCondition.EMPTY]
    beam_map = BeamMap(
        probabilities,
        patched.grid,
        method="angle-rule",
        warnings=patched.scan.warnings,
        record=patched.record(device="cpu"),
    )
    return with_result_warnings(beam_map, patched)


def check_sure(sure: float) -> None:
    """Refuse a probability of `label_by_angle` that is out of range.

    Raises
    ------
    DarfixWBError
        With the range.
    """
    if not 0.5 <= sure < 1:
        raise DarfixWBError(
            "The probability from which a patch is labelled (sure) must be at least 0.5 and below "
            f"1, got {sure:g}. Give e.g. {SURE_ENOUGH:g}."
        )


def label_by_angle(
    patched: PatchedScan, *, sure: float = SURE_ENOUGH
) -> tuple[LabelMap, tuple[str, ...]]:
    """Labels to begin with, to be corrected by hand: what `angle_rule` is sure of.

    Parameters
    ----------
    patched : PatchedScan
        The scan and the rocking curves of its patches.
    sure : float
        Probability that the likeliest condition must have, from 0.5 up to but not including 1;
        patches below it stay unlabelled, as do frames that are in no rocking curve.

    Returns
    -------
    labels : LabelMap
        Weak, strong and empty patches.
    warnings : tuple of str
        Those of `angle_rule`.

    Raises
    ------
    DarfixWBError
        As `angle_rule`, or if `sure` is out of range.
    """
    check_sure(sure)
    beam_map = angle_rule(patched)
    known = beam_map.probabilities.max(axis=-1) >= sure
    known[~patched.scan.used] = False
    values = numpy.where(known, beam_map.condition(), UNLABELLED)
    return LabelMap(values, patched.grid, patched.scan.source), beam_map.warnings
