"""Weak- and strong-beam images: the frames of a scan summed where they show one or the other."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy

from ..beam import BeamCondition, BeamMap
from ..detection.dislocation_map import DislocationMap
from ..errors import DarfixWBError
from ..extraction import PatchedScan
from ..pixels import PixelMask, isolated_pixels
from ..progress import SILENT, Monitor
from ..rocking_curves import CurveMaps, peak_positions
from .background import above_background, paper_post_processing
from .threshold import check_threshold

MODES = ("default", "paper")

FULL_WEIGHT = 0.7
"""A pixel has full weight from this probability on, and none below one half."""

RUN = 64
"""Pixels of a row that are skipped together where a frame has no weight."""


@dataclass(frozen=True)
class BeamImages:
    """What a scan shows in weak beam and in strong beam.

    In the mode ``default``, images are mean counts above dark per contributing frame, NaN where no
    frame contributed; in the mode ``paper`` they are sums of counts. Both are NaN in invalid
    pixels.

    Attributes
    ----------
    weak : numpy.ndarray
        ``(height, width)`` float32: all weak-beam frames.
    strong : numpy.ndarray
        ``(height, width)`` float32: all strong-beam frames.
    weak_low : numpy.ndarray
        ``(height, width)`` float32: weak beam on the low-angle flank (WB-).
    weak_high : numpy.ndarray
        ``(height, width)`` float32: weak beam on the high-angle flank (WB+).
    weak_count : numpy.ndarray
        ``(height, width)`` float32: number of frames that contributed to `weak` in each pixel.
    strong_count : numpy.ndarray
        ``(height, width)`` float32: number of frames that contributed to `strong` in each pixel.
    binary_map : numpy.ndarray
        ``(height, width)`` bool: where the weak-beam image rises above `threshold`, warm pixels
        left out.
    mode : str
        ``"default"`` or ``"paper"``.
    threshold : float
        In sigma above the local background (``default``), or as a share of the brightest pixel.
    excess : numpy.ndarray, optional
        ``(height, width)`` float32: what `threshold` is held against, in its unit; NaN where no
        frame contributed, and in warm pixels.
    invalid : numpy.ndarray, optional
        ``(height, width)`` bool: pixels that hold no counts; the images are NaN there.
    dislocations : DislocationMap, optional
        Where the scan shows dislocations; not part of `integrate`, see
        `darfix_wb.detection.map_dislocations`.
    """

    weak: numpy.ndarray
    strong: numpy.ndarray
    weak_low: numpy.ndarray
    weak_high: numpy.ndarray
    weak_count: numpy.ndarray
    strong_count: numpy.ndarray
    binary_map: numpy.ndarray
    mode: str
    threshold: float
    excess: numpy.ndarray | None = None
    invalid: numpy.ndarray | None = None
    dislocations: DislocationMap | None = None


def integrate(
    patched: PatchedScan,
    beam_map: BeamMap,
    *,
    mode: str = "default",
    threshold: float | None = None,
    weak_frames: numpy.ndarray | None = None,
    monitor: Monitor = SILENT,
) -> BeamImages:
    """Sum the weak- and the strong-beam signal of a scan; frames are read one at a time.

    Parameters
    ----------
    patched : PatchedScan
        Scan, grid and background.
    beam_map : BeamMap
        Condition of each patch of the same frames.
    mode : str
        ``"default"``: counts above dark, weighted by blended probabilities, divided by the number
        of contributing frames. ``"paper"``: counts summed over whole patches, as in
        arXiv 2509.05017, section 2.
    threshold : float, optional
        Level of the binary map, see `BeamImages`; 5 sigma, or 0.6.
    weak_frames : numpy.ndarray, optional
        ``(n_frames, height, width)`` float32, filled with the weak-beam signal of each frame:
        counts above dark times the weight of the weak beam, not below 0. 0 where a frame is left
        out.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Raises
    ------
    DarfixWBError
        If the map is of other frames, the mode is unknown or the threshold out of its range.
    """
    _check(patched, beam_map, mode)
    threshold = check_threshold(mode, threshold)
    images = _integrate(patched, beam_map, mode, weak_frames, monitor=monitor)
    mask = patched.scan.mask
    for name in ("weak", "strong", "weak_low", "weak_high") if mask is not None else ():
        images[name][mask.invalid] = numpy.nan
    if mode == "paper":
        excess = paper_post_processing(images["weak"])
    else:
        excess = above_background(
            images["weak"], count=images["weak_count"], least=patched.background.sigma
        )
    excess.flat[_warm_pixels(images["weak"])] = numpy.nan
    return BeamImages(
        **images,
        binary_map=excess > threshold,
        mode=mode,
        threshold=threshold,
        excess=excess,
        invalid=None if mask is None else mask.invalid,
    )


def _warm_pixels(weak: numpy.ndarray) -> numpy.ndarray:
    """Flat indices of bright pixels that stand alone, too faint to be found in single frames."""
    mask = PixelMask(~numpy.isfinite(weak))
    return isolated_pixels(mask.mend(weak))[0]


def _integrate(
    patched: PatchedScan,
    beam_map: BeamMap,
    mode: str,
    weak_frames: numpy.ndarray | None,
    monitor: Monitor,
) -> dict[str, numpy.ndarray]:
    """Images and contribution counts by their names in `BeamImages`."""
    scan = patched.scan
    sums = numpy.zeros((3, 2, *scan.frame_shape))
    if weak_frames is not None:
        weak_frames[~scan.used] = 0
    peaks = CurveMaps(patched, peak_positions(patched)[0])
    for index in numpy.flatnonzero(scan.used):
        monitor.check("Integration was cancelled.")
        frame = scan.frame(index)
        signal = patched.background.subtract(frame)
        weak, strong = _weights(beam_map, index, mode)
        if weak_frames is not None:
            numpy.multiply(numpy.maximum(signal, 0), weak, out=weak_frames[index])
        counts = numpy.ascontiguousarray(frame if mode == "paper" else signal, numpy.float32)
        _add_frame(counts, weak, strong, peaks(index), scan.angles[index], sums)
        monitor.report((index + 1) / scan.n_frames)
    return _images(sums, divide=mode == "default")


def _check(patched: PatchedScan, beam_map: BeamMap, mode: str) -> None:
    if mode not in MODES:
        raise DarfixWBError(f"mode must be one of {', '.join(MODES)}, got {mode!r}. Choose one.")
    scan = patched.scan
    if (beam_map.n_frames, beam_map.grid.frame_shape) != (scan.n_frames, scan.frame_shape):
        raise DarfixWBError(
            f"The classification must be that of the frames to integrate ({scan.n_frames} of "
            f"{scan.frame_shape} px), got one of {beam_map.n_frames} frames of "
            f"{beam_map.grid.frame_shape} px. Classify this dataset."
        )


def _weights(beam_map: BeamMap, index: int, mode: str) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Weights of weak and strong beam, ``(height, width)`` float32 each."""
    probabilities, stitch = beam_map.probabilities[index], beam_map.grid.stitch
    conditions = (BeamCondition.WEAK, BeamCondition.STRONG)
    if mode == "paper":
        likeliest = probabilities.argmax(axis=-1)
        return tuple(
            (stitch(likeliest == condition) >= 0.5).astype(numpy.float32)
            for condition in conditions
        )
    return tuple(_sure(stitch(probabilities[..., condition])) for condition in conditions)


def _sure(blended: numpy.ndarray) -> numpy.ndarray:
    """Weight of a blended probability, in place."""
    blended -= numpy.float32(0.5)
    blended /= numpy.float32(FULL_WEIGHT - 0.5)
    return numpy.clip(blended, 0, 1, out=blended)


@numba.njit(nogil=True, cache=True)
def _add_frame(counts, weak, strong, peaks, angle, sums):
    """Take one frame in: `counts` by weight, and the weights, all ``(height, width)`` float32.

    `sums` are ``(3, 2, height, width)`` float64: of the weak beam where `angle` is below the
    pixel's peak, of the weak beam elsewhere, and of the strong beam; each of signal and of weight.
    """
    low, high = numpy.empty((2, counts.shape[1]), numpy.float32)
    for row in range(counts.shape[0]):
        _split(weak[row], peaks[row], angle, low, high)
        _add_row(counts[row], low, sums[0, 0, row], sums[0, 1, row])
        _add_row(counts[row], high, sums[1, 0, row], sums[1, 1, row])
        _add_row(counts[row], strong[row], sums[2, 0, row], sums[2, 1, row])


@numba.njit(nogil=True, cache=True)
def _split(weight, peaks, angle, low, high):
    for k in range(weight.size):
        is_low = angle < peaks[k]
        low[k] = weight[k] if is_low else numpy.float32(0)
        high[k] = numpy.float32(0) if is_low else weight[k]


@numba.njit(nogil=True, cache=True, fastmath={"reassoc"})
def _add_row(counts, weight, signal_sum, weight_sum):
    """Add a row of pixels; runs of them that have no weight are left alone."""
    for left in range(0, counts.size, RUN):
        run = slice(left, left + RUN)
        counts_run, weight_run = counts[run], weight[run]
        total = numpy.float32(0)
        for k in range(weight_run.size):
            total += weight_run[k]
        if total == 0:
            continue
        signal_run, total_run = signal_sum[run], weight_sum[run]
        for k in range(weight_run.size):
            signal_run[k] += numpy.float64(counts_run[k]) * weight_run[k]
            total_run[k] += weight_run[k]


def _images(sums: numpy.ndarray, divide: bool) -> dict[str, numpy.ndarray]:
    """Images and contribution counts, float32, of what `_add_frame` summed; uses the sums up."""
    low, high, strong = sums
    images = {"weak_low": _image(*low, divide), "weak_high": _image(*high, divide)}
    low += high
    for name, (signal, weight) in (("weak", low), ("strong", strong)):
        images[name] = _image(signal, weight, divide)
        images[f"{name}_count"] = weight.astype(numpy.float32)
    return images


def _image(signal: numpy.ndarray, weight: numpy.ndarray, divide: bool) -> numpy.ndarray:
    if not divide:
        return signal.astype(numpy.float32)
    mean = numpy.full(signal.shape, numpy.nan, dtype=numpy.float32)
    return numpy.divide(signal, weight, out=mean, where=weight > 0.5, casting="same_kind")
