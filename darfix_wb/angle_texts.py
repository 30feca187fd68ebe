"""Rocking angles as people read them, in windows and on pages."""

from __future__ import annotations

import numpy

from .scan import RockingScan


def angle_text(scan: RockingScan, index: int) -> str:
    """Motor, position and unit of a frame, with the digits that tell it from its neighbours."""
    angle = f"{scan.angles[index]:.{_decimals(scan.angles)}f}"
    return f"{scan.motor or 'angle'} = {angle} {scan.unit}".rstrip()


def angle_label(scan: RockingScan) -> str:
    """Label of an axis of angles, e.g. ``"phi (degree)"``."""
    name = scan.motor or "angle"
    return f"{name} ({scan.unit})" if scan.unit else name


def _decimals(angles: numpy.ndarray) -> int:
    steps = numpy.abs(numpy.diff(numpy.unique(angles[numpy.isfinite(angles)])))
    if not steps.size:
        return 3
    return int(numpy.clip(numpy.ceil(-numpy.log10(numpy.median(steps))) + 1, 0, 8))
