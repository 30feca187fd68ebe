"""Tables of the benchmark, in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy

from .goals import GOALS, JITTER, RATIO_OF_TRUTH, Rows, mean

SHOWN = (
    "length of B (um)",
    "length density of B (1/um2)",
    "length density of A (1/um2)",
    *(f"F1 at {near} um" for near in ("0.21", "0.5", "1", "2", "5")),
    "precision at 1 um",
    "recall at 1 um",
    "F1 at 0.5 um by chance",
    "F1 at 1 um by chance",
    "F1 at 1 um over chance",
    RATIO_OF_TRUTH,
    "ASSD (um)",
    "ASSD by chance (um)",
    "median distance of A from B (um)",
    "median distance of B from A (um)",
    "HD95 (um)",
    "length of A over B",
    "false part of the length of A",
    "lines of A",
    "lines of B of 5 um and more",
    "of these found",
    "of these split",
    "lines of A that merge several of B",
    "direction off, median (degree)",
    "direction off, 90 % (degree)",
    "steep false lines",
    "curved lines: F1 at 1 um",
    "within 2 um of a junction: F1 at 1 um",
    "next line 1.5 to 2 um away: F1 at 1 um",
    "next line below 1.5 um: F1 at 1 um",
    "junctions of A",
    "junctions of B",
    "junctions: F1 at 2 um",
    "connected parts, A less B",
    "boundaries of A",
    "boundaries of B",
    "boundaries matched",
    "boundaries: offset, median (um)",
    "boundaries: normal off, median (degree)",
    "boundaries: spacing off, median",
    "seconds",
)
"""Figures of one volume that are printed; A is what was found, B the truth."""


def goals_table(whole: dict[str, Rows], inner: dict[str, Rows], jitter: Rows) -> str:
    """The goals, without and with a border left out, and whether the first method reaches them.

    Parameters
    ----------
    whole, inner : dict of str to Rows
        Figures of all volumes for each method; of the second without a border.
    jitter : Rows
        Losses by jitter; empty where they were not measured.
    """
    names = list(whole)
    first = names[0]
    head = ["", "goal", first, "without border", "reached", *names[1:]]
    lines = [head, ["---"] * len(head)]
    for goal in GOALS:
        good = [goal.is_reached(rows[first]) for rows in (whole, inner)]
        met = "yes" if all(good) else "without border" if good[1] else "no"
        met = "whole field" if good == [True, False] else met
        others = [goal.text(whole[name]) for name in names[1:]]
        figures = [goal.text(whole[first]), goal.text(inner[first])]
        lines.append([goal.name, goal.aim, *figures, met, *others])
    if jitter:
        met = "yes" if JITTER.is_reached(jitter) else "no"
        empty = [""] * len(names[1:])
        lines.append([JITTER.name, JITTER.aim, JITTER.text(jitter), "", met, *empty])
    return markdown(lines)


def volumes_table(rows: Rows, seeds: Sequence[int], names: Sequence[str] = SHOWN) -> str:
    """Figures of one method, a column for each volume, and their mean."""
    lines = [["", *map(str, seeds), "mean"], ["---"] * (len(seeds) + 2)]
    for name in names:
        values = [row.get(name, numpy.nan) for row in rows]
        if not numpy.isnan(values).all():
            lines.append([name, *map(_number, values), _number(mean(rows, name))])
    return markdown(lines)


def voxels_table(pairs: dict[str, Rows]) -> str:
    """Figures of pairs of volumes of voxels, as means over the volumes."""
    names = list(next(iter(pairs.values()))[0])
    lines = [["A, B", *names], ["---"] * (len(names) + 1)]
    for pair, rows in pairs.items():
        lines.append([pair, *(_number(mean(rows, name)) for name in names)])
    return markdown(lines)


def markdown(lines: Sequence[Sequence[str]]) -> str:
    """Rows of cells as a table."""
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _number(value: float) -> str:
    if numpy.isnan(value):
        return "-"
    if numpy.isinf(value):
        return "inf"
    return f"{value:.0f}" if float(value).is_integer() or abs(value) >= 1000 else f"{value:.3g}"
