"""Which motor rocks the crystal, and which frames make one rocking curve."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations

import numpy

from ..errors import DarfixWBError

CLOCKS = ("epoch", "elapsed_time")
"""Positioners of BLISS that do not move the sample."""

LEAST_MOVE = 0.2
"""A motor moves where its step is larger than this share of its largest step; less is jitter."""

Rocking = tuple[str, numpy.ndarray, numpy.ndarray]


def find_rocking(
    positions: Mapping[str, numpy.ndarray], n_frames: int, *, motor: str | None = None
) -> Rocking:
    """Find the rocking motor of a scan, and its rocking curves.

    A scan that steps two motors over a grid gives one curve per position of the other motor. A
    single frame makes a curve of its own, at angle 0.

    Parameters
    ----------
    positions : mapping of str to numpy.ndarray
        Positions of each motor, ``(n_frames,)`` where it was scanned.
    n_frames : int
        Number of frames of the scan.
    motor : str, optional
        Name of the rocking motor; if not given, the only one that moves, or the faster of two.

    Returns
    -------
    motor : str
        Name of the rocking motor.
    angles : numpy.ndarray
        ``(n_frames,)`` float64, in the motor's unit.
    curves : numpy.ndarray
        ``(n_curves, n_steps)`` int64, frames of each curve by increasing angle.

    Raises
    ------
    DarfixWBError
        If no motor moves, if several do and none is named, if the named one does not move, or
        if there is not one finite position per frame.
    """
    moving = moving_motors(positions)
    if n_frames == 1 and not moving:
        return motor or "", numpy.zeros(1), numpy.zeros((1, 1), dtype=int)
    usable = {name: values for name, values in moving.items() if values.size == n_frames}
    if motor is None:
        motor = _only_motor(usable or moving)
    elif motor not in moving:
        raise DarfixWBError(
            f"The rocking motor must move during the scan, got {motor!r}; "
            f"{_listed(moving)}. Choose one of them."
        )
    angles = moving[motor]
    _check_positions(motor, angles, n_frames)
    others = {name: values for name, values in usable.items() if name != motor}
    return motor, angles, _curves(motor, angles, others)


def moving_motors(positions: Mapping[str, numpy.ndarray]) -> dict[str, numpy.ndarray]:
    """The motors that move, with their positions as ``(n,)`` float64."""
    moving = {}
    for name, values in positions.items():
        values = numpy.asarray(values)
        if name in CLOCKS or values.dtype.kind not in "uif" or values.size < 2:
            continue
        if not numpy.all(values == values.flat[0]):
            moving[name] = values.ravel().astype(float)
    return moving


def check_frame_count(motor: str, n_positions: int, n_frames: int) -> None:
    """Refuse a scan whose frames and positions of `motor` differ in number.

    Raises
    ------
    DarfixWBError
        With both numbers.
    """
    if n_positions == n_frames:
        return
    reason = "frames" if n_frames < n_positions else "positions"
    raise DarfixWBError(
        f"There must be one frame per position of {motor!r}, got {n_frames} frames and "
        f"{n_positions} positions. The last {reason} were not recorded: choose a scan that ran "
        "to its end, or cut this one."
    )


def _check_positions(motor: str, angles: numpy.ndarray, n_frames: int) -> None:
    check_frame_count(motor, angles.size, n_frames)
    bad = int(angles.size - numpy.count_nonzero(numpy.isfinite(angles)))
    if bad:
        raise DarfixWBError(
            f"Every position of {motor!r} must be a finite number, got {bad} that are not. "
            "Choose a scan that was recorded to its end, or another motor."
        )


def _only_motor(moving: Mapping[str, numpy.ndarray]) -> str:
    if len(moving) == 1:
        return next(iter(moving))
    if len(moving) == 2:
        for fast, slow in permutations(moving):
            if _lines(moving[fast], moving[slow]) is not None:
                return fast
    raise DarfixWBError(
        "The rocking motor must be the only one that moves, or one of two that step over a "
        f"complete grid; {_listed(moving)}. Name the rocking motor."
    )


def _curves(
    motor: str, angles: numpy.ndarray, others: Mapping[str, numpy.ndarray]
) -> numpy.ndarray:
    found = []
    for values in others.values():
        if values.size != angles.size:
            continue
        lines = _lines(angles, values)
        if lines is None and (columns := _lines(values, angles)) is not None:
            lines = columns.T[:, numpy.argsort(angles[columns[:, 0]], kind="stable")]
        if lines is not None:
            found.append(lines)
    if not found:
        return _single_curve(motor, angles, others)
    steps = numpy.diff(angles[found[0]], axis=1)
    repeated = len(others) > 1 and steps.min() < LEAST_MOVE * steps.max()
    if repeated or any(not numpy.array_equal(found[0], more) for more in found[1:]):
        raise DarfixWBError(
            f"A scan may move at most two motors, got {motor}, {', '.join(sorted(others))}. "
            "Load it in darfix and define its dimensions there."
        )
    return found[0]


def _single_curve(
    motor: str, angles: numpy.ndarray, others: Mapping[str, numpy.ndarray]
) -> numpy.ndarray:
    steps = numpy.diff(angles)
    if others and not (numpy.all(steps > 0) or numpy.all(steps < 0)):
        raise DarfixWBError(
            f"Where other motors move too ({', '.join(sorted(others))}), {motor!r} must move in "
            "one direction only or step with one of them over a complete grid, and it does "
            "neither. Choose another motor, or a scan that was recorded to its end."
        )
    return numpy.argsort(angles, kind="stable")[None, :]


def _lines(fast: numpy.ndarray, slow: numpy.ndarray) -> numpy.ndarray | None:
    """``(n_slow, n_fast)`` frames, each row by increasing `fast`; None where they form no grid."""
    steps = numpy.abs(numpy.diff(slow))
    starts = numpy.concatenate([[0], 1 + numpy.flatnonzero(steps > LEAST_MOVE * steps.max())])
    lengths = numpy.diff(starts, append=slow.size)
    if len(starts) < 2 or lengths[0] < 2 or numpy.any(lengths != lengths[0]):
        return None
    lines = numpy.arange(slow.size).reshape(len(starts), lengths[0])
    order = numpy.argsort(fast[lines], axis=1, kind="stable")
    lines = numpy.take_along_axis(lines, order, axis=1)
    step = numpy.median(numpy.diff(fast[lines], axis=1))
    spread = numpy.ptp(fast[lines], axis=0).max()
    return lines if spread < step / 2 else None


def _listed(moving: Mapping[str, numpy.ndarray]) -> str:
    return f"moving here: {', '.join(sorted(moving))}" if moving else "no motor moves here"
