"""Weak and strong by the angle alone: how far a frame is from the patch's own Bragg peak."""

from __future__ import annotations

import numpy
from scipy.signal import find_peaks
from scipy.special import expit

from darfix_wb.beam import BeamCondition, BeamMap
from darfix_wb.errors import DarfixWBError
from darfix_wb.extraction import PatchedScan

PEAK_SHARE = 0.2
"""Values above this share of a curve's maximum make up its peak; also a peak's least prominence."""

PEAK_SNR = 5.0
"""A peak's least prominence in sigma of a patch's mean: the range of noise alone is nearly that."""

WEAK_Z = 1.5
STRONG_Z = 1.0
LEAST_SNR = 3.0
LEAST_STEPS = 3

SIGMA_PER_FWHM = 1 / 2.355

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
    distance = distance_from_peak(patched)
    shape = (*distance.shape, len(BeamCondition))
    probabilities = numpy.zeros(shape, dtype=numpy.float32)
    strong = expit((BOUNDARY_Z - distance) * LOGIT_SLOPE)
    probabilities[..., BeamCondition.STRONG] = strong
    probabilities[..., BeamCondition.WEAK] = 1 - strong
    unseen = (patched.curves < LEAST_SNR * patched.noise) & (strong < 0.5)
    probabilities[unseen] = _UNSEEN
    probabilities[:, patched.empty] = numpy.eye(len(BeamCondition))[BeamCondition.EMPTY]
    return BeamMap(probabilities, patched.grid, method="angle-rule")


def peak_angles(patched: PatchedScan) -> numpy.ndarray:
    """Angle of the highest peak of each patch in each rocking curve.

    Returns
    -------
    numpy.ndarray
        ``(n_curves, rows, columns)`` float64, in the unit of the scan's angles: the centre of
        mass of the values above 20 % of the curve's maximum. NaN where a curve has no signal.
    """
    return numpy.stack([_centre_and_width(patched, frames)[0] for frames in patched.scan.curves])


def distance_from_peak(patched: PatchedScan) -> numpy.ndarray:
    """How far each frame is from the nearest peak of each patch, in widths of its rocking curve.

    Returns
    -------
    numpy.ndarray
        ``(n_frames, rows, columns)`` float64, ``|z|``; infinite where a curve has no signal.

    Raises
    ------
    DarfixWBError
        If a rocking curve has less than three frames.
    """
    n_steps = patched.scan.curves.shape[1]
    if n_steps < LEAST_STEPS:
        raise DarfixWBError(
            f"The angle rule needs rocking curves of at least {LEAST_STEPS} frames, got {n_steps}. "
            "Classify single frames by a network."
        )
    distance = numpy.empty(patched.curves.shape)
    for frames in patched.scan.curves:
        angles = patched.scan.angles[frames]
        centre, width = _centre_and_width(patched, frames)
        z = numpy.abs(angles[:, None, None] - centre) / width
        _take_nearer_peaks(z, angles, patched.curves[frames], width, PEAK_SNR * patched.noise)
        distance[frames] = numpy.nan_to_num(z, nan=numpy.inf)
    return distance


def _centre_and_width(patched: PatchedScan, frames: numpy.ndarray) -> tuple:
    """Peak position and ``FWHM / 2.355`` of each patch, the latter not below the median."""
    angles = patched.scan.angles[frames]
    curves = numpy.maximum(patched.curves[frames], 0)
    top = curves.max(axis=0)
    signal = top > patched.noise
    above = numpy.where(curves > PEAK_SHARE * top, curves, 0)
    with numpy.errstate(invalid="ignore"):
        centre = (above * angles[:, None, None]).sum(axis=0) / above.sum(axis=0)
    centre[~signal] = numpy.nan
    steps = numpy.gradient(angles) if len(angles) > 1 else numpy.ones(1)
    fwhm = ((curves >= top / 2) * steps[:, None, None]).sum(axis=0)
    lit = signal & ~patched.empty
    typical = numpy.median(fwhm[lit]) if lit.any() else fwhm.max()
    smallest = steps[steps > 0].min() if steps.any() else 1.0
    return centre, numpy.maximum(numpy.maximum(fwhm, typical), smallest) * SIGMA_PER_FWHM


def _take_nearer_peaks(
    z: numpy.ndarray,
    angles: numpy.ndarray,
    curves: numpy.ndarray,
    width: numpy.ndarray,
    least: float,
) -> None:
    """Where a curve has several peaks, measure the distance from the nearest, in place.

    A peak stands out by a fifth of the curve's maximum and by `least` counts; the ends of the scan
    may be peaks.
    """
    prominence = numpy.maximum(PEAK_SHARE * curves.max(axis=0), least)
    padded = numpy.pad(curves, ((1, 1), (0, 0), (0, 0)), constant_values=curves.min())
    for row, column in numpy.ndindex(width.shape):
        peaks, _ = find_peaks(padded[:, row, column], prominence=prominence[row, column])
        if len(peaks) > 1:
            offsets = numpy.abs(angles[:, None] - angles[peaks - 1]) / width[row, column]
            z[:, row, column] = offsets.min(axis=1)
