"""The rocking peak: how many frames it takes, and whether the scan holds all of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy

from ..extraction import PatchedScan
from ..rocking_curves import PEAK_SHARE, PEAK_SNR, peak_centre_and_width
from .finding import Finding
from .positions import swept_curves, typical_step
from .wording import angle

FEW_POINTS = 3.0
"""Below so many frames above half the maximum, the width of a peak is known to a step only."""

LEAST_POINTS = 1.2
"""Below so many, most peaks show up in a single frame."""

LARGEST_EDGE_SHARE = 0.1

TAIL_LEVEL = 0.1
"""Frames below this share of the peak belong to the tails, where beams are weak."""

LEAST_TAIL_SHARE = 0.1

SEEN_SNR = 3.0
"""A patch shows signal in a frame above so many sigma of its mean."""

LEAST_SEEN_SHARE = 0.2
"""Of most simulated rocking scans and of real ones of single crystals, 96 % and more of the lit
patches of all frames show signal, and of dim ones 21 %; of mosaicity scans of two motors 11 and 18
%."""


@dataclass(frozen=True)
class Peaks:
    """The rocking peaks of all lit patches in all curves.

    Attributes
    ----------
    points : numpy.ndarray
        ``(n_peaks,)`` int64: frames of at least half the maximum.
    widths : numpy.ndarray
        ``(n_peaks,)`` float64: FWHM in the unit of the angles.
    at_edge : numpy.ndarray
        ``(n_peaks,)`` bool: the brightest frame is the first or the last of the curve.
    tails : numpy.ndarray
        ``(n_peaks,)`` float64: share of the frames of the curve that belong to the tails.
    """

    points: numpy.ndarray
    widths: numpy.ndarray
    at_edge: numpy.ndarray
    tails: numpy.ndarray


def measure_peaks(patched: PatchedScan) -> Peaks:
    """Measure the peak of each patch in each curve where it is lit.

    Parameters
    ----------
    patched : PatchedScan
        The scan and the rocking curves of its patches.
    """
    brightest = patched.curves[patched.scan.used].max(axis=0, initial=0)
    rows = [numpy.zeros((4, 0))]
    for frames in swept_curves(patched.scan):
        curves, angles = patched.curves[frames], patched.scan.angles[frames]
        top = curves.max(axis=0)
        lit = (top > PEAK_SNR * patched.noise) & (top > PEAK_SHARE * brightest) & ~patched.empty
        if lit.any():
            _, width = peak_centre_and_width(curves, angles, lit)
            place = curves.argmax(axis=0)
            points = (curves >= top / 2).sum(axis=0)
            tails = (curves < TAIL_LEVEL * top).mean(axis=0)
            at_edge = (place == 0) | (place == len(frames) - 1)
            rows.append(numpy.stack([points, width * 2.355, at_edge, tails])[:, lit])
    points, widths, at_edge, tails = numpy.concatenate(rows, axis=1)
    return Peaks(points.astype(int), widths, at_edge.astype(bool), tails)


def peaks_finding(patched: PatchedScan, *, with_tails: bool = True) -> Finding:
    """Frames per peak width, peaks at the edge of the scan, and tails.

    `with_tails` says whether a scan without tails is to be looked at: where there is much stray
    light, a right one has none by this measure.
    """
    if not swept_curves(patched.scan):
        return Finding(
            "rocking peak",
            "Peaks have no width without a curve of three frames or more of one sweep.",
        )
    peaks = measure_peaks(patched)
    if not peaks.points.size:
        return Finding("rocking peak", "No patch has a peak.").stop(
            "No patch carries any signal. Check that the right data set was chosen."
            + _peak_left_out(patched)
        )
    points, width = float(peaks.points.mean()), float(numpy.median(peaks.widths))
    step, unit = typical_step(patched.scan), patched.scan.unit
    few = ", so widths are known only to within a step" if points < FEW_POINTS else ""
    finding = Finding(
        "rocking peak",
        f"The peak of a patch is {angle(width, unit)} wide (FWHM): {points:.1f} frames of at "
        f"least half the maximum{few}.",
        {
            "fwhm": width, "frames_per_fwhm": points, "step": step,
            "share_at_edge": float(peaks.at_edge.mean()),
            "share_of_frames_in_tails": float(numpy.median(peaks.tails)),
        },
    )  # fmt: skip
    if points < LEAST_POINTS:
        finding = finding.look(
            f"Peaks hold {points:.1f} frames of at least half the maximum, so most show up in a "
            "single frame: take "
            f"steps below {angle(step, unit)}, three to a width."
        )
    return _with_dark_frames(_with_range(finding, peaks, with_tails), patched)


def _peak_left_out(patched: PatchedScan) -> str:
    """What to think of where frames were left out and no others carry signal."""
    if not patched.scan.left_out:
        return ""
    return (
        " Frames were left out: if one of them is the peak, the steps are too wide. Take smaller "
        "ones, three to the width of the peak."
    )


def _with_dark_frames(finding: Finding, patched: PatchedScan) -> Finding:
    """Whether the weak beam of lit patches is seen, or too faint for these frames."""
    lit = patched.curves[patched.scan.used][:, ~patched.empty]
    share = float((lit > SEEN_SNR * patched.noise).mean()) if lit.size else 0.0
    finding = replace(finding, details={**finding.details, "share_with_signal": share})
    if share >= LEAST_SEEN_SHARE:
        return finding
    return finding.look(
        f"Lit patches show signal in {share:.0%} of the frames only, and are as dark as the "
        "detector without X-rays in the others: no weak beam is seen there, whatever the patches "
        "are classified as. "
        "The shipped model knows scans in which it is seen in nearly all frames. Expose longer, or "
        "scan fewer angles around the peak."
    )


def _with_range(finding: Finding, peaks: Peaks, with_tails: bool) -> Finding:
    edge_share, tail_share = peaks.at_edge.mean(), numpy.median(peaks.tails)
    if edge_share > LARGEST_EDGE_SHARE:
        finding = finding.look(
            f"{edge_share:.0%} of the lit patches are brightest in the first or last frame of "
            "their rocking curve: the peak lies at or beyond the edge of the scan, and one flank "
            "alone cannot tell how far a frame is from it. Scan a wider range."
        )
    if with_tails and tail_share < LEAST_TAIL_SHARE:
        finding = finding.look(
            f"In the typical patch {tail_share:.0%} of the frames are below {TAIL_LEVEL:.0%} of "
            "the peak: the scan does not reach the tails, where beams are weak, and what counts as "
            "dark may be lit. Scan a wider range, or give the dark level."
        )
    return finding
