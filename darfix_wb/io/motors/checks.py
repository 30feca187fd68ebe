"""What the positions of a rocking motor must be."""

from __future__ import annotations

from collections.abc import Collection

import numpy

from ...errors import DarfixWBError
from .channels import known
from .lines import is_ordered


def check_frame_count(motor: str, n_positions: int, n_frames: int) -> None:
    """Refuse a scan that has more frames than positions of `motor`.

    Raises
    ------
    DarfixWBError
        With both numbers.
    """
    if n_positions < n_frames:
        raise DarfixWBError(
            f"There must be a position of {motor!r} for each frame, got {n_frames} frames and "
            f"{n_positions} positions. Take the first {n_positions} frames only (frames="
            f"'0:{n_positions}', or --frames 0:{n_positions}), or choose another scan."
        )


def check_enough(motor: str, values: numpy.ndarray) -> None:
    """Refuse a motor whose position is missing at most frames.

    Raises
    ------
    DarfixWBError
        With the number of frames that have one.
    """
    number = known(values).size
    if 2 * number < values.size:
        raise DarfixWBError(
            f"Most frames must have a position of {motor!r} that is a number, and only {number} "
            f"of {values.size} "
            "have one. Choose another scan, or another motor."
        )


def check_order(
    motor: str, values: numpy.ndarray, lines: list[numpy.ndarray], others: Collection[str]
) -> None:
    """Refuse positions without an order where other motors move too.

    Parameters
    ----------
    motor : str
        The rocking motor.
    values : numpy.ndarray
        ``(n_frames,)`` float64, its positions.
    lines : list of numpy.ndarray
        Frames of each line.
    others : collection of str
        Motors that were moved and are not part of the grid.

    Raises
    ------
    DarfixWBError
        With the names of the other motors.
    """
    ordered = numpy.mean([is_ordered(values[line]) for line in lines])
    if others and ordered < 0.5:
        raise DarfixWBError(
            f"Where other motors move too ({', '.join(sorted(others))}), {motor!r} must go from "
            "one end of its range to the other in each line, and it does not. Choose another "
            "motor, or define the dimensions in darfix."
        )
