"""Jumps of the beam's intensity from frame to frame."""

from __future__ import annotations

import math

import numpy

from ..extraction import PatchedScan
from .finding import Finding
from .positions import swept_curves
from .wording import first_few

LEAST_JUMP = math.log(1.25)
"""Smaller changes are not told, in the logarithm of the intensity."""

STANDS_OUT = 3.0
"""A jump is so many times what the curve does by itself two and three frames away."""

LEAST_SNR = 5.0
LEAST_PATCHES = 6
LARGEST_SPREAD = 0.3
"""Patches jump alike if they differ by no more than this share of the jump (median deviation)."""


def bends(patched: PatchedScan) -> tuple[numpy.ndarray, numpy.ndarray]:
    """How far each frame lies above or below the middle of its neighbours, in all patches alike.

    Parameters
    ----------
    patched : PatchedScan
        The scan and its rocking curves.

    Returns
    -------
    bend : numpy.ndarray
        ``(n_frames,)`` float64: median over the bright patches of the logarithm of the intensity
        over the geometric mean of those of its neighbours on the curve; NaN where too few are
        bright.
    together : numpy.ndarray
        ``(n_frames,)`` bool: the bright patches rise or fall alike.
    """
    bend = numpy.full(patched.scan.n_frames, numpy.nan)
    together = numpy.zeros(patched.scan.n_frames, dtype=bool)
    for frames in swept_curves(patched.scan):
        curves = patched.curves[frames].reshape(len(frames), -1)
        bright = curves > LEAST_SNR * patched.noise
        logs = numpy.log(numpy.maximum(curves, patched.noise))
        second = logs[1:-1] - (logs[:-2] + logs[2:]) / 2
        usable = bright[1:-1] & bright[:-2] & bright[2:]
        for index, values, chosen in zip(frames[1:-1], second, usable, strict=True):
            if chosen.sum() >= LEAST_PATCHES:
                bend[index] = numpy.median(values[chosen])
                spread = numpy.median(numpy.abs(values[chosen] - bend[index]))
                together[index] = spread <= LARGEST_SPREAD * abs(bend[index])
    return bend, together


def beam_jumps(patched: PatchedScan) -> tuple[dict[int, float], int]:
    """Frames at which the intensity of the beam jumps.

    A rocking curve bends by itself near its peak. A jump stands out of the bends two and three
    frames away, and takes all patches alike. The frame in which most patches peak may be brighter
    than its neighbours by any factor.

    Parameters
    ----------
    patched : PatchedScan
        The scan and its rocking curves.

    Returns
    -------
    jumps : dict
        Factor on the intensity by frame; one frame of those next to each other.
    n_seen : int
        Number of frames that could be looked at.

    Examples
    --------
    >>> from darfix_wb.extraction import extract
    >>> from darfix_wb.scan import RockingScan
    >>> frames = numpy.random.default_rng(0).normal(100, 4, (12, 192, 192))
    >>> frames[:, :, :150] += 200
    >>> frames[6, :, :150] -= 120
    >>> jumps, n_seen = beam_jumps(extract(RockingScan(frames, numpy.arange(12.0))))
    >>> {frame: round(factor, 1) for frame, factor in jumps.items()}, n_seen
    ({6: 0.4}, 10)
    """
    bend, together = bends(patched)
    candidates: dict[int, float] = {}
    for frames in swept_curves(patched.scan):
        here = bend[frames]
        padded = numpy.pad(numpy.abs(here), 3, constant_values=numpy.nan)
        away = numpy.stack([padded[3 + shift : 3 + shift + len(here)] for shift in (-3, -2, 2, 3)])
        known = numpy.isfinite(away)
        usual = numpy.where(known, away, 0).max(axis=0)
        jumps = numpy.abs(here) > numpy.maximum(LEAST_JUMP, STANDS_OUT * usual)
        for place in numpy.flatnonzero(jumps & together[frames] & (known.sum(axis=0) >= 2)):
            candidates[int(frames[place])] = float(here[place])
    highest = {
        index: math.exp(value)
        for index, value in sorted(candidates.items())
        if all(abs(value) >= abs(candidates.get(index + near, 0)) for near in (-1, 1))
        and not (value > 0 and index in _peak_frames(patched))
    }
    return highest, int(numpy.isfinite(bend).sum())


def _peak_frames(patched: PatchedScan) -> set[int]:
    """The frame of each curve in which most patches are brightest."""
    curves = numpy.nan_to_num(patched.curves, nan=-numpy.inf)
    brightest = [curves[frames].argmax(axis=0) for frames in patched.scan.curves]
    pairs = zip(patched.scan.curves, brightest, strict=True)
    return {int(frames[numpy.bincount(places.ravel()).argmax()]) for frames, places in pairs}


def beam_finding(jumps: dict[int, float], n_seen: int, n_frames: int) -> Finding:
    """Jumps in words.

    Parameters
    ----------
    jumps, n_seen
        From `beam_jumps`.
    n_frames : int
        Number of frames of the scan.
    """
    details = {"jumps": dict(jumps), "n_frames_seen": n_seen}
    if not n_seen:
        return Finding(
            "beam", "Jumps of the beam cannot be detected: too few patches are bright.", details
        )
    if not jumps:
        return Finding(
            "beam",
            f"No jump of the intensity stands out in the {n_seen} of {n_frames} frames that could "
            "be compared with their neighbours.",
            details,
        )
    factors = [f"{factor:.2g}" for factor in list(jumps.values())[:5]]
    return Finding("beam", "", details).look(
        f"The intensity jumps in {first_few(list(jumps), 'frame')} by a factor of about "
        f"{', '.join(factors)} in all patches alike: the beam was lost or refilled, or the "
        "exposure changed. Leave these frames out, or scale them by a beam monitor."
    )
