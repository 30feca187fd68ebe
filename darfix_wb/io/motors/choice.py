"""Which of several motors rocks the crystal."""

from __future__ import annotations

from collections.abc import Mapping

import numpy

from ...errors import DarfixWBError
from .channels import known, moved
from .commands import ScanCommand
from .motion import CLEAR_SIGNAL, is_moved, is_stepped, signal, step_starts

_LEAST_SHARE_OF_STEPS = 0.1


def fast_motor(
    channels: Mapping[str, numpy.ndarray], *, motor: str | None, command: ScanCommand
) -> str:
    """The motor that moves from frame to frame.

    It is the one that the command names; else the one that moves most often and most clearly; else
    `motor`.

    Parameters
    ----------
    channels : mapping of str to numpy.ndarray
        ``(n,)`` float64 by motor, as `channels.recorded` gives them.
    motor : str or None
        The motor that the user named.
    command : ScanCommand
        The motors that the scan was asked to move.

    Raises
    ------
    DarfixWBError
        If no motor moves, if it cannot be told which one is the fast one, or if the motor that
        the user or the command names does not move.
    """
    moving = moved(channels)
    if motor is not None:
        _check_named(motor, channels, moving)
    commanded = _commanded(channels, motor, command)
    if commanded:
        return commanded
    if command.is_motionless and motor is None:
        raise DarfixWBError(
            "The scan must move a motor, and its title is that of a scan which moves none. Choose "
            "another scan, or name the rocking motor."
        )
    found = _fastest(moving) or motor
    if found is None:
        raise _not_found(channels, moving)
    return found


def _check_named(
    motor: str, channels: Mapping[str, numpy.ndarray], moving: Mapping[str, numpy.ndarray]
) -> None:
    is_still = motor not in channels or not numpy.ptp(known(channels[motor]))
    if is_still or (moving and motor not in moving):
        remedy = "Choose one of them." if moving else "Choose another scan."
        raise DarfixWBError(
            f"The rocking motor must move during the scan, got {motor!r}; {_listed(moving)}. "
            f"{remedy}"
        )


def _commanded(
    channels: Mapping[str, numpy.ndarray], motor: str | None, command: ScanCommand
) -> str | None:
    motors = command.motors
    present = [name for name in motors if name in channels and numpy.ptp(known(channels[name]))]
    if motor is None and motors and (not present or (command.is_grid and present[0] != motors[0])):
        lacking = motors[0] if command.is_grid else " and ".join(motors)
        raise DarfixWBError(
            f"The motor that the scan was asked to move ({lacking}) must have a position at each "
            f"frame, and none that changes was found; {_listed(moved(channels))}. Choose another "
            "scan, or name the rocking motor."
        )
    if not present:
        return None
    swept = [
        name
        for name in moved({name: channels[name] for name in present})
        if not is_stepped(known(channels[name]))
    ]
    return swept[0] if swept else max(present, key=lambda name: _n_steps(channels[name]))


def _fastest(moving: Mapping[str, numpy.ndarray]) -> str | None:
    swept = {
        name: signal(known(values))
        for name, values in moving.items()
        if not is_stepped(known(values))
    }
    if swept:
        first, *others = sorted(swept, key=swept.get, reverse=True)
        is_clear = not others or swept[first] >= CLEAR_SIGNAL * swept[others[0]]
        return first if is_clear else None
    restless = [name for name, values in moving.items() if is_moved(_longest_stand(known(values)))]
    if len(restless) == 1:  # a jump, e.g. back to a park position, hides that it moves all along
        return restless[0]
    steps = {name: _n_steps(values) for name, values in moving.items()}
    most = max(steps.values(), default=0)
    often = [name for name in steps if steps[name] == most]
    is_enough = len(often) == 1 and most >= _LEAST_SHARE_OF_STEPS * (moving[often[0]].size - 1)
    return often[0] if is_enough and most > 1 else None


def _longest_stand(values: numpy.ndarray) -> numpy.ndarray:
    return max(numpy.split(values, step_starts(values)), key=len)


def _n_steps(values: numpy.ndarray) -> int:
    return step_starts(known(values)).size


def _not_found(
    channels: Mapping[str, numpy.ndarray], moving: Mapping[str, numpy.ndarray]
) -> DarfixWBError:
    if len(moving) > 1:
        return DarfixWBError(
            "The rocking motor must be the only one that moves from frame to frame; "
            f"{_listed(moving)}. Name the rocking motor."
        )
    return DarfixWBError(
        f"A motor must move from frame to frame; {_listed(moving)}, of {len(channels)} whose "
        "position was recorded at each frame. Choose another scan."
    )


def _listed(moving: Mapping[str, numpy.ndarray]) -> str:
    return f"moving here: {', '.join(sorted(moving))}" if moving else "no motor moves here"
