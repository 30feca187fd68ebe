"""One dislocation line as a polyline, and what is known about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy

from ..errors import DarfixWBError

NO_BOUNDARY = NO_NODE = -1

SPAN_UM = 1.0
"""Length over which direction and curvature are taken: below it, noise of the points rules."""


class LineKind(IntEnum):
    """How a line was found."""

    UNKNOWN = 0
    THROUGH_LAYERS = 1
    """From layer to layer."""
    IN_LAYER = 2
    """As a streak in the image of one layer."""


def travelled_um(points_um: numpy.ndarray) -> numpy.ndarray:
    """Length along a polyline up to each of its points.

    Parameters
    ----------
    points_um : numpy.ndarray
        ``(n, d)`` float64, at least one point.

    Returns
    -------
    numpy.ndarray
        ``(n,)`` float64, from 0.

    Examples
    --------
    >>> travelled_um(numpy.array([[0, 0], [3, 4], [3, 5]])).tolist()
    [0.0, 5.0, 6.0]
    """
    steps = numpy.linalg.norm(numpy.diff(points_um, axis=0), axis=1)
    return numpy.append(0.0, numpy.cumsum(steps))


@dataclass(frozen=True, eq=False)
class DislocationLine:
    """A polyline.

    Attributes
    ----------
    points_um : numpy.ndarray
        ``(n, 3)`` float64, at least two points along the line: (layer, row, column) in um, from
        the centre of the first pixel of the layer whose position is 0.
    nodes : tuple of int
        Numbers of the nodes at which the line starts and ends; -1 where it has none.
    score : float
        Evidence in sigma, mean over its points: height over the noise, and up to ten by the
        detector; NaN where not known.
    uncertainty_um : float
        Standard deviation of its points across the line; NaN where not known.
    kind : LineKind
        How it was found.
    boundary : int
        Number of the small-angle boundary it belongs to, -1 for lone lines.
    burgers_um : numpy.ndarray or None
        ``(3,)`` float64 Burgers vector (layer, row, column); None where not known.

    Raises
    ------
    DarfixWBError
        If the points are not such an array.

    Examples
    --------
    >>> line = DislocationLine(numpy.array([[0, 0, 0], [3, 4, 0], [3, 4, 12]]))
    >>> line.length_um
    17.0
    >>> line.resampled(8.5).tolist()
    [[0.0, 0.0, 0.0], [3.0, 4.0, 3.5], [3.0, 4.0, 12.0]]
    """

    points_um: numpy.ndarray
    nodes: tuple[int, int] = (NO_NODE, NO_NODE)
    score: float = numpy.nan
    uncertainty_um: float = numpy.nan
    kind: LineKind = LineKind.UNKNOWN
    boundary: int = NO_BOUNDARY
    burgers_um: numpy.ndarray | None = None

    def __post_init__(self) -> None:
        points = numpy.asarray(self.points_um, dtype=float)
        object.__setattr__(self, "points_um", points)
        good = points.ndim == 2 and points.shape[1:] == (3,) and len(points) >= 2
        if not (good and numpy.isfinite(points).all()):
            found = f"shape {points.shape}" if not good else "values that are not finite"
            raise DarfixWBError(
                "A line must have at least two points (layer, row, column) in um, got an array "
                f"with {found}. Leave out what is not a line."
            )

    @property
    def length_um(self) -> float:
        """Length along the polyline, in um."""
        return float(numpy.linalg.norm(numpy.diff(self.points_um, axis=0), axis=1).sum())

    @property
    def direction(self) -> numpy.ndarray:
        """``(3,)`` unit vector of the straight line that fits best, towards greater layers."""
        points = self.resampled(max(self.length_um / 50, 1e-9))
        direction = numpy.linalg.svd(points - points.mean(axis=0), full_matrices=False)[2][0]
        first = direction[numpy.flatnonzero(numpy.abs(direction) > 1e-9)[0]]
        return direction if first > 0 else -direction

    @property
    def curvature_per_um(self) -> float:
        """Root mean square of the curvature, taken over 1 um; 0 for lines below 2 um."""
        count = int(self.length_um / SPAN_UM)
        if count < 2:
            return 0.0
        points = self.resampled(self.length_um / count)
        bends = numpy.linalg.norm(numpy.diff(points, 2, axis=0), axis=1)
        return float(numpy.sqrt(numpy.mean((bends / (self.length_um / count) ** 2) ** 2)))

    def resampled(self, step_um: float) -> numpy.ndarray:
        """Points evenly along the line, both ends included, at most `step_um` apart.

        Returns
        -------
        numpy.ndarray
            ``(n, 3)`` float64.
        """
        travelled = travelled_um(self.points_um)
        count = max(int(numpy.ceil(travelled[-1] / step_um - 1e-9)), 1) + 1
        wanted = numpy.linspace(0.0, travelled[-1], count)
        columns = (numpy.interp(wanted, travelled, values) for values in self.points_um.T)
        return numpy.stack(list(columns), axis=1)
