"""The result of a comparison: figures beside those of random shifts, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from typing import Any, Protocol, TypeVar

import numpy

from .scores import HEADLINE_UM, PointScores

HISTOGRAM_STEP_UM, HISTOGRAM_END_UM = 0.1, 10.0


class Figures(Protocol):
    """Figures of one comparison, e.g. `darfix_wb.volume_comparison.scores.PointScores`."""

    scores: PointScores

    def rows(self) -> dict[str, float]:
        """Each figure with its name and unit, in the order of a table."""


AnyFigures = TypeVar("AnyFigures")


@dataclass(frozen=True, eq=False)
class Comparison:
    """What A and B have in common, and what A would have in common with B by chance.

    Attributes
    ----------
    figures : Figures
        Of A and B.
    null : Figures
        Means over random shifts of A, as NaN where there were none.
    n_shifts : int
        Number of shifts.
    least_shift_um : float
        How far they go at least.
    border_um : float
        Points nearer than this to a side are left out.
    notes : tuple of str
        What must be known to read the figures.
    distances_a_um, distances_b_um : numpy.ndarray
        ``(n,)``, ``(m,)`` float64: distances to the nearest neighbour, from A and from B.
    """

    figures: Figures
    null: Figures
    n_shifts: int
    least_shift_um: float
    border_um: float
    notes: tuple[str, ...]
    distances_a_um: numpy.ndarray
    distances_b_um: numpy.ndarray

    @property
    def empty(self) -> bool:
        """Whether A or B has nothing to compare, so that distances are not defined."""
        return bool(numpy.isnan(self.figures.scores.assd_um))

    @property
    def null_ratio(self) -> float:
        """F1 at 1 um over that of random shifts; infinite where these have none, else NaN."""
        found, chance = (one.scores.f1_at(HEADLINE_UM) for one in (self.figures, self.null))
        if chance == 0:
            return numpy.inf if found > 0 else numpy.nan
        return found / chance

    def histogram(
        self, edges_um: Sequence[float] | None = None
    ) -> tuple[numpy.ndarray, numpy.ndarray]:
        """How many nearest-neighbour distances, from A and from B together, lie in each interval.

        Parameters
        ----------
        edges_um : sequence of float, optional
            Ascending; from 0 to 10 um by 0.1 um if not given. What lies beyond is not counted.

        Returns
        -------
        edges_um : numpy.ndarray
            ``(n + 1,)`` float64.
        counts : numpy.ndarray
            ``(n,)`` int.
        """
        if edges_um is None:
            count = round(HISTOGRAM_END_UM / HISTOGRAM_STEP_UM)
            edges_um = numpy.linspace(0, HISTOGRAM_END_UM, count + 1)
        both = numpy.concatenate([self.distances_a_um, self.distances_b_um])
        counts, edges = numpy.histogram(both[numpy.isfinite(both)], numpy.asarray(edges_um, float))
        return edges, counts

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, in which None stands for what is not known or not finite."""
        return plain(
            {
                "empty": self.empty,
                "border_um": self.border_um,
                "figures": asdict(self.figures),
                "random_shifts": asdict(self.null),
                "n_shifts": self.n_shifts,
                "least_shift_um": self.least_shift_um,
                "null_ratio": self.null_ratio,
                "notes": list(self.notes),
            }
        )

    def table(self) -> str:
        """The figures as text, one a line, beside those of random shifts."""
        rows, chance = self.figures.rows(), self.null.rows()
        width = max(map(len, rows))
        lines = [f"{'':{width}}  {'A and B':>10}  {'by chance':>10}"]
        lines += [
            f"{name:{width}}  {_number(value):>10}  {_number(chance[name]):>10}"
            for name, value in rows.items()
        ]
        ratio = f"F1 at {HEADLINE_UM:g} um over chance"
        lines.append(f"{ratio:{width}}  {_number(self.null_ratio):>10}")
        lines.append(
            f"By chance: mean of {self.n_shifts} random shifts of A by {self.least_shift_um:.3g} "
            f"um and more. Left out at the sides: {self.border_um:g} um."
        )
        return "\n".join([*lines, *self.notes])


def plain(value: Any) -> Any:
    """A value that JSON holds: lists for arrays and tuples, None for what is not finite."""
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple, numpy.ndarray)):
        return [plain(one) for one in value]
    if isinstance(value, (float, numpy.floating)):
        return float(value) if numpy.isfinite(value) else None
    return value.item() if isinstance(value, numpy.generic) else value


def averaged(figures: Sequence[AnyFigures], like: AnyFigures) -> AnyFigures:
    """Means of figures of one kind, number by number; NaN where there are none.

    Parameters
    ----------
    figures : sequence of a dataclass of numbers, tuples of numbers and such dataclasses
        Of the random shifts.
    like : the same
        Which has the same tolerances.
    """
    means: dict[str, Any] = {}
    for field in fields(like):
        values = [getattr(one, field.name) for one in figures]
        first = getattr(like, field.name)
        if field.name == "tolerances_um":
            continue
        if is_dataclass(first):
            means[field.name] = averaged(values, first)
        elif isinstance(first, tuple):
            columns = zip(*values, strict=True) if values else ((),) * len(first)
            means[field.name] = tuple(_mean(column) for column in columns)
        else:
            means[field.name] = _mean(values)
    return replace(like, **means)


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not numpy.isnan(value)]
    return float(numpy.mean(known)) if known else numpy.nan


def _number(value: float) -> str:
    if numpy.isnan(value):
        return "nan"
    return f"{value:.0f}" if float(value).is_integer() and abs(value) >= 2 else f"{value:.4g}"
