"""Lines of a grid: frames between two steps of the slow motors, each one rocking curve."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy

from .motion import is_stepped, noise, step_starts
from .passes import passes


def slow_motors(
    fast: numpy.ndarray,
    others: Mapping[str, numpy.ndarray],
    *,
    named: Collection[str] = (),
) -> tuple[str, ...]:
    """Motors whose steps begin a new line of the fast motor.

    A motor that stands still between its steps is one of them if the fast motor turns, returns or
    jumps where it steps. An encoder at rest that changes by a count while the fast motor goes on
    is none.

    Parameters
    ----------
    fast : numpy.ndarray
        ``(n_frames,)`` float64, positions of the fast motor.
    others : mapping of str to numpy.ndarray
        Positions of the other motors, as those of `fast`.
    named : collection of str, optional
        Motors that the command of the scan names as slow: these count as soon as they step.
    """
    steps = {name: step_starts(values) for name, values in others.items() if is_stepped(values)}
    starts = _union(steps[name] for name in steps if name in named)
    while gains := _gains(fast, starts, steps):
        starts = numpy.union1d(starts, steps[max(sorted(gains), key=gains.get)])
    found = [name for name in steps if numpy.isin(steps[name], starts).all()]
    return tuple(sorted(found, key=lambda name: steps[name].size, reverse=True))


def split_lines(
    fast: numpy.ndarray, slow: Mapping[str, numpy.ndarray], *, is_grid: bool = False
) -> list[numpy.ndarray]:
    """Frames of each line, in the order of acquisition.

    Parameters
    ----------
    fast : numpy.ndarray
        ``(n_frames,)`` float64, positions of the fast motor.
    slow : mapping of str to numpy.ndarray
        Positions of the motors whose steps begin a new line.
    is_grid : bool, optional
        Whether more motors were moved than those in `slow`, so that a return of the fast motor
        begins a new line though no motor is seen to step.

    Returns
    -------
    list of numpy.ndarray
        ``(n_steps,)`` int64 each; every frame is in exactly one.
    """
    starts = line_starts(slow)
    scatter = noise(fast)
    lines = []
    for run in numpy.split(numpy.arange(fast.size), starts):
        lines += [run[part] for part in passes(fast[run], scatter, always=is_grid)]
    return lines


def line_starts(slow: Mapping[str, numpy.ndarray]) -> numpy.ndarray:
    """``(n,)`` int64: first frame of each line but the first."""
    return _union(step_starts(values) for values in slow.values())


def is_ordered(values: numpy.ndarray) -> bool:
    """Whether a motor went along a line from one end to the other, apart from its noise."""
    steps = numpy.diff(values)
    deviations = numpy.sum((values - values.mean()) ** 2)
    return bool(values.size < 4 or numpy.sum(steps**2) < deviations)


def _gains(
    fast: numpy.ndarray, starts: numpy.ndarray, steps: Mapping[str, numpy.ndarray]
) -> dict[str, float]:
    """How much of the fast motor's way the steps of each motor explain beside `starts`."""
    gains = {}
    for name, own in steps.items():
        new = numpy.setdiff1d(own, starts)
        if new.size and _begins_lines(fast, starts, new):
            gains[name] = _detour(fast, starts) - _detour(fast, numpy.union1d(starts, new))
    return gains


def _begins_lines(fast: numpy.ndarray, starts: numpy.ndarray, new: numpy.ndarray) -> bool:
    both = numpy.union1d(starts, new)
    gain = _detour(fast, starts) - _detour(fast, both)
    length = numpy.median([numpy.ptp(run) for run in numpy.split(fast, both)])
    return gain >= 0.5 * length * new.size > 0 or _jumps(fast, both, new).mean() >= 0.75


def _detour(fast: numpy.ndarray, starts: numpy.ndarray) -> float:
    """How much longer the way of the fast motor is than the lines between `starts`."""
    runs = numpy.split(fast, starts)
    return sum(numpy.abs(numpy.diff(run)).sum() - abs(run[-1] - run[0]) for run in runs)


def _jumps(fast: numpy.ndarray, starts: numpy.ndarray, new: numpy.ndarray) -> numpy.ndarray:
    """Whether the fast motor's step into each `new` start differs from the one beside it."""
    steps = numpy.diff(fast, append=fast[-1])
    before = numpy.maximum(new - 2, 0)
    is_inside = (new >= 2) & ~numpy.isin(new - 1, starts)
    beside = numpy.where(is_inside, steps[before], steps[new])
    usual = numpy.median(numpy.abs(steps[:-1]))
    return numpy.abs(steps[new - 1] - beside) > 0.5 * usual + 5 * noise(fast)


def _union(several) -> numpy.ndarray:
    return numpy.unique(numpy.concatenate([numpy.zeros(0, dtype=int), *several]))
