"""Small-angle boundaries of two networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy
from scipy.optimize import linear_sum_assignment

from ..dislocation_lines.boundary import SmallAngleBoundary

FARTHEST_UM, STEEPEST_DEG = 10.0, 20.0
"""Boundaries farther apart, or more inclined to each other, are not the same one."""


@dataclass(frozen=True)
class BoundaryFigures:
    """Figures of the boundaries of found lines (A) and true lines (B).

    Attributes
    ----------
    n_a, n_b, n_matched : float
        Boundaries, and pairs of them: each in one pair at most, the nearest ones.
    offset_um : float
        Median over pairs: distance of the centre of each from the plane of the other, mean of both.
    normal_deg : float
        Median angle between the normals.
    spacing : float
        Median of the difference of the spacings of lines, over the true one.
    """

    n_a: float
    n_b: float
    n_matched: float
    offset_um: float
    normal_deg: float
    spacing: float

    def rows(self) -> dict[str, float]:
        """Each figure with its name and unit, in the order of a table."""
        return {
            "boundaries of A": self.n_a,
            "boundaries of B": self.n_b,
            "boundaries matched": self.n_matched,
            "boundaries: offset, median (um)": self.offset_um,
            "boundaries: normal off, median (degree)": self.normal_deg,
            "boundaries: spacing off, median": self.spacing,
        }


def boundary_figures(
    a: Sequence[SmallAngleBoundary], b: Sequence[SmallAngleBoundary]
) -> BoundaryFigures:
    """Match boundaries A with boundaries B and measure how far they are off.

    Two boundaries may be a pair where their planes are within 10 um and 20 degree, and their
    patches, taken as discs around their centres, are no farther apart than 10 um.
    """
    found = [[_pair(one, other) for other in b] for one in a]
    pairs = []
    if a and b:
        cost = numpy.array([[one.distance_um for one in row] for row in found])
        chosen = zip(*linear_sum_assignment(numpy.minimum(cost, 1e6)), strict=True)
        pairs = [found[i][j] for i, j in chosen if cost[i, j] <= FARTHEST_UM]
    return BoundaryFigures(
        n_a=len(a),
        n_b=len(b),
        n_matched=len(pairs),
        offset_um=_median([pair.offset_um for pair in pairs]),
        normal_deg=_median([pair.normal_deg for pair in pairs]),
        spacing=_median([pair.spacing for pair in pairs]),
    )


@dataclass(frozen=True)
class _Pair:
    distance_um: float
    offset_um: float
    normal_deg: float
    spacing: float


def _pair(a: SmallAngleBoundary, b: SmallAngleBoundary) -> _Pair:
    apart = a.centre_um - b.centre_um
    offset = float(numpy.abs([apart @ a.normal, apart @ b.normal]).mean())
    cosine = min(abs(float(a.normal @ b.normal)), 1.0)
    degrees = float(numpy.rad2deg(numpy.arccos(cosine)))
    reach = (max(a.extent_um) + max(b.extent_um)) / 2
    gap = max(0.0, float(numpy.linalg.norm(apart)) - reach)
    distance = float(numpy.hypot(offset, gap)) if degrees <= STEEPEST_DEG else numpy.inf
    return _Pair(distance, offset, degrees, abs(a.spacing_um - b.spacing_um) / b.spacing_um)


def _median(values: Sequence[float]) -> float:
    return float(numpy.median(values)) if values else numpy.nan
