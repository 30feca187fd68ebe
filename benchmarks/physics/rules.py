"""What must hold of figures, and whether it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy


@dataclass(frozen=True)
class Rule:
    """A limit for the figure of each scan, or for their mean.

    Attributes
    ----------
    number : int
        Of the property that it belongs to.
    name : str
    limit : float
    largest : bool
        Whether figures may not exceed the limit, instead of not falling below it.
    of_mean : bool
        Whether it is for the mean over scans.
    """

    number: int
    name: str
    limit: float
    largest: bool = False
    of_mean: bool = False

    def holds(self, values: Sequence[float]) -> bool:
        """Whether it does; of no figures at all nothing holds."""
        if not len(values):
            return False
        judged = numpy.mean(values) if self.of_mean else self.worst(values)
        return bool(judged <= self.limit if self.largest else judged >= self.limit)

    def worst(self, values: Sequence[float]) -> float:
        """The figure that is farthest on the wrong side."""
        return float(numpy.max(values) if self.largest else numpy.min(values))

    @property
    def text(self) -> str:
        """What must hold."""
        sign, which = "<=" if self.largest else ">=", "mean" if self.of_mean else "each"
        return f"{which} {sign} {self.limit:g}"


@dataclass(frozen=True)
class Figure:
    """A figure of one scan.

    Attributes
    ----------
    rule : Rule
    value : float
    scan : str
        What it is of: the recipe, or the seed.
    """

    rule: Rule
    value: float
    scan: str


def of_rules(figures: Sequence[Figure]) -> dict[Rule, list[Figure]]:
    """Figures by rule, in order."""
    found: dict[Rule, list[Figure]] = {}
    for figure in figures:
        found.setdefault(figure.rule, []).append(figure)
    return found


def broken(figures: Sequence[Figure]) -> list[str]:
    """A line for each rule that does not hold, with its worst scan."""
    return [
        f"{rule.number} {rule.name} must be {rule.text}: {summary(rule, some)}"
        for rule, some in of_rules(figures).items()
        if not rule.holds([one.value for one in some])
    ]


def summary(rule: Rule, figures: Sequence[Figure]) -> str:
    """Worst and mean, and which scan is the worst."""
    values = [one.value for one in figures]
    worst = rule.worst(values)
    scan = figures[values.index(worst)].scan
    return f"worst {worst:.4f}, mean {numpy.mean(values):.4f} of {len(values)}; worst is {scan}"
