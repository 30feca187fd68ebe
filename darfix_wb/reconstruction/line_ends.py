"""The ends of lines: where they point to, and whether the volume ends there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from ..dislocation_lines.line import DislocationLine, travelled_um

STRETCH_UM = 2.0
"""Length of line that tells where its end points to."""

AT_SIDE_UM = 0.5
"""An end is at a side of the field when it is nearer than this: beads there are half seen."""


@dataclass(frozen=True, eq=False)
class LineEnds:
    """Both ends of every line: those of line k are rows 2 k (start) and 2 k + 1.

    Attributes
    ----------
    place_um, outward : numpy.ndarray
        ``(2 n, 3)`` float64: where it is, and the unit vector in which the line would go on.
    free : numpy.ndarray
        ``(2 n,)`` bool: the line ends within the volume.
    """

    place_um: numpy.ndarray
    outward: numpy.ndarray
    free: numpy.ndarray

    @classmethod
    def of(
        cls,
        lines: Sequence[DislocationLine],
        *,
        step_um: float,
        bounds_um: numpy.ndarray,
        gaps_um: numpy.ndarray,
    ) -> LineEnds:
        """The ends of lines in a volume, whose layers end at `gaps_um` as well."""
        places = [line.points_um[side] for line in lines for side in (0, -1)]
        outward = [_outward(line.points_um[::turn]) for line in lines for turn in (1, -1)]
        place = numpy.array(places).reshape(-1, 3)
        side = numpy.array([step_um, AT_SIDE_UM, AT_SIDE_UM])
        inside = ((place > bounds_um[0] + side) & (place < bounds_um[1] - side)).all(axis=1)
        for gap in gaps_um:
            inside &= numpy.abs(place[:, 0] - gap) > step_um
        return cls(place, numpy.array(outward).reshape(-1, 3), inside)


def _outward(points: numpy.ndarray) -> numpy.ndarray:
    """Unit vector from the inside to the first point."""
    travelled = travelled_um(points)
    reach = min(STRETCH_UM, travelled[-1])
    inner = [numpy.interp(reach, travelled, axis) for axis in points.T]
    way = points[0] - inner
    return way / max(numpy.linalg.norm(way), 1e-12)
