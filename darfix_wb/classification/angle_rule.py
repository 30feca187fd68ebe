"""Weak and strong by the angle alone: how far a frame is from the patch's own Bragg peak."""

from __future__ import annotations

import numpy
from scipy.special import expit

from darfix_wb.beam import BeamCondition, BeamMap
from darfix_wb.extraction import PatchedScan
from darfix_wb.rocking_curves import distance_from_peak

from .result_warnings import refuse_wrapped, with_result_warnings

WEAK_Z = 1.5
STRONG_Z = 1.0
LEAST_SNR = 3.0

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
