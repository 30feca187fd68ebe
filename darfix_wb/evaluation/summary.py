"""Cells of one method and protocol, put together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy

from ..metrics import percentile_interval
from .cell import Cell
from .figures import Figures

OF_PATCHES: dict[str, Callable[[Figures], float]] = {
    "balanced_accuracy": lambda figures: figures.lit.balanced_accuracy,
    "clear": lambda figures: figures.clear.balanced_accuracy if figures.clear else math.nan,
    "unclear": lambda figures: figures.unclear.balanced_accuracy if figures.unclear else math.nan,
    "macro_f1": lambda figures: figures.lit.macro_f1,
    "mcc": lambda figures: figures.lit.mcc,
    "auroc": lambda figures: figures.lit.auroc,
    "ece": lambda figures: figures.lit.ece,
    "brier": lambda figures: figures.lit.brier,
    "right_at_90": lambda figures: figures.right_at_90,
    "sure_of_ambiguous": lambda figures: figures.ambiguous[2] if figures.ambiguous else math.nan,
    **{
        name: lambda figures, name=name: getattr(figures.sets, name) if figures.sets else math.nan
        for name in ("ambiguous", "decided_right", "weak_covered", "strong_covered")
    },
}


def _of_patches(value: Callable[[Figures], float]) -> Callable[[Cell], float]:
    """Of a cell; nan of a method that makes an image only."""
    return lambda cell: value(cell.figures) if cell.figures else math.nan


FIGURES: dict[str, Callable[[Cell], float]] = {
    **{name: _of_patches(value) for name, value in OF_PATCHES.items()},
    "fit_seconds": lambda cell: cell.fit_seconds,
    "frame_seconds": lambda cell: cell.frame_seconds,
}
"""Figures of a cell that has not failed, by name."""


@dataclass(frozen=True)
class Summary:
    """One row of a table.

    Attributes
    ----------
    method, protocol : str
        What was fitted, and how.
    n_cells, n_failed : int
        Scans times seeds, and how many of them failed.
    mean : dict
        Of each of `FIGURES`: mean over the seeds of each scan, then over the scans; nan where no
        cell has it.
    interval : tuple of float
        2.5 and 97.5 % of the mean balanced accuracy when the frames of each scan are drawn with
        replacement.
    spread : float
        Standard deviation over the seeds of the balanced accuracy averaged over scans; nan with
        one seed.
    worst : tuple
        The scan with the lowest balanced accuracy, averaged over seeds, and its value.
    by_scan : dict
        ``(balanced accuracy, that of clear patches)`` of each scan, averaged over seeds.
    image : dict
        Means of the figures of the weak-beam image.
    parameters, macs : int
        Of the network; 0 for other methods.
    errors, notes : tuple of str
        What the cells say, each once.
    """

    method: str
    protocol: str
    n_cells: int
    n_failed: int
    mean: dict[str, float]
    interval: tuple[float, float] = (math.nan, math.nan)
    spread: float = math.nan
    worst: tuple[str, float] = ("", math.nan)
    by_scan: dict[str, tuple[float, float]] = field(default_factory=dict)
    image: dict[str, float] = field(default_factory=dict)
    parameters: int = 0
    macs: int = 0
    errors: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def summarise(cells: Sequence[Cell], *, protocols: Sequence[str] = ()) -> list[Summary]:
    """A row for each protocol and method.

    Parameters
    ----------
    cells : sequence of Cell
        What was done; the order of its methods is kept.
    protocols : sequence of str, optional
        Order of the protocols; that of the cells by default.
    """
    protocols = dict.fromkeys([*protocols, *(cell.protocol for cell in cells)])
    methods = dict.fromkeys(cell.method for cell in cells)
    groups = [
        [cell for cell in cells if (cell.protocol, cell.method) == (protocol, method)]
        for protocol in protocols
        for method in methods
    ]
    return [_summary(group) for group in groups if group]


def _summary(cells: list[Cell]) -> Summary:
    done = [cell for cell in cells if not cell.error]
    first = cells[0]
    start = Summary(
        first.method,
        first.protocol,
        len(cells),
        len(cells) - len(done),
        {name: _over_scans(done, value) for name, value in FIGURES.items()},
        errors=_each_once(cell.error for cell in cells),
        notes=_each_once(cell.note for cell in done),
    )
    if not done:
        return start
    by_scan = {
        scan: tuple(
            mean([FIGURES[name](cell) for cell in done if cell.scan == scan])
            for name in ("balanced_accuracy", "clear")
        )
        for scan in dict.fromkeys(cell.scan for cell in done)
    }
    known = {scan: lit for scan, (lit, _) in by_scan.items() if not math.isnan(lit)}
    worst = min(known.items(), key=lambda item: item[1]) if known else start.worst
    names = dict.fromkeys(name for cell in done for name in cell.image)
    return replace(
        start,
        interval=_interval(done),
        spread=_spread(done),
        worst=worst,
        by_scan=by_scan,
        image={n: _over_scans(done, lambda c, n=n: c.image.get(n, math.nan)) for n in names},
        parameters=done[0].parameters,
        macs=done[0].macs,
    )


def mean(values: Iterable[float]) -> float:
    """Mean of the values that are numbers; nan where none is."""
    known = [value for value in values if not math.isnan(value)]
    return math.fsum(known) / len(known) if known else math.nan


def _over_scans(cells: list[Cell], value: Callable[[Cell], float]) -> float:
    scans = dict.fromkeys(cell.scan for cell in cells)
    return mean([mean([value(cell) for cell in cells if cell.scan == scan]) for scan in scans])


def _interval(cells: list[Cell]) -> tuple[float, float]:
    """Drawings of one scan are the same for all its seeds, and independent of other scans."""
    known = [cell for cell in cells if not math.isnan(FIGURES["balanced_accuracy"](cell))]
    if not known:
        return math.nan, math.nan
    by_scan = [
        numpy.mean([cell.figures.drawings for cell in known if cell.scan == scan], axis=0)
        for scan in dict.fromkeys(cell.scan for cell in known)
    ]
    return percentile_interval(numpy.mean(by_scan, axis=0))


def _spread(cells: list[Cell]) -> float:
    seeds = dict.fromkeys(cell.seed for cell in cells)
    means = [
        mean([FIGURES["balanced_accuracy"](cell) for cell in cells if cell.seed == seed])
        for seed in seeds
    ]
    known = [value for value in means if not math.isnan(value)]
    return float(numpy.std(known, ddof=1)) if len(known) > 1 else math.nan


def _each_once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))
