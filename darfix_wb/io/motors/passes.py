"""Passes of a motor that goes over its range more than once."""

from __future__ import annotations

from itertools import pairwise

import numpy

_LEAST_RETURN = 0.25
_NOISE_OF_A_TURN = 8.0


def passes(values: numpy.ndarray, noise: float, *, always: bool = False) -> list[numpy.ndarray]:
    """Frames of each pass of a motor over its range, in the order of acquisition.

    The motor may return to its start for each pass, or turn. Where the passes do not come back to
    the same positions, they are one scan in another order (interlaced, random), and one pass.

    Parameters
    ----------
    values : numpy.ndarray
        ``(n_frames,)`` float64, position at each frame.
    noise : float
        Standard deviation of the positions around their path.
    always : bool, optional
        Split also where the passes do not come back to the same positions.

    Returns
    -------
    list of numpy.ndarray
        ``(n_steps,)`` int64 each; every frame is in exactly one.

    Examples
    --------
    >>> [part.tolist() for part in passes(numpy.array([0.0, 1, 2, 3, 0, 1, 2, 3, 2]), 0.0)]
    [[0, 1, 2, 3], [4, 5, 6, 7], [8]]
    """
    frames = numpy.arange(values.size)
    parts = numpy.split(frames, _starts(values, noise))
    if len(parts) > 1 and (always or _come_back(values, parts)):
        return parts
    return [frames]


def _starts(values: numpy.ndarray, noise: float) -> list[int]:
    """First frame of each pass but the first."""
    turns = [*_turns(values, noise), values.size - 1]
    starts, returning = [], False
    for turn, following in pairwise(turns):
        if returning:  # the way back, on which there is no frame
            returning = False
        elif following - turn == 1:
            starts.append(turn + 1)
            returning = True
        else:
            starts.append(_middle_of_turn(values, turn))
    return starts


def _turns(values: numpy.ndarray, noise: float) -> list[int]:
    """Frames from which the motor went back, by a quarter of its range or more."""
    least = max(_LEAST_RETURN * numpy.ptp(values), _NOISE_OF_A_TURN * noise)
    if not least:
        return []
    turns, low, high, direction = [], 0, 0, 0
    for frame, value in enumerate(values):
        low = frame if value < values[low] else low
        high = frame if value > values[high] else high
        if direction >= 0 and values[high] - value > least:
            turns += [high] if direction else []
            direction, low = -1, frame
            high = frame
        elif direction <= 0 and value - values[low] > least:
            turns += [low] if direction else []
            direction, high = 1, frame
            low = frame
    return turns


def _middle_of_turn(values: numpy.ndarray, turn: int) -> int:
    """First frame of the way back; of the frames at the turning point, half are on either way."""
    near = 0.5 * numpy.median(numpy.abs(numpy.diff(values)))
    first = last = turn
    while first > 0 and abs(values[first - 1] - values[turn]) < near:
        first -= 1
    while last < values.size - 1 and abs(values[last + 1] - values[turn]) < near:
        last += 1
    return (first + last) // 2 + 1


def _come_back(values: numpy.ndarray, parts: list[numpy.ndarray]) -> bool:
    """Whether the passes come back to the same positions."""
    near = 0.25 * numpy.median(numpy.abs(numpy.diff(values)))
    owner = numpy.repeat(numpy.arange(len(parts)), [len(part) for part in parts])
    order = numpy.argsort(values, kind="stable")
    is_close = numpy.diff(values[order]) <= near
    is_other = numpy.diff(owner[order]) != 0
    met = numpy.zeros(values.size, dtype=bool)
    met[:-1] |= is_close & is_other
    met[1:] |= is_close & is_other
    counts = [met[owner[order] == part].mean() for part in range(len(parts))]
    return bool(numpy.median(counts) >= 0.5)
