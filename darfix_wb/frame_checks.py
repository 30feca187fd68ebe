"""Which frames of a scan are as they should be, and what to say about those that are not."""

from __future__ import annotations

from dataclasses import replace

import numpy

from .blocks import Blocks
from .errors import DarfixWBError
from .normalization import estimate_background
from .pixels import (
    IN_MEDIAN_LAYER,
    IN_MOST_LAYERS,
    LINE_DEFECT,
    SAMPLE_SIZE,
    BlockStatistics,
    find_bad_frames,
)
from .progress import SILENT, Monitor
from .scan import RockingScan, frame_list

LARGE_SHARE = 0.02
"""So many hot, dead and otherwise defective pixels are worth a warning; every detector has some."""

USUAL = {"hot", "dead", LINE_DEFECT, IN_MOST_LAYERS, IN_MEDIAN_LAYER}


def sample_frames(scan: RockingScan, *, monitor: Monitor = SILENT) -> dict[int, numpy.ndarray]:
    """Some frames, as they are in the file, spread evenly over those that are used.

    Parameters
    ----------
    scan : RockingScan
        The scan.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    dict of int to numpy.ndarray
        ``(height, width)`` by frame; at most `darfix_wb.pixels.SAMPLE_SIZE`.
    """
    used = numpy.flatnonzero(scan.used) if scan.used.any() else numpy.arange(scan.n_frames)
    places = numpy.linspace(0, len(used) - 1, min(SAMPLE_SIZE, len(used))).round().astype(int)
    seen = {}
    for number, index in enumerate(used[places]):
        monitor.check("Patch extraction was cancelled.")
        seen[int(index)] = numpy.asarray(scan.frames[index])
        monitor.report((number + 1) / len(places))
    return seen


def look_at_frames(scan: RockingScan, blocks: Blocks, void: numpy.ndarray) -> RockingScan:
    """The scan without its bad frames, and with what there is to say about frames and pixels.

    Parameters
    ----------
    scan : RockingScan
        The scan, with its mask.
    blocks : Blocks
        Of all its frames, mended.
    void : numpy.ndarray
        ``(n_frames,)``: share of the pixels without counts in this frame only.

    Raises
    ------
    DarfixWBError
        If more than half of the frames are bad.
    """
    bad = {}
    if (blocks.spreads > 0).any():
        background = estimate_background(blocks)
        no_signal = 0.0 if scan.mask.zeros_are_counts else None
        statistics = BlockStatistics(blocks.means, blocks.spreads, void, no_signal)
        level, sigma = background.mean_level, background.sigma
        bad = find_bad_frames(statistics, scan.curves, level, sigma)
    _check_enough(scan, bad)
    warnings = (*_about_pixels(scan), *_about_void(void, scan, bad), *_about_frames(bad))
    return replace(scan.leave_out(bad), warnings=tuple(dict.fromkeys((*scan.warnings, *warnings))))


def _check_enough(scan: RockingScan, bad: dict[int, str]) -> None:
    n_used = int(scan.used.sum())
    if 2 * len(bad) > n_used:
        shown = "; ".join(
            f"{frame_list(frames)} ({why})" for why, frames in _by_reason(bad).items()
        )
        raise DarfixWBError(
            f"At least half of the frames must be good, and {len(bad)} of {n_used} are not: "
            f"{shown}. Choose another scan, or a range of its frames."
        )


def _by_reason(bad: dict[int, str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for frame, reason in bad.items():
        found.setdefault(reason, []).append(frame)
    return found


def _about_pixels(scan: RockingScan) -> tuple[str, ...]:
    mask = scan.mask
    few = mask.n_invalid <= LARGE_SHARE * mask.invalid.size
    return () if few and set(mask.reasons) <= USUAL else mask.sentences


def _about_void(void: numpy.ndarray, scan: RockingScan, bad: dict[int, str]) -> tuple[str, ...]:
    frames = [frame for frame in numpy.flatnonzero(void * scan.used) if frame not in bad]
    if not frames:
        return ()
    return (
        f"In {len(frames)} frames up to {void[frames].max():.2%} of the pixels have no counts "
        "(NaN, or 0 and less, as where a correction of shifts fills the border): they are filled "
        "from their "
        "neighbours.",
    )


def _about_frames(bad: dict[int, str]) -> tuple[str, ...]:
    return tuple(
        f"Left out: {'frame' if len(frames) == 1 else 'frames'} {frame_list(frames)} ({reason}). "
        "What is left out is classified alone and is in no rocking curve and no image."
        for reason, frames in _by_reason(bad).items()
    )
