"""Two sets of points compared, of whatever they are made: voxels, or points along lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from ..progress import SILENT, Monitor
from .distances import nearest, tree_of
from .field import N_SHIFTS, Field
from .report import Comparison, averaged
from .scores import TOLERANCES_UM, PointScores, point_scores

NULL_POINTS = 100_000
"""Points of each set whose distances are measured after a random shift; the nearest are sought
among all."""


@dataclass(frozen=True)
class PointFigures:
    """Figures of two sets of points.

    Attributes
    ----------
    n_a, n_b : int
        Number of points.
    scores : PointScores
        Distances.
    """

    n_a: int
    n_b: int
    scores: PointScores

    def rows(self) -> dict[str, float]:
        """Each figure with its name and unit, in the order of a table."""
        return {"points of A": self.n_a, "points of B": self.n_b, **self.scores.rows()}


class PointComparison(Comparison):
    """Two sets of points, compared; `figures` are `PointFigures`."""


@dataclass(frozen=True, eq=False)
class PointDistances:
    """Distances of two sets of points, in a field.

    Attributes
    ----------
    a, b : numpy.ndarray
        ``(n,)``, ``(m,)`` float64, um: of the points that are looked at and not in its border.
    null : tuple of (numpy.ndarray, numpy.ndarray)
        The same after each random shift of A.
    notes : tuple of str
        What was noticed.
    """

    a: numpy.ndarray
    b: numpy.ndarray
    null: tuple[tuple[numpy.ndarray, numpy.ndarray], ...]
    notes: tuple[str, ...]


def compare_points(
    a_um: numpy.ndarray,
    b_um: numpy.ndarray,
    field: Field,
    *,
    tolerances_um: Sequence[float] = TOLERANCES_UM,
    n_shifts: int = N_SHIFTS,
    seed: int = 0,
    monitor: Monitor = SILENT,
) -> PointComparison:
    """Compare two sets of points, each of which counts the same.

    Parameters
    ----------
    a_um, b_um : numpy.ndarray
        ``(n, 3)``, ``(m, 3)`` float64: (layer, row, column) in um; A is judged by B.
    field : Field
        Box of the volume.
    tolerances_um : sequence of float
        Distances that count as near; 1 um must be one of them.
    n_shifts : int
        Random shifts.
    seed : int
        Of the shifts.
    monitor : Monitor
        Progress and cancelling.

    Raises
    ------
    OperationCancelled
        If the monitor says so.
    """
    found = point_distances(a_um, b_um, field, n_shifts=n_shifts, seed=seed, monitor=monitor)
    figures = point_figures(found.a, found.b, tolerances_um)
    null = [point_figures(*pair, tolerances_um) for pair in found.null]
    return PointComparison(
        figures=figures,
        null=averaged(null, figures),
        n_shifts=len(null),
        least_shift_um=field.least_shift_um,
        border_um=field.border_um,
        notes=found.notes,
        distances_a_um=found.a,
        distances_b_um=found.b,
    )


def point_figures(
    a: numpy.ndarray, b: numpy.ndarray, tolerances_um: Sequence[float]
) -> PointFigures:
    """Figures of the distances of two sets."""
    return PointFigures(len(a), len(b), point_scores(a, b, tolerances_um=tolerances_um))


def point_distances(
    a_um: numpy.ndarray,
    b_um: numpy.ndarray,
    field: Field,
    *,
    n_shifts: int = N_SHIFTS,
    seed: int = 0,
    monitor: Monitor = SILENT,
) -> PointDistances:
    """Distances between two sets of points, as they are and after random shifts of the first.

    Parameters
    ----------
    a_um, b_um, field, n_shifts, seed, monitor
        As of `compare_points`.
    """
    tree_a, tree_b = tree_of(a_um), tree_of(b_um)
    first, second, rest = monitor.part(0, 0.2), monitor.part(0.2, 0.4), monitor.part(0.4, 1)
    own = nearest(a_um, tree_b, monitor=first)[0][field.counted(a_um)]
    other = nearest(b_um, tree_a, monitor=second)[0][field.counted(b_um)]
    del tree_a
    chosen_b = _some(b_um, seed)
    shifts = field.shifts(n_shifts if len(a_um) and len(b_um) else 0, seed=seed)
    null = []
    for shift, part in zip(shifts, rest.parts(max(len(shifts), 1)), strict=False):
        moved = field.shifted(a_um, shift)
        moved = moved if field.inside is None else moved[field.inside(moved)]
        chosen_a = _some(moved, seed)
        null.append(
            (
                nearest(chosen_a, tree_b, monitor=part.quiet)[0][field.counted(chosen_a)],
                nearest(chosen_b, tree_of(moved), monitor=part.quiet)[0][field.counted(chosen_b)],
            )
        )
        part.report(1.0)
    notes = [*empty_notes(len(a_um), len(b_um), "points"), field.note()]
    if max(len(a_um), len(b_um)) > NULL_POINTS:
        notes.append(
            f"By chance: distances of {NULL_POINTS} points of each set, drawn at random, to all of "
            "the other."
        )
    return PointDistances(own, other, tuple(null), tuple(filter(None, notes)))


def empty_notes(n_a: int, n_b: int, what: str) -> list[str]:
    """A sentence where one of two sets is empty."""
    empty = [name for name, count in (("A", n_a), ("B", n_b)) if not count]
    if not empty:
        return []
    return [
        f"{' and '.join(empty)} {'have' if len(empty) > 1 else 'has'} no {what}: distances, "
        "precision and recall are not defined (nan)."
    ]


def _some(points_um: numpy.ndarray, seed: int) -> numpy.ndarray:
    """At most `NULL_POINTS` of the points, at random."""
    if len(points_um) <= NULL_POINTS:
        return points_um
    chosen = numpy.random.default_rng(seed).choice(len(points_um), NULL_POINTS, replace=False)
    return points_um[chosen]
