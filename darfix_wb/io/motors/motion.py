"""Whether a motor was moved or only jitters, and at which frames it stepped."""

from __future__ import annotations

import numpy

LEAST_STEP = 1e-3
"""A motor steps where it moves by more than this share of its largest move."""

MOVE_TO_NOISE = 7.0
"""A motor steps where it moves by more than this many times the noise of its position."""

RANGE_TO_NOISE = 10.0
"""A motor was moved if its range is larger than this many times the noise of its position."""

CLEAR_SIGNAL = 5.0
"""Of two motors, one moves more clearly if its range over noise is this many times larger."""

_FULL_SIGNAL = 1000.0
_NORMAL_QUARTILE = 0.45
_NOISE_OF_A_MOVE = 4.0
_GAP = 1.8
_HALF_NORMAL_MAD = 0.564


def noise(values: numpy.ndarray) -> float:
    """Standard deviation of the position of a motor around its path, at most.

    It is taken from the spread of the step sizes, so that equal steps, returns to the start of a
    line and turns do not count.

    Examples
    --------
    >>> noise(numpy.tile(numpy.arange(8.0), 5))
    0.0
    """
    if values.size < 2:
        return 0.0
    steps = numpy.abs(numpy.diff(values))
    return float(numpy.median(numpy.abs(steps - numpy.median(steps))) / _HALF_NORMAL_MAD)


def signal(values: numpy.ndarray) -> float:
    """Range of a motor over its noise, at most 1000."""
    spread = numpy.ptp(values)
    return float(spread / max(noise(values), spread / _FULL_SIGNAL)) if spread else 0.0


def step_starts(values: numpy.ndarray) -> numpy.ndarray:
    """Frames at which a motor stepped from where it stood.

    Parameters
    ----------
    values : numpy.ndarray
        ``(n_frames,)`` float64, position at each frame.

    Returns
    -------
    numpy.ndarray
        ``(n_steps,)`` int64: the first frame after each step.
    """
    moves = numpy.abs(numpy.diff(values))
    if not moves.any():
        return numpy.zeros(0, dtype=int)
    least = LEAST_STEP * moves.max()
    standing = numpy.quantile(moves, 0.25) / _NORMAL_QUARTILE
    least = max(least, _NOISE_OF_A_MOVE * standing)
    sizes = numpy.append(least, numpy.sort(moves[moves > least]))
    ratios = numpy.append(sizes[1:] / sizes[:-1], 1.0)
    if standing > LEAST_STEP * moves.max():
        gaps = numpy.flatnonzero(ratios > _GAP)
        top = sizes[gaps[0]] if gaps.size else MOVE_TO_NOISE * standing
    else:
        top = sizes[ratios.argmax()]  # an encoder at rest may change by a count now and then
    return 1 + numpy.flatnonzero(moves > top)


def is_stepped(values: numpy.ndarray) -> bool:
    """Whether a motor stands for two frames or more between its steps.

    The slow motors of a grid do; so does a motor at which each exposure is repeated.
    """
    starts = step_starts(values)
    if not starts.size or 2 * starts.size > values.size:
        return False
    runs = numpy.split(values, starts)
    heights = numpy.abs(values[starts] - values[starts - 1])
    wander = numpy.median([numpy.ptp(run) for run in runs])
    lonely = sum(len(run) < 2 for run in runs[1:-1])
    return bool(wander < 0.3 * numpy.median(heights) and lonely <= 0.2 * len(runs))


def is_moved(values: numpy.ndarray) -> bool:
    """Whether a motor was moved on purpose, and does not only jitter where it stands.

    Parameters
    ----------
    values : numpy.ndarray
        ``(n_frames,)`` float64, position at each frame.

    Examples
    --------
    >>> is_moved(numpy.linspace(0, 1, 31))
    True
    >>> is_moved(5 + 1e-4 * numpy.random.default_rng(0).normal(size=31))
    False
    """
    steps = numpy.diff(values)
    if not steps.any():
        return False
    if values.size < 5 or is_stepped(values):
        return True
    if numpy.median(numpy.abs(steps)) == 0 or _is_erratic(values):
        return False  # stands for most of the time, and flickers now and then
    if numpy.all(steps >= 0) or numpy.all(steps <= 0):
        return True
    deviations = numpy.sum((values - values.mean()) ** 2)
    is_smooth = numpy.sum(steps**2) < 0.5 * deviations  # 2 for noise
    return bool(signal(values) > RANGE_TO_NOISE or is_smooth or _is_evenly_spaced(values))


def _is_evenly_spaced(values: numpy.ndarray) -> bool:
    """Whether the positions are those of one scan taken in any order."""
    gaps = numpy.diff(numpy.sort(values))
    return bool(gaps.std() < 0.3 * gaps.mean())


def _is_erratic(values: numpy.ndarray) -> bool:
    """Whether a motor jumps between few positions without an order, as an encoder at rest does."""
    gaps = numpy.diff(numpy.sort(values))
    largest = gaps.max()
    levels = position_levels(values, 0.3 * largest)
    is_continuous = numpy.any((gaps > 0.1 * largest) & (gaps < 0.3 * largest))
    if is_continuous or levels.max() >= values.size // 3:
        return False
    directions = numpy.sign(numpy.diff(levels))
    if numpy.mean(directions[1:] * directions[:-1] > 0) > 0.15:
        return False
    following: dict[tuple[int, int], list[int]] = {}
    for before, now, after in zip(levels, levels[1:], levels[2:], strict=False):
        following.setdefault((before, now), []).append(after)
    expected = sum(max(map(seen.count, set(seen))) for seen in following.values())
    return expected < 0.8 * (values.size - 2)


def position_levels(values: numpy.ndarray, gap: float) -> numpy.ndarray:
    """``(n,)`` int64: number of the position that each value belongs to, by increasing position.

    Two values belong to one position if no `gap` lies between them.
    """
    order = numpy.argsort(values, kind="stable")
    levels = numpy.empty(values.size, dtype=int)
    levels[order] = numpy.concatenate([[0], numpy.cumsum(numpy.diff(values[order]) > gap)])
    return levels
