"""Rocking curves along a slower motor of a grid."""

from __future__ import annotations

from collections.abc import Mapping

import numpy

from ...errors import DarfixWBError
from .lines import line_starts, split_lines
from .motion import position_levels, step_starts


def curves_across(
    motor: str, slow: Mapping[str, numpy.ndarray], fast_name: str, fast: numpy.ndarray
) -> list[numpy.ndarray]:
    """Frames of each rocking curve along `motor`, in the order of acquisition.

    A curve has the frames at which all other motors were at one position: motors that are slower
    than `motor` stand, and those that are faster come back to it.

    Parameters
    ----------
    motor : str
        A key of `slow`.
    slow : mapping of str to numpy.ndarray
        ``(n_frames,)`` float64 each, positions of the slow motors.
    fast_name, fast : str, numpy.ndarray
        The fast motor, and its positions.

    Returns
    -------
    list of numpy.ndarray
        ``(n_steps,)`` int64 each; every frame is in exactly one.

    Raises
    ------
    DarfixWBError
        If the faster motors do not come back to the same positions.
    """
    steps = {name: step_starts(values).size for name, values in slow.items()}
    slower = {name: values for name, values in slow.items() if steps[name] < steps[motor]}
    faster = {name: values for name, values in slow.items() if name not in (motor, *slower)}
    stands = _stand_numbers(slow[motor])
    curves = []
    for block in _blocks(slower, fast.size):
        gap = 0.5 * _usual_step(fast[block], {name: values[block] for name, values in slow.items()})
        keys = [position_levels(fast[block], gap)]
        keys += [position_levels(values[block], _half_step(values)) for values in faster.values()]
        _, groups = numpy.unique(keys, axis=1, return_inverse=True)
        curves += [block[groups.ravel() == group] for group in range(groups.max() + 1)]
    crowded = sum(len(numpy.unique(stands[curve])) < len(curve) for curve in curves)
    if crowded > 0.1 * len(curves):
        others = ", ".join(sorted({fast_name, *slow} - {motor}))
        raise DarfixWBError(
            f"To rock with {motor!r}, the other motors ({others}) must come back to the same "
            f"positions at each step of {motor!r}, and they do not. Choose {fast_name!r}, the "
            "fastest of them."
        )
    return curves


def _stand_numbers(values: numpy.ndarray) -> numpy.ndarray:
    numbers = numpy.zeros(values.size, dtype=int)
    numbers[step_starts(values)] = 1
    return numpy.cumsum(numbers)


def _blocks(slower: Mapping[str, numpy.ndarray], n_frames: int) -> list[numpy.ndarray]:
    """Frames between the steps of the slower motors."""
    return numpy.split(numpy.arange(n_frames), line_starts(slower))


def _usual_step(fast: numpy.ndarray, slow: Mapping[str, numpy.ndarray]) -> float:
    steps = [numpy.abs(numpy.diff(fast[line])) for line in split_lines(fast, slow)]
    return float(numpy.median(numpy.concatenate(steps)))


def _half_step(values: numpy.ndarray) -> float:
    starts = step_starts(values)
    return 0.5 * float(numpy.abs(values[starts] - values[starts - 1]).min())
