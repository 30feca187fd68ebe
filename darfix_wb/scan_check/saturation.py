"""Pixels at the end of the detector's range, and counts that ran over it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from ..extraction import PatchedScan
from .finding import Finding
from .sample import Sample
from .watched_frames import WatchedFrames, finite_pixels
from .wording import first_few, number

LEAST_PIXELS = 10
"""Fewer saturated pixels of a sample are hot ones or cosmic rays."""

FRAME_SHARE = 1e-4
"""A frame counts as saturated if this share of its pixels is."""

PLATEAU_FROM = 0.95
"""Without saturation, most of the brightest pixels have different counts: as many as are between
this share of the maximum and the maximum itself must not have the maximum."""

SMALLEST_PLATEAU = 100.0
"""Counts above dark; whole numbers below this repeat by themselves."""

PATCH_SHARE = 0.98
"""A patch whose mean is this share of what its dtype holds is saturated."""

HALF = 0.5

NEAR_END = 0.01
"""Counts are near an end of their range within this share of it; counts that ran over are there in
more than this share of the pixels."""


@dataclass(frozen=True)
class Saturation:
    """Saturated pixels of a scan.

    Attributes
    ----------
    level : float or None
        Counts at which pixels are saturated; None where none is seen and the dtype has no end.
    n_pixels : int
        Pixels that are saturated in some frame of the sample.
    n_invalid : int
        Pixels at the dtype's maximum in all frames of the sample: invalid, not saturated.
    frames : tuple of int
        Frames in which more than one of ten thousand pixels is saturated.
    """

    level: float | None
    n_pixels: int
    n_invalid: int
    frames: tuple[int, ...]


def measure_saturation(patched: PatchedScan, watched: WatchedFrames, sample: Sample) -> Saturation:
    """Find saturated pixels.

    Parameters
    ----------
    patched : PatchedScan
        The scan, its mask and its dark level.
    watched : WatchedFrames
        Maxima of all frames.
    sample : Sample
        Largest and smallest counts of each pixel.
    """
    top = largest_count(watched.dtype)
    invalid = numpy.zeros(sample.brightest.shape, dtype=bool)
    if patched.scan.mask is not None:
        invalid |= patched.scan.mask.invalid
    stuck = sample.faintest >= top if top is not None else numpy.zeros_like(invalid)
    if len(sample.frames) > 1:
        invalid |= stuck
    values = finite_pixels(sample.brightest[~invalid])
    level = _level(values, top, patched.background.mean_level)
    if level is None or not values.size:
        return Saturation(top, 0, int(invalid.sum()), ())
    n_pixels = int(numpy.count_nonzero(values >= level))
    n_invalid = int(numpy.count_nonzero(invalid & (sample.faintest >= level)))
    n_highest = numpy.where(watched.highest >= level, watched.n_highest, 0) - n_invalid
    frames = numpy.flatnonzero(n_highest > FRAME_SHARE * invalid.size)
    return Saturation(level, n_pixels, n_invalid, tuple(frames.tolist()))


def largest_count(dtype: numpy.dtype) -> float | None:
    """The largest number of an integer dtype, None of others."""
    return float(numpy.iinfo(dtype).max) if numpy.dtype(dtype).kind in "ui" else None


def _level(values: numpy.ndarray, top: float | None, dark_level: float) -> float | None:
    """Counts at which pixels are saturated: the dtype's end, or where many pile up."""
    if not values.size:
        return None
    highest = float(values.max())
    if top is not None and highest >= top:
        return top
    n_highest = numpy.count_nonzero(values == highest)
    n_near = numpy.count_nonzero(values >= dark_level + PLATEAU_FROM * (highest - dark_level))
    piled_up = n_highest >= LEAST_PIXELS and n_highest >= HALF * n_near
    return highest if piled_up and highest - dark_level > SMALLEST_PLATEAU else None


def saturation_finding(
    found: Saturation, patched: PatchedScan, watched: WatchedFrames, sample: Sample
) -> Finding:
    """Saturated pixels, how many and in which frames, and counts that ran over."""
    wrapped = _wrapped(watched, sample)
    highest = numpy.nanmax(watched.highest, initial=-numpy.inf)
    details = {
        "level": found.level, "highest": float(highest), "n_pixels": found.n_pixels,
        "frames": list(found.frames),
    }  # fmt: skip
    if wrapped:
        return Finding("saturation", "", details).stop(wrapped)
    if not found.n_pixels:
        return Finding(
            "saturation", f"No pixel is saturated; the largest counts are {highest:.6g}.", details
        )
    n_frames, n_sample = len(found.frames), len(sample.frames)
    fact = f"{number(found.n_pixels, 'pixel')} of {n_sample} frames looked at reach {found.level:g}"
    if found.n_pixels < LEAST_PIXELS:
        return Finding("saturation", f"{fact} counts: hot pixels, or cosmic rays.", details)
    places = f", in {first_few(found.frames, 'frame')}" if n_frames else ""
    share = found.n_pixels / sample.brightest.size
    sentence = (
        f"{found.n_pixels} pixels ({share:.2%}) reach {found.level:g} counts, where the detector "
        f"saturates{places}: "
    )
    finding = Finding("saturation", "", details)
    if 2 * n_frames > patched.scan.n_frames:
        return finding.stop(
            f"{sentence}these are {n_frames} of {patched.scan.n_frames} frames, and their peaks "
            "are cut off. Record the scan with a shorter exposure."
        )
    return finding.look(
        f"{sentence}strong beam is cut off there, but weak beam is not affected. Take a shorter "
        "exposure where strong-beam intensities matter."
    )


def _wrapped(watched: WatchedFrames, sample: Sample) -> str:
    """A sentence about counts that were stored in too small a type, or an empty text."""
    kind, bits = watched.dtype.kind, 8 * watched.dtype.itemsize
    top = largest_count(watched.dtype)
    if top is None:
        return ""
    lowest, highest = numpy.nanmin(watched.lowest), numpy.nanmax(watched.highest)
    if kind == "i" and bits <= 16 and lowest < -HALF * top and highest > HALF * top:
        return (
            f"Counts lie on both sides of the range of {watched.dtype.name}, from {lowest:g} to "
            f"{highest:g}: unsigned counts were stored as signed ones, and the brightest became "
            f"negative. Convert them back to uint{bits}."
        )
    if kind == "u" and _ran_below_zero(sample.first, top):
        return (
            f"Many dark pixels have nearly the largest counts of {watched.dtype.name} beside "
            "others with nearly none: counts below 0 were stored as unsigned ones. Subtract the "
            "background in a signed or floating type."
        )
    return ""


def _ran_below_zero(image: numpy.ndarray, top: float) -> bool:
    """Whether many pixels are near `top` while their neighbours at the right are near 0."""
    high, low = image[:, :-1] > (1 - NEAR_END) * top, image[:, 1:] < NEAR_END * top
    return bool(numpy.count_nonzero(high & low) > NEAR_END * image.size)


def saturated_patches(patched: PatchedScan) -> int:
    """Number of patches whose mean is at the end of the dtype in some frame."""
    top = largest_count(patched.scan.frames.dtype)
    if top is None:
        return 0
    return int((patched.curves + patched.background.mean_level >= PATCH_SHARE * top).any(0).sum())
