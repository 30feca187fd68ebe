"""How far two sets of points lie from each other, in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from ..errors import DarfixWBError
from .weighted import harmonic, mean, quantiles, share

TOLERANCES_UM = (0.21, 0.5, 1.0, 2.0, 5.0)

HEADLINE_UM = 1.0
"""Tolerance of the F1 that is compared with its null model."""

ROUNDING_UM = 1e-9
"""Distances of voxels are often just a tolerance, but for the last digits."""


@dataclass(frozen=True)
class PointScores:
    """Figures of section 6 of the algorithms; NaN throughout where a set is empty.

    Attributes
    ----------
    assd_um : float
        Average symmetric surface distance: all distances, both ways, over the number of points.
    mean_a_um, median_a_um, p90_a_um : float
        Mean, median and 90 % quantile of the distances from A to B.
    mean_b_um, median_b_um, p90_b_um : float
        The same from B to A.
    hd95_um : float
        Greater one of the 95 % quantiles of both directions (Hausdorff distance without the
        farthest 5 %).
    tolerances_um : tuple of float
    precision, recall, f1 : tuple of float
        For each tolerance: part of A that lies so near to B, part of B so near to A, and their
        harmonic mean.
    """

    assd_um: float
    mean_a_um: float
    median_a_um: float
    p90_a_um: float
    mean_b_um: float
    median_b_um: float
    p90_b_um: float
    hd95_um: float
    tolerances_um: tuple[float, ...]
    precision: tuple[float, ...]
    recall: tuple[float, ...]
    f1: tuple[float, ...]

    def f1_at(self, tolerance_um: float) -> float:
        """F1 at one of the tolerances."""
        return self.f1[self.tolerances_um.index(tolerance_um)]

    def rows(self) -> dict[str, float]:
        """Each figure with its name and unit, in the order of a table."""
        rows = {
            "ASSD (um)": self.assd_um,
            "mean distance of A from B (um)": self.mean_a_um,
            "mean distance of B from A (um)": self.mean_b_um,
            "median distance of A from B (um)": self.median_a_um,
            "median distance of B from A (um)": self.median_b_um,
            "90 % of A nearer to B than (um)": self.p90_a_um,
            "90 % of B nearer to A than (um)": self.p90_b_um,
            "HD95 (um)": self.hd95_um,
        }
        for name in ("precision", "recall", "F1"):
            for at, value in zip(self.tolerances_um, getattr(self, name.lower()), strict=True):
                rows[f"{name} at {at:g} um"] = value
        return rows


def checked_tolerances(tolerances_um: Sequence[float]) -> tuple[float, ...]:
    """Distances that count as near, in ascending order.

    Raises
    ------
    DarfixWBError
        If one is not above 0, or 1 um is not among them.

    Examples
    --------
    >>> checked_tolerances((2, 1))
    (1.0, 2.0)
    """
    tolerances = tuple(sorted(float(one) for one in tolerances_um))
    if HEADLINE_UM not in tolerances or not 0 < tolerances[0] <= tolerances[-1] < numpy.inf:
        raise DarfixWBError(
            f"Tolerances must be above 0 um and have {HEADLINE_UM:g} um among them, got "
            f"{list(tolerances)}. Add it."
        )
    return tolerances


def point_scores(
    distances_a: numpy.ndarray,
    distances_b: numpy.ndarray,
    *,
    weights_a: numpy.ndarray | None = None,
    weights_b: numpy.ndarray | None = None,
    tolerances_um: Sequence[float] = TOLERANCES_UM,
) -> PointScores:
    """Score two sets of points by the distances of each from the other.

    Parameters
    ----------
    distances_a, distances_b : numpy.ndarray
        ``(n,)`` and ``(m,)`` float64, um: from the points of A to B, and of B to A.
    weights_a, weights_b : numpy.ndarray, optional
        How much each point counts, e.g. the length it stands for; all the same if not given.
    tolerances_um : sequence of float
        Distances that count as near.

    Examples
    --------
    >>> scores = point_scores(numpy.array([0.0, 0.4]), numpy.array([0.0, 0.0, 3.0]))
    >>> round(scores.assd_um, 2), scores.f1_at(0.5)
    (0.68, 0.8)
    """
    a = _finite(distances_a, weights_a)
    b = _finite(distances_b, weights_b)
    tolerances = checked_tolerances(tolerances_um)
    if not (len(a[0]) and len(b[0])):
        none = (numpy.nan,) * len(tolerances)
        return PointScores(*(numpy.nan,) * 8, tolerances, none, none, none)
    median_a, p90_a, p95_a = quantiles(*a, (0.5, 0.9, 0.95))
    median_b, p90_b, p95_b = quantiles(*b, (0.5, 0.9, 0.95))
    precision = tuple(share(a[0] <= near + ROUNDING_UM, a[1]) for near in tolerances)
    recall = tuple(share(b[0] <= near + ROUNDING_UM, b[1]) for near in tolerances)
    return PointScores(
        assd_um=mean(numpy.concatenate([a[0], b[0]]), numpy.concatenate([a[1], b[1]])),
        mean_a_um=mean(*a),
        median_a_um=median_a,
        p90_a_um=p90_a,
        mean_b_um=mean(*b),
        median_b_um=median_b,
        p90_b_um=p90_b,
        hd95_um=max(p95_a, p95_b),
        tolerances_um=tolerances,
        precision=precision,
        recall=recall,
        f1=tuple(map(harmonic, precision, recall)),
    )


def _finite(
    distances: numpy.ndarray, weights: numpy.ndarray | None
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Distances from a set that is not empty, and their weights."""
    known = numpy.isfinite(distances)
    weights = numpy.ones(len(distances)) if weights is None else weights
    return distances[known], weights[known]
