"""One weak-beam frame of each layer, chosen by its angle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy

from ..errors import DarfixWBError
from ..io.frame_sources import open_scan
from ..progress import SILENT, Monitor
from ..scan import RockingScan

CANCELLED = "Reading the frames was cancelled."


class WeakFrames(NamedTuple):
    """One frame of each layer.

    Attributes
    ----------
    frames : numpy.ndarray
        ``(layers, rows, columns)`` counts, as they are in the files.
    numbers : numpy.ndarray
        ``(layers,)`` int: which frame of its scan each is, from 0.
    angles : numpy.ndarray
        ``(layers,)`` float64: position of the rocking motor, less that of the layer's peak.
    """

    frames: numpy.ndarray
    numbers: numpy.ndarray
    angles: numpy.ndarray


WEAK_SHARE = 0.01
"""Height of the mean rocking curve, over that of its peak, below which a frame is weak beam."""


def manual_frames(
    layers: Sequence[str],
    offset: float | None = None,
    *,
    share: float = WEAK_SHARE,
    motor: str | None = None,
    monitor: Monitor = SILENT,
) -> WeakFrames:
    """The weak-beam frame of each layer, as it is chosen by hand.

    The published reconstruction takes frame 14 of every layer, and 15 from layer 231 on: one
    distance from a peak that drifts. So the frame is found by its angle here: at `offset` from the
    peak, which is the frame of the highest mean, or without it where the flank at smaller angles
    ends: the last frame before the peak whose mean, above the lowest of the scan, is at most
    `share` of that of the peak. Halfway down the flank most of a crystal is still in strong beam.

    Parameters
    ----------
    layers : sequence of str
        Data URLs of the scans, one rocking curve each.
    offset : float, optional
        Angle of the frame less that of the peak, in the unit of the motor.
    share : float
        Height above the lowest mean, over that of the peak, above 0 and below 1.
    motor : str, optional
        Rocking motor; found if not given.
    monitor : Monitor
        Progress and cancelling.

    Raises
    ------
    DarfixWBError
        If a layer has several rocking curves or no such frame, or frames differ in shape.
    OperationCancelled
        If the monitor says so.
    """
    found = []
    for place, url in enumerate(layers):
        monitor.check(CANCELLED)
        scan = open_scan(url, motor=motor)
        found.append(_weak_frame(scan, offset, share, url))
        if found[-1][0].shape != found[0][0].shape:
            raise DarfixWBError(
                f"Frames of all layers must have one shape, got {found[0][0].shape} and "
                f"{found[-1][0].shape} in {url}. Leave that layer out."
            )
        monitor.report((place + 1) / len(layers))
    if not found:
        raise DarfixWBError("There must be at least one layer, got none. Give their scans.")
    frames, numbers, angles = zip(*found, strict=True)
    return WeakFrames(numpy.stack(frames), numpy.array(numbers), numpy.array(angles))


def _weak_frame(
    scan: RockingScan, offset: float | None, share: float, url: str
) -> tuple[numpy.ndarray, int, float]:
    if len(scan.curves) != 1:
        raise DarfixWBError(
            f"A layer must be one rocking curve, got {len(scan.curves)} in {url}. Choose one scan."
        )
    curve = scan.curves[0]
    angles = scan.angles[curve]
    means = numpy.array([numpy.mean(scan.frame(int(index)), dtype=float) for index in curve])
    if offset is None:
        place = _end_of_flank(means, share, url)
    else:
        place = _at(means, angles, offset, url)
    number = int(curve[place])
    return scan.frame(number), number, float(angles[place] - angles[means.argmax()])


def _end_of_flank(means: numpy.ndarray, share: float, url: str) -> int:
    """The last frame before the peak whose mean is at most a share of the peak's."""
    height = (means - means.min()) / max(numpy.ptp(means), numpy.finfo(float).tiny)
    below = numpy.flatnonzero(height[: means.argmax()] <= share)
    if not len(below):
        raise DarfixWBError(
            f"The mean rocking curve of a layer must fall to {share:.0%} of its peak at smaller "
            f"angles, and that of {url} does not. Give the offset of the frame from the peak."
        )
    return int(below[-1])


def _at(means: numpy.ndarray, angles: numpy.ndarray, offset: float, url: str) -> int:
    """The frame nearest to an angle from the peak."""
    wanted = angles[means.argmax()] + offset
    place = int(numpy.abs(angles - wanted).argmin())
    step = numpy.abs(numpy.diff(angles)).max() if len(angles) > 1 else 0.0
    if abs(angles[place] - wanted) > step:
        raise DarfixWBError(
            f"The offset must lie within the scan, and {offset:g} from the peak at "
            f"{angles[means.argmax()]:g} is outside {angles[0]:g} to {angles[-1]:g} in {url}. "
            "Give a smaller one."
        )
    return place
