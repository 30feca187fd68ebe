"""Find the rocking motor of a scan, and its rocking curves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy

from ...errors import DarfixWBError
from .across import curves_across
from .channels import filled, known, moved, of_one_length, recorded
from .checks import check_enough, check_frame_count, check_order
from .choice import fast_motor
from .commands import ScanCommand
from .lines import line_starts, slow_motors, split_lines
from .sentences import ALONE, left_out_warnings, surplus_warning, without_position

NO_POSITIONS = "Choose a scan whose motor positions were recorded."


@dataclass(frozen=True)
class Rocking:
    """The rocking motor of a scan, and its rocking curves.

    Attributes
    ----------
    motor : str
        Name of the rocking motor.
    angles : numpy.ndarray
        ``(n_frames,)`` float64, in the motor's unit; NaN where none was recorded.
    curves : tuple of numpy.ndarray
        ``(n_steps,)`` int64 each: frames of one curve by increasing angle.
    left_out : mapping of int to str
        Frames that are in no curve, with the reason.
    warnings : tuple of str
        What was noticed, a sentence each.
    """

    motor: str
    angles: numpy.ndarray
    curves: tuple[numpy.ndarray, ...]
    left_out: Mapping[int, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def find_rocking(
    positions: Mapping[str, numpy.ndarray],
    n_frames: int,
    *,
    motor: str | None = None,
    command: ScanCommand | None = None,
    remedy: str = NO_POSITIONS,
) -> Rocking:
    """Find the rocking motor of a scan, and its rocking curves.

    A scan that steps several motors over a grid gives one curve per line, which is a run of
    frames between two steps of the slow motors; lines may differ in length and in their angles.
    A single frame makes a curve of its own, at angle 0.

    Parameters
    ----------
    positions : mapping of str to numpy.ndarray
        Positions of each motor, ``(n,)`` or ``(n, 1)`` where it was recorded at each frame. More
        positions than frames are those of a scan that was stopped: the last are left aside.
    n_frames : int
        Number of frames of the scan.
    motor : str, optional
        Name of the rocking motor; if not given, the fastest one.
    command : ScanCommand, optional
        The motors that the scan was asked to move. Where it says nothing, the range of each motor
        is held against its noise.
    remedy : str, optional
        What to do where there are no positions at all.

    Raises
    ------
    DarfixWBError
        If no motor moves, if it cannot be told which of several rocks, if the one that is named
        does not move, if there are more frames than positions, or if most positions are missing.
    """
    if not n_frames:
        raise DarfixWBError("A scan must have one frame or more, and has none. Choose another.")
    command = command or ScanCommand()
    every = recorded(positions)
    if n_frames == 1 and not moved(every):
        return Rocking(motor or "", numpy.zeros(1), (numpy.zeros(1, dtype=int),))
    if not every and not command.is_motionless:
        raise DarfixWBError(
            "There must be the position of a motor at each frame, and none was recorded: no motor "
            f"moves here. {remedy}"
        )
    names = [motor] if motor in every else command.motors
    channels = of_one_length(every, n_frames, names)
    fast = fast_motor(channels, motor=motor, command=command)
    n_positions = channels[fast].size
    check_frame_count(fast, n_positions, n_frames)
    channels = {name: values[:n_frames] for name, values in channels.items()}
    rocking = _rocking(channels, fast, motor or fast, command)
    if n_positions == n_frames:
        return rocking
    surplus = surplus_warning(rocking.motor, n_positions, n_frames)
    return replace(rocking, warnings=(surplus, *rocking.warnings))


def _rocking(
    channels: Mapping[str, numpy.ndarray], fast: str, motor: str, command: ScanCommand
) -> Rocking:
    check_enough(fast, channels[fast])
    others = {
        name: filled(values)
        for name, values in channels.items()
        if name != fast and 2 * known(values).size >= values.size
    }
    seen = numpy.flatnonzero(~numpy.isnan(channels[fast]))
    slow = slow_motors(
        channels[fast][seen],
        {name: values[seen] for name, values in others.items()},
        named=command.motors if command.is_grid else (),
    )
    if motor not in (fast, *slow):
        return _rocking(channels, motor, motor, command)
    lost = without_position({name: channels[name] for name in (fast, *slow)})
    frames = numpy.setdiff1d(numpy.arange(channels[fast].size), list(lost))
    at = {name: channels[name][frames] for name in (fast, *slow)}
    stepped = {name: at[name] for name in slow}
    warnings = left_out_warnings(lost)
    if motor != fast:
        lines = curves_across(motor, stepped, fast, at[fast])
    else:
        is_whole = len(command.motors) - 1 <= len(slow)
        lines = split_lines(at[fast], stepped, is_grid=command.is_grid and not is_whole)
        check_order(fast, at[fast], lines, moved(others).keys() - {*slow})
        warnings += _passes_warning(fast, lines, stepped)
    return _of_lines(motor, channels[motor], [frames[line] for line in lines], lost, warnings)


def _of_lines(
    motor: str,
    angles: numpy.ndarray,
    lines: list[numpy.ndarray],
    lost: Mapping[int, str],
    warnings: tuple[str, ...],
) -> Rocking:
    alone = {int(line[0]): ALONE for line in lines if len(line) == 1 < angles.size}
    curves = tuple(
        line[numpy.argsort(angles[line], kind="stable")]
        for line in lines
        if int(line[0]) not in alone
    )
    if not curves:
        raise DarfixWBError(
            f"A rocking curve must have two frames or more, and every step of {motor!r} comes with "
            "one of another motor. Choose another motor."
        )
    warnings += left_out_warnings(alone)
    return Rocking(motor, angles, curves, {**lost, **alone}, warnings)


def _passes_warning(
    fast: str, lines: list[numpy.ndarray], slow: Mapping[str, numpy.ndarray]
) -> tuple[str, ...]:
    whole = sum(len(line) > 1 for line in lines)
    steps = len(line_starts(slow))
    if whole <= steps + 1:
        return ()
    among = f"steps of {', '.join(slow)}" if slow else "steps of other motors"
    return (
        f"{fast!r} goes over its range {whole} times between {steps} {among}; each pass is taken "
        "as a rocking curve.",
    )
