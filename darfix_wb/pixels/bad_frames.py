"""Find frames that were not taken as the others: missing, torn, repeated, or without the beam."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy

from .uniform_frames import flashes, frames_without_beam

ONE_VALUE_SHARE = 0.95

REPEATED_SHARE = 0.9
CHANCE_SHARE = 1e-3
TORN_SHARE = 0.05
"""Of the rows of blocks: as many must be wrong to call a frame torn."""

VOID_SHARE = 0.01
VOID_RATIO = 3.0
NEIGHBOURS = 3

LIT_SIGMA = 3.0
LIT_SHARE = 0.05
"""A block shows the beam above this many sigma of a pixel, and this share of its own peak."""

DARK_SHARE = 0.02
DARK_RATIO = 0.2
"""The beam is lost where no more than the first share of the blocks shows it; all that do before
and after are below the second share of that."""

LEAST_BLOCKS = 4
LEAST_STEPS = 5
LONGEST_LOSS = 1 / 3
"""Of a rocking curve: what is dark for longer may be the gap between two peaks."""

FLASH = 4.0
FLASH_SHARE = 0.9
RESOLVED = 4
"""Steps above half of the peak: on such curves no right frame is `FLASH` times as bright as both
beside it. Also steps that show the beam, for a dark one among them not to be a gap."""


@dataclass(frozen=True)
class BlockStatistics:
    """What is known of each block of pixels in each frame.

    Attributes
    ----------
    means, spreads : numpy.ndarray
        ``(n_frames, rows, columns)`` float64: mean and standard deviation, counts.
    void : numpy.ndarray
        ``(n_frames,)`` float64: share of the pixels that hold no counts in this frame only.
    background : float or None
        A value of whole blocks that means no signal: 0 where a background was subtracted.
    """

    means: numpy.ndarray
    spreads: numpy.ndarray
    void: numpy.ndarray
    background: float | None = None


def find_bad_frames(
    blocks: BlockStatistics, curves: Sequence[numpy.ndarray], level: float, sigma: float
) -> dict[int, str]:
    """Frames to leave out, each with the reason.

    Parameters
    ----------
    blocks : BlockStatistics
        Of all frames, in the order of acquisition.
    curves : sequence of numpy.ndarray
        Frames of each rocking curve by angle; other frames are not looked at.
    level, sigma : float
        Dark level and noise of a pixel, counts.

    Returns
    -------
    dict of int to str
        By frame, e.g. ``{14: "one value (0) in all pixels"}``.

    Examples
    --------
    >>> means = numpy.full((7, 4, 5), 100.0)
    >>> means += numpy.array([0, 8, 30, 0, 40, 9, 1])[:, None, None] * numpy.eye(4, 5)
    >>> spreads = numpy.random.default_rng(0).uniform(3.9, 4.1, means.shape)
    >>> blocks = BlockStatistics(means, spreads, numpy.zeros(7))
    >>> find_bad_frames(blocks, [numpy.arange(7)], level=100.0, sigma=1.0)
    {3: 'no beam'}
    """
    used = numpy.sort(numpy.concatenate(curves)) if len(curves) else numpy.arange(0)
    bad = _of_one_value(blocks, used)
    bad |= _repeated(blocks, _without(used, bad))
    bad |= _torn(blocks, _without(used, bad))
    signal = blocks.means - level
    for frames in curves:
        bad |= frames_without_beam(blocks.means, _without(frames, bad), sigma)
        bad |= flashes(blocks.means, _without(frames, bad), level, sigma)
        bad |= _without_beam(signal, _without(frames, bad), sigma)
        bad |= _too_bright(signal, _without(frames, bad), sigma)
    return {int(frame): bad[frame] for frame in sorted(bad)}


def _without(frames: numpy.ndarray, bad: dict[int, str]) -> numpy.ndarray:
    return frames[~numpy.isin(frames, list(bad))]


def _of_one_value(blocks: BlockStatistics, frames: numpy.ndarray) -> dict[int, str]:
    """Frames that were never written, or that the detector filled with one value."""
    bad = {}
    for frame in frames:
        constant = blocks.spreads[frame] == 0
        if constant.mean() < ONE_VALUE_SHARE:
            continue
        values = blocks.means[frame][constant]
        value = numpy.median(values)
        if value != blocks.background and (values == value).mean() >= ONE_VALUE_SHARE:
            bad[frame] = f"one value ({value:g}) in all pixels"
    return bad


def _repeated(blocks: BlockStatistics, frames: numpy.ndarray) -> dict[int, str]:
    """Frames that are the one before, wholly or in part.

    Where counts are few, as once a background was removed, blocks are equal by chance in many
    frames: those of the scan's median pair say nothing.
    """
    pairs = list(pairwise(frames))
    telling = [blocks.spreads[frame] > 0 for _, frame in pairs]
    equal = [
        here
        & (blocks.means[frame] == blocks.means[before])
        & (blocks.spreads[frame] == blocks.spreads[before])
        for (before, frame), here in zip(pairs, telling, strict=True)
    ]
    by_chance = float(numpy.median([part.mean() for part in equal])) if pairs else 0.0
    bad = {}
    for (before, frame), here, same in zip(pairs, telling, equal, strict=True):
        if by_chance > CHANCE_SHARE or here.sum() < LEAST_BLOCKS:
            continue
        rows = same.sum(axis=1) >= REPEATED_SHARE * numpy.maximum(here.sum(axis=1), 1)
        if same.sum() >= REPEATED_SHARE * here.sum():
            bad[frame] = f"repeats frame {before}"
        elif rows.mean() >= TORN_SHARE:
            bad[frame] = f"torn: part of it repeats frame {before}"
    return bad


def _torn(blocks: BlockStatistics, frames: numpy.ndarray) -> dict[int, str]:
    """Frames of which some rows were not written, unlike those before and after."""
    bad = {}
    constant = blocks.spreads == 0
    if not (constant.any() or blocks.void.any()):
        return bad
    constant &= blocks.means != blocks.background
    rows = constant.all(axis=2).mean(axis=1)
    for place, frame in enumerate(frames):
        near = frames[max(place - NEIGHBOURS, 0) : place + NEIGHBOURS + 1]
        near = near[near != frame]
        usual_void, usual_rows = (
            float(numpy.median(share[near])) if len(near) else 0.0 for share in (blocks.void, rows)
        )
        if blocks.void[frame] > VOID_SHARE + VOID_RATIO * usual_void:
            bad[frame] = f"torn: {blocks.void[frame]:.0%} of its pixels have no counts"
        elif rows[frame] >= TORN_SHARE + usual_rows:
            bad[frame] = f"torn: {rows[frame]:.0%} of its rows have one value"
    return bad


def _too_bright(signal: numpy.ndarray, frames: numpy.ndarray, sigma: float) -> dict[int, str]:
    """Frames that are much brighter than those on both sides, on curves that change slowly."""
    if len(frames) < LEAST_STEPS:
        return {}
    own = signal[frames]
    smooth = _without_spikes(own)
    peak = smooth.max(axis=0)
    lit = peak > LIT_SIGMA * sigma
    if lit.sum() < LEAST_BLOCKS:
        return {}
    steps = (smooth >= peak / 2).sum(axis=0)[lit]
    if numpy.median(steps) < RESOLVED:
        return {}
    beside = numpy.maximum(own[:-2], own[2:])
    ratio = own[1:-1] / numpy.maximum(beside, LIT_SIGMA * sigma)
    shares = (ratio > FLASH)[:, lit].mean(axis=1)
    return {
        frame: f"{numpy.median(part[lit]):.0f} times as bright as the frames beside it"
        for frame, share, part in zip(frames[1:-1], shares, ratio, strict=True)
        if share > FLASH_SHARE
    }


def _without_spikes(own: numpy.ndarray) -> numpy.ndarray:
    """Curves whose values are no higher than the higher one beside each."""
    smooth = own.copy()
    smooth[1:-1] = numpy.minimum(own[1:-1], numpy.maximum(own[:-2], own[2:]))
    return smooth


def _without_beam(signal: numpy.ndarray, frames: numpy.ndarray, sigma: float) -> dict[int, str]:
    """Frames, or rows of them, that are dark where those on both sides are lit."""
    if len(frames) < LEAST_STEPS:
        return {}
    own = signal[frames]
    on = own > numpy.maximum(LIT_SIGMA * sigma, LIT_SHARE * _without_spikes(own).max(axis=0))
    steps = on.sum(axis=0)
    if not on.any() or numpy.median(steps[steps > 0]) < RESOLVED:
        return {}
    bad = {frames[step]: "no beam" for step in _dark_steps(own, on)}
    whole = on.sum(axis=(1, 2))
    for part in _parts(own.shape[1]):
        rest = whole - on[:, part].sum(axis=(1, 2))
        for step in _dark_steps(own[:, part], on[:, part]):
            if 2 * rest[step] > min(rest[step - 1], rest[step + 1]) > 0:
                bad.setdefault(frames[step], "torn: part of it is dark")
    return bad


def _parts(n_rows: int) -> list[slice]:
    """The upper and the lower half, quarter and eighth of the rows of blocks."""
    sizes = [size for size in (n_rows // 2, n_rows // 4, n_rows // 8) if size]
    return [part for size in sizes for part in (slice(0, size), slice(n_rows - size, None))]


def _dark_steps(own: numpy.ndarray, on: numpy.ndarray) -> list[int]:
    """Steps in which nearly no block is on, between steps in which the same blocks are."""
    counts = on.sum(axis=(1, 2))
    dark = counts <= DARK_SHARE * counts.max()
    edges = numpy.flatnonzero(numpy.diff(numpy.concatenate([[0], dark, [0]])))
    found: list[int] = []
    for start, stop in edges.reshape(-1, 2):
        if start == 0 or stop == len(dark) or stop - start > LONGEST_LOSS * len(dark):
            continue
        expected = on[start - 1] & on[stop]
        if numpy.count_nonzero(expected) < max(LEAST_BLOCKS, counts.max() / 2):
            continue
        least = DARK_RATIO * numpy.minimum(own[start - 1], own[stop])[expected]
        run = range(start, stop)
        if all((own[step][expected] < least).mean() >= 1 - DARK_SHARE for step in run):
            found += run
    return found
