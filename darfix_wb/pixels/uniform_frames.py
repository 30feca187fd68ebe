"""Frames that are darker, or brighter, than all others in all places alike: no beam, or a flash."""

from __future__ import annotations

import numpy

ALL_BLOCKS = 0.9
"""Share of the blocks that stands for all of them."""

STEP_SIGMA = 0.75
"""Sigma of a pixel by which the mean of a block must lie lower than in any other frame."""

MOST_FRAMES = 1 / 3

FLASH = 3.0
UNIFORM_FLASH = 0.1
"""Largest spread of a bright frame's blocks, in their median: a crystal shows more."""

LEAST_FRAMES = 5
_SOME = (slice(None), slice(None, None, 2), slice(None, None, 2))


def frames_without_beam(
    means: numpy.ndarray, frames: numpy.ndarray, sigma: float
) -> dict[int, str]:
    """Frames in which even stray light and weak beam are gone.

    They lie below all others, and below those before and after. The first and the last are not
    looked at, since there the crystal may just be leaving its peak.

    Parameters
    ----------
    means : numpy.ndarray
        ``(n_frames, rows, columns)``: mean counts of blocks.
    frames : numpy.ndarray
        ``(n,)`` int64: a rocking curve by angle.
    sigma : float
        Noise of a pixel, counts.

    Returns
    -------
    dict of int to str
        Reason by frame.

    Examples
    --------
    >>> means = numpy.full((9, 4, 4), 110.0)
    >>> means[4, 1, 1] = 300
    >>> means[5:7] = 100
    >>> frames_without_beam(means, numpy.arange(9), 4.0)
    {5: 'no beam, or hardly any', 6: 'no beam, or hardly any'}
    """
    if len(frames) < LEAST_FRAMES:
        return {}
    own = means[frames][_SOME].reshape(len(frames), -1)
    low = numpy.quantile(own, MOST_FRAMES, axis=0) - STEP_SIGMA * sigma
    below = _all_blocks(own < low)
    if not below.any() or below.mean() > MOST_FRAMES:
        return {}
    others = own[~below].min(axis=0)
    bad = {}
    edges = numpy.flatnonzero(numpy.diff(numpy.concatenate([[0], below, [0]])))
    for start, stop in edges.reshape(-1, 2):
        if start == 0 or stop == len(own):
            continue
        run, sides = own[start:stop], own[[start - 1, stop]]
        is_lowest = _all_blocks(run < others).all()
        steps_down = _all_blocks(run < sides.min(axis=0) - STEP_SIGMA * sigma).all()
        if is_lowest and steps_down:
            bad |= dict.fromkeys(frames[start:stop].tolist(), "no beam, or hardly any")
    return bad


def flashes(
    means: numpy.ndarray, frames: numpy.ndarray, level: float, sigma: float
) -> dict[int, str]:
    """Frames that are several times as bright as both beside them, and hardly show a crystal.

    Parameters
    ----------
    means, frames, sigma
        As in `frames_without_beam`.
    level : float
        Dark level, counts.

    Returns
    -------
    dict of int to str
        Reason by frame.
    """
    if len(frames) < LEAST_FRAMES:
        return {}
    own = means[frames][_SOME].reshape(len(frames), -1) - level
    typical = numpy.median(own, axis=1)
    spread = numpy.median(numpy.abs(own - typical[:, None]), axis=1)
    padded = numpy.pad(typical, 1)
    beside = numpy.maximum(numpy.maximum(padded[:-2], padded[2:]), sigma)
    bright = (typical > FLASH * beside) & (spread < UNIFORM_FLASH * typical)
    bright &= _all_blocks(own > FLASH * numpy.median(own, axis=0))
    return {
        int(frame): f"{ratio:.0f} times as bright as the frames beside it"
        for frame, ratio in zip(frames[bright], (typical / beside)[bright], strict=True)
    }


def _all_blocks(true: numpy.ndarray) -> numpy.ndarray:
    return true.mean(axis=-1) >= ALL_BLOCKS
