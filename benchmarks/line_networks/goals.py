"""The goals, and what was reached, over all volumes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy

Rows = Sequence[dict[str, float]]
"""Figures of a method by name, one for each volume."""


@dataclass(frozen=True)
class Goal:
    """A row of the table.

    Attributes
    ----------
    name, aim : str
        What is measured, and what must be reached, in words.
    value : callable
        Takes the figures of all volumes, and gives one number or several.
    reached : callable
        Takes these numbers.
    digits : str
        Format of each number.
    """

    name: str
    aim: str
    value: Callable[[Rows], tuple[float, ...]]
    reached: Callable[..., bool]
    digits: str = ".2f"

    def text(self, rows: Rows) -> str:
        """The numbers."""
        return " / ".join(_number(value, self.digits) for value in self.value(rows))

    def is_reached(self, rows: Rows) -> bool:
        """Whether all volumes together reach it; not where a number is not known."""
        values = self.value(rows)
        return bool(not numpy.isnan(values).any() and self.reached(*values))


def _mean(*names: str) -> Callable[[Rows], tuple[float, ...]]:
    return lambda rows: tuple(mean(rows, name) for name in names)


def _least(*names: str) -> Callable[[Rows], tuple[float, ...]]:
    return lambda rows: tuple(min(_of(rows, name)) for name in names)


def _range(name: str) -> Callable[[Rows], tuple[float, ...]]:
    return lambda rows: (min(_of(rows, name)), max(_of(rows, name)))


def _sums(*pairs: tuple[str, str]) -> Callable[[Rows], tuple[float, ...]]:
    return lambda rows: tuple(
        numpy.nansum(_of(rows, part)) / max(numpy.nansum(_of(rows, whole)), 1)
        for part, whole in pairs
    )


def _of(rows: Rows, name: str) -> list[float]:
    return [row.get(name, numpy.nan) for row in rows]


def mean(rows: Rows, name: str) -> float:
    """Mean over the volumes in which a figure is defined; NaN where it is in none."""
    known = [value for value in _of(rows, name) if not numpy.isnan(value)]
    return float(numpy.mean(known)) if known else numpy.nan


def _number(value: float, digits: str) -> str:
    return "-" if numpy.isnan(value) else format(value, digits)


LEAD = "F1 at 1 um above manual, mended"
RATIO_OF_TRUTH = "F1 at 1 um over chance, of the truth itself"

GOALS = (
    Goal(
        "F1 at 0.5 / 1 um, mean of the volumes",
        ".93 / .95",
        _mean("F1 at 0.5 um", "F1 at 1 um"),
        lambda near, far: near >= 0.93 and far >= 0.95,
    ),
    Goal(
        "F1 at 0.5 / 1 um, worst volume",
        ".88",
        _least("F1 at 0.5 um", "F1 at 1 um"),
        lambda near, far: min(near, far) >= 0.88,
    ),
    Goal(
        "F1 at 1 um above `manual`, mended, worst volume",
        "+.30",
        _least(LEAD),
        lambda lead: lead >= 0.3,
        "+.2f",
    ),
    Goal(
        "ASSD; median distance of found from true, um",
        ".30; .15",
        _mean("ASSD (um)", "median distance of A from B (um)"),
        lambda assd, median: assd <= 0.3 and median <= 0.15,
    ),
    Goal(
        "length found / true, least and most",
        ".93 to 1.07",
        _range("length of A over B"),
        lambda least, most: least >= 0.93 and most <= 1.07,
    ),
    Goal(
        "false length, mean",
        "6 %",
        _mean("false part of the length of A"),
        lambda part: part <= 0.06,
        ".1%",
    ),
    Goal(
        "lines of 5 um and more found; split",
        "95 %; 10 %",
        _sums(
            ("of these found", "lines of B of 5 um and more"),
            ("of these split", "lines of B of 5 um and more"),
        ),
        lambda found, split: found >= 0.95 and split <= 0.1,
        ".0%",
    ),
    Goal(
        "direction off, median / 90 %, degree",
        "1 / 4",
        _mean("direction off, median (degree)", "direction off, 90 % (degree)"),
        lambda median, most: median <= 1 and most <= 4,
        ".1f",
    ),
    Goal(
        "null ratio: F1 at 1 um over that of random shifts, worst volume; of the truth itself",
        "8",
        _least("F1 at 1 um over chance", RATIO_OF_TRUTH),
        lambda ratio, _: ratio >= 8,
        ".1f",
    ),
    Goal(
        "steep lines of 3 um and more that follow no true line",
        "0",
        lambda rows: (float(numpy.nansum(_of(rows, "steep false lines"))),),
        lambda count: count == 0,
        ".0f",
    ),
    Goal(
        "F1 at 1 um: curved / near junctions / next line 1.5 to 2 um away",
        ".85",
        _mean(
            "curved lines: F1 at 1 um",
            "within 2 um of a junction: F1 at 1 um",
            "next line 1.5 to 2 um away: F1 at 1 um",
        ),
        lambda *values: min(values) >= 0.85,
    ),
    Goal(
        "junctions: F1 at 2 um, mean",
        ".6",
        _mean("junctions: F1 at 2 um"),
        lambda value: value >= 0.6,
    ),
    Goal(
        "boundaries: offset, um; normal, degree; part matched",
        "1.5; 2",
        lambda rows: (
            *_mean("boundaries: offset, median (um)", "boundaries: normal off, median (degree)")(
                rows
            ),
            *_sums(("boundaries matched", "boundaries of B"))(rows),
        ),
        lambda offset, normal, _: offset <= 1.5 and normal <= 2,
    ),
)

JITTER = Goal(
    "loss of F1 at 1 um by 0.2 um of jitter, mean; not corrected",
    ".05",
    _mean("loss, corrected", "loss, not corrected"),
    lambda loss, _: loss <= 0.05,
    ".3f",
)
