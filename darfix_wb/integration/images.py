"""Weak- and strong-beam images: the frames of a scan summed where they show one or the other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numba
import numpy

from ..beam import BeamCondition, BeamMap
from ..detection.dislocation_map import DislocationMap
from ..errors import DarfixWBError
from ..extraction import PatchedScan
from ..pixels import PixelMask, isolated_pixels
from ..progress import SILENT, Monitor
from ..rocking_curves import peak_positions
from ..threads import over_rows
from .background import above_background, paper_post_processing
from .sums import BeamSums, Ramp
from .threshold import check_threshold

MODES = ("default", "paper")
IMAGES = ("weak", "strong", "weak_low", "weak_high")

FULL_WEIGHT = 0.7
"""A pixel has full weight from this probability on, and none below one half."""

LEAST_WEIGHT = 0.5
"""Frames that contribute to a mean at least."""

Sums = tuple[numpy.ndarray, numpy.ndarray]

RAMPS = {"default": Ramp(0.5, 1 / (FULL_WEIGHT - 0.5), 0.0), "paper": Ramp(0.5, 2.0**40, 1.0)}
"""With ``"paper"``, a step at one half, which counts."""


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
    interpolate: bool = False,
    monitor: Monitor = SILENT,
) -> BeamImages:
    """Sum the weak- and the strong-beam signal of a scan; eight frames are held at a time.

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
    interpolate : bool
        Whether probabilities are interpolated between the centres of patches, instead of blended
        where patches overlap: for patches side by side, whose edges would be seen.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Raises
    ------
    DarfixWBError
        If the map is of other frames, the mode is unknown or the threshold out of its range.
    """
    _check(patched, beam_map, mode)
    threshold = check_threshold(mode, threshold)
    images = sum_images(
        patched,
        beam_map,
        mode=mode,
        weak_frames=weak_frames,
        interpolate=interpolate,
        monitor=monitor,
    )
    mask = patched.scan.mask
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


def sum_images(
    patched: PatchedScan,
    beam_map: BeamMap,
    *,
    mode: str = "default",
    weak_frames: numpy.ndarray | None = None,
    interpolate: bool = False,
    monitor: Monitor = SILENT,
) -> dict[str, numpy.ndarray]:
    """Images and contribution counts by their names in `BeamImages`, without the binary map.

    Parameters
    ----------
    patched, beam_map, mode, weak_frames, interpolate, monitor
        As in `integrate`.

    Raises
    ------
    DarfixWBError
        If the map is of other frames, or the mode is unknown.
    """
    _check(patched, beam_map, mode)
    scan, grid = patched.scan, beam_map.grid
    if weak_frames is not None:
        weak_frames[~scan.used] = 0
    sums = BeamSums(
        grid.interpolation if interpolate else grid.blending,
        peak_positions(patched)[0],
        RAMPS[mode],
        0.0 if mode == "paper" else patched.background.level,
        int(scan.used.sum()),
    )
    for curve, frames in enumerate(scan.curves):
        for index in frames:
            monitor.check("Integration was cancelled.")
            shares = _shares(beam_map.probabilities[index], mode)
            frame = scan.frame(index)
            sums.add(frame, shares, scan.angles[index], curve)
            if weak_frames is not None:
                above_dark = patched.background.subtract(frame)
                sums.fill_signal(above_dark, shares[0], weak_frames[index])
            monitor.report((index + 1) / scan.n_frames)
    sums.finish()
    images = _images(*sums.sums, divide=mode == "default")
    for name in IMAGES if scan.mask is not None else ():
        images[name][scan.mask.invalid] = numpy.nan
    return images


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


def _shares(probabilities: numpy.ndarray, mode: str) -> numpy.ndarray:
    """What is blended of weak and strong beam, ``(2, rows, columns)`` float32."""
    conditions = (BeamCondition.WEAK, BeamCondition.STRONG)
    if mode == "paper":
        likeliest = probabilities.argmax(axis=-1)
        return numpy.stack([likeliest == one for one in conditions]).astype(numpy.float32)
    return numpy.stack([probabilities[..., one] for one in conditions])


def _images(low: Sums, high: Sums, strong: Sums, *, divide: bool) -> dict[str, numpy.ndarray]:
    """Images and contribution counts, float32, of `BeamSums`, whose signals become images."""
    weak = (low[0] + high[0], low[1] + high[1])
    parts = {"weak_low": low, "weak_high": high, "weak": weak, "strong": strong}
    if divide:
        for signal, weight in parts.values():
            over_rows(partial(_divide, signal, weight), len(signal))
    images = {name: signal for name, (signal, _) in parts.items()}
    images |= {"weak_count": weak[1], "strong_count": strong[1]}
    return {name: image.astype(numpy.float32, copy=False) for name, image in images.items()}


@numba.njit(nogil=True, cache=True)
def _divide(signal, weight, first, last):
    """Means in some rows, in place; NaN where less than half a frame contributed."""
    least, nothing = numpy.float32(LEAST_WEIGHT), numpy.float32(numpy.nan)
    for row in range(first, last):
        own, by = signal[row], weight[row]
        for k in range(own.size):
            own[k] = own[k] / by[k] if by[k] > least else nothing
