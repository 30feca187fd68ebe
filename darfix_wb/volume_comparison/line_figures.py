"""How well the lines of one network are those of another, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from .field import Field
from .sampled_lines import SampledLines
from .scores import ROUNDING_UM, PointScores, point_scores
from .weighted import quantiles

NEAR_UM = 1.0
"""A point so near to a line counts as found."""

LONG_UM = 5.0
"""Lines of this length and more are counted one by one."""

PART_UM, MERGED_UM = 1.0, 2.0
"""Length of a true line that a found one must cover to be a part of it, and to be merged in it."""


@dataclass(frozen=True)
class LineFigures:
    """Figures of found lines (A) and true lines (B); NaN where a network has no line.

    Attributes
    ----------
    length_a_um, length_b_um : float
        Length of all lines, without those that are ignored.
    length_found_um, length_false_um : float
        Length of A within 1 um of B, and the rest.
    length_recovered_um : float
        Length of B within 1 um of A.
    length_ignored_um : float
        Length of A that counts neither as found nor as false.
    n_long, n_long_found : float
        True lines of 5 um and more, and those of them half of whose length is found.
    n_split : float
        True lines of 5 um and more of which two or more found lines cover 1 um each and more.
    n_merged : float
        Found lines that cover two or more true lines, 2 um of each and more.
    n_lines : float
        Found lines.
    direction_median_deg, direction_p90_deg : float
        Angle between the tangent of a found point and of the true point nearest to it, within 1 um.
    scores : PointScores
        Of points along the lines, which count by the length that they stand for.
    """

    length_a_um: float
    length_b_um: float
    length_found_um: float
    length_false_um: float
    length_recovered_um: float
    length_ignored_um: float
    n_long: float
    n_long_found: float
    n_split: float
    n_merged: float
    n_lines: float
    direction_median_deg: float
    direction_p90_deg: float
    scores: PointScores

    def rows(self) -> dict[str, float]:
        """Each figure with its name and unit, in the order of a table."""
        return {
            "length of A (um)": self.length_a_um,
            "length of B (um)": self.length_b_um,
            "length of A over B": _ratio(self.length_a_um, self.length_b_um),
            "length of A near B (um)": self.length_found_um,
            "false length (um)": self.length_false_um,
            "false part of the length of A": _ratio(self.length_false_um, self.length_a_um),
            "length of B near A (um)": self.length_recovered_um,
            "length of A ignored (um)": self.length_ignored_um,
            "lines of A": self.n_lines,
            "lines of B of 5 um and more": self.n_long,
            "of these found": self.n_long_found,
            "part of these found": _ratio(self.n_long_found, self.n_long),
            "of these split": self.n_split,
            "part of these split": _ratio(self.n_split, self.n_long),
            "lines of A that merge several of B": self.n_merged,
            "direction off, median (degree)": self.direction_median_deg,
            "direction off, 90 % (degree)": self.direction_p90_deg,
            **self.scores.rows(),
        }


@dataclass(frozen=True, eq=False)
class LineDistances:
    """Distances between points along the lines of two networks.

    Attributes
    ----------
    a_um, b_um : numpy.ndarray
        ``(n,)``, ``(m,)`` float64: to the nearest point of the other network.
    nearest_b : numpy.ndarray
        ``(n,)`` int: number of that point, for the points of A.
    ignored_um : numpy.ndarray
        ``(n,)`` float64: from the points of A to lines that are ignored.
    """

    a_um: numpy.ndarray
    b_um: numpy.ndarray
    nearest_b: numpy.ndarray
    ignored_um: numpy.ndarray


def line_figures(
    a: SampledLines,
    b: SampledLines,
    distances: LineDistances,
    field: Field,
    tolerances_um: tuple[float, ...],
) -> LineFigures:
    """Score the points of found lines A by those of true lines B.

    Parameters
    ----------
    a, b : SampledLines
    distances : LineDistances
        Between them.
    field : Field
        Points in its border are left out here: nothing that is cut at a side counts as missed.
    tolerances_um : tuple of float
        Distances that count as near.
    """
    nearly = NEAR_UM + ROUNDING_UM
    near_a, near_b = distances.a_um <= nearly, distances.b_um <= nearly
    inside_a, inside_b = field.counted(a.points_um), field.counted(b.points_um)
    ignored = inside_a & ~near_a & (distances.ignored_um <= nearly)
    judged = inside_a & ~ignored
    found = judged & near_a
    weights_b = numpy.where(inside_b, b.weights_um, 0)
    long, recovered = _long_lines(b, weights_b, near_b)
    parts, merged = _times_shared(a, b, distances.nearest_b, found)
    angles = _angles(a.tangents[found], b.tangents[distances.nearest_b[found]])
    off, off_p90 = quantiles(angles, a.weights_um[found], (0.5, 0.9))
    of_a = 1 if a.n_lines else numpy.nan
    of_b = 1 if b.n_lines else numpy.nan
    both = of_a * of_b
    return LineFigures(
        length_a_um=of_a * float(a.weights_um[judged].sum()),
        length_b_um=of_b * float(weights_b.sum()),
        length_found_um=both * float(a.weights_um[found].sum()),
        length_false_um=both * float(a.weights_um[judged & ~near_a].sum()),
        length_recovered_um=both * float(weights_b[near_b].sum()),
        length_ignored_um=of_a * float(a.weights_um[ignored].sum()),
        n_long=int(long.sum()),
        n_long_found=both * int((long & recovered).sum()),
        n_split=both * int((long & (parts > 1)).sum()),
        n_merged=both * int((merged > 1).sum()),
        n_lines=len(numpy.unique(a.numbers[judged])),
        direction_median_deg=off,
        direction_p90_deg=off_p90,
        scores=point_scores(
            distances.a_um[judged],
            distances.b_um[inside_b],
            weights_a=a.weights_um[judged],
            weights_b=b.weights_um[inside_b],
            tolerances_um=tolerances_um,
        ),
    )


def _long_lines(
    b: SampledLines, weights: numpy.ndarray, near: numpy.ndarray
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """``(n_lines,)`` bool: lines of 5 um and more, and lines half of whose length is near."""
    lengths = numpy.bincount(b.numbers, weights, minlength=b.n_lines)
    covered = numpy.bincount(b.numbers, weights * near, minlength=b.n_lines)
    return lengths >= LONG_UM - ROUNDING_UM, covered >= lengths / 2


def _times_shared(
    a: SampledLines, b: SampledLines, nearest_b: numpy.ndarray, found: numpy.ndarray
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """In how many parts each true line was found; how many true lines each found one covers.

    Each found point belongs to the true line of the point nearest to it, so that lines that only
    cross share next to nothing.
    """
    keys = a.numbers[found] * max(b.n_lines, 1) + b.numbers[nearest_b[found]]
    pairs, place = numpy.unique(keys, return_inverse=True)
    shared = numpy.bincount(place, a.weights_um[found], minlength=len(pairs))
    of_a, of_b = numpy.divmod(pairs, max(b.n_lines, 1))
    parts = numpy.bincount(of_b[shared >= PART_UM], minlength=b.n_lines)
    merged = numpy.bincount(of_a[shared >= MERGED_UM], minlength=a.n_lines)
    return parts, merged


def _angles(a: numpy.ndarray, b: numpy.ndarray) -> numpy.ndarray:
    """Angles between lines, which have no sense of direction, in degree."""
    cosine = numpy.abs((a * b).sum(axis=1))
    sine = numpy.linalg.norm(numpy.cross(a, b), axis=1)
    return numpy.rad2deg(numpy.arctan2(sine, cosine))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else numpy.nan
