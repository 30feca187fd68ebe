"""Plots of an evaluation, as PNG files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle
from pathlib import Path

import matplotlib
import numpy
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from ..io.output import InputFile, new_file
from ..metrics import N_BINS
from .cell import Cell
from .figures import COVERAGES
from .summary import Summary, summarise
from .tables import protocol_title

STYLES = [
    {"color": "#000000", "linestyle": ":", "marker": ""},
    {"color": "#D55E00", "linestyle": "-", "marker": "o"},
    {"color": "#0072B2", "linestyle": "-", "marker": "s"},
    {"color": "#009E73", "linestyle": "-", "marker": "^"},
    {"color": "#CC79A7", "linestyle": "-", "marker": "v"},
    {"color": "#E69F00", "linestyle": "--", "marker": "D"},
    {"color": "#56B4E9", "linestyle": "--", "marker": "P"},
    {"color": "#B8A800", "linestyle": "--", "marker": "X"},
    {"color": "#7F7F7F", "linestyle": "-.", "marker": "<"},
    {"color": "#332288", "linestyle": "-.", "marker": ">"},
    {"color": "#882255", "linestyle": "-.", "marker": "h"},
]
"""One for each method: colours that colour-blind people tell apart (Okabe and Ito, 2008; the last
two of Tol), and lines and marks for those who see none."""

LEAST_PATCHES = 30
"""A point of fewer lit patches says nothing and is left out."""

N_COLUMNS = 3


PLOTS = ("rocking_index.png", "coverage.png", "reliability.png", "budgets.png")
"""Files that `draw_plots` may write."""


def draw_plots(
    folder: Path,
    cells: Sequence[Cell],
    protocols: Sequence[str],
    *,
    inputs: Sequence[InputFile] = (),
) -> list[Path]:
    """Write the plots for which there are figures.

    Parameters
    ----------
    folder : pathlib.Path
        Where the files named in `PLOTS` go; files of these names are replaced.
    cells : sequence of Cell
        What was done.
    protocols : sequence of str
        Order of the panels.
    inputs : sequence of InputFile
        Files that may never be replaced, as in `darfix_wb.io.output.check_output`.

    Returns
    -------
    list of pathlib.Path
        The files written.
    """
    done = sorted(
        (cell for cell in cells if cell.figures is not None),
        key=lambda cell: protocols.index(cell.protocol),
    )
    if not done:
        return []
    styles = dict(zip(dict.fromkeys(cell.method for cell in cells), cycle(STYLES), strict=False))
    drawings = (
        _panels(done, styles, _rocking_index, 0),
        _panels(done, styles, _coverage),
        _panels(done, styles, _reliability, 0),
        _budgets(summarise(done), styles),
    )
    files = []
    for name, figure in zip(PLOTS, drawings, strict=True):
        if figure is not None:
            with new_file(folder / name, overwrite=True, inputs=inputs) as partial:
                FigureCanvasAgg(figure).print_png(partial)
            files.append(folder / name)
    return files


def _panels(
    cells: Sequence[Cell],
    styles: dict,
    draw: Callable[[Axes, list[Cell], dict], None],
    lowest: float | None = None,
) -> Figure:
    """One panel per protocol, one line per method, one legend; all from `lowest` to 1."""
    protocols = list(dict.fromkeys(cell.protocol for cell in cells))
    n_columns = min(N_COLUMNS, len(protocols))
    n_rows = -(-len(protocols) // n_columns)
    figure = Figure(figsize=(5.2 * n_columns + 1.8, 4.2 * n_rows), layout="constrained", dpi=110)
    axes = figure.subplots(n_rows, n_columns, squeeze=False, sharey=True).ravel()
    for axis, protocol in zip(axes, protocols, strict=False):
        for method, style in styles.items():
            mine = [c for c in cells if (c.protocol, c.method) == (protocol, method)]
            if mine:
                draw(axis, mine, {**style, "label": method, "markersize": 4, "linewidth": 1.4})
        axis.set_title(protocol_title(protocol), fontsize=9, wrap=True)
        axis.grid(alpha=0.3)
        axis.yaxis.set_major_formatter(PercentFormatter(1))
        axis.tick_params(labelleft=True)
    axes[0].set_ylim(lowest, 1.01)
    for axis in axes[len(protocols) :]:
        axis.remove()
    lines = {line.get_label(): line for axis in figure.axes for line in axis.get_lines()}
    shown = [lines[method] for method in styles if method in lines]
    figure.legend(handles=shown, loc="outside right upper", frameon=False)
    return figure


def _rocking_index(axis: Axes, cells: list[Cell], style: dict) -> None:
    """Share right at each distance from the scan's peak, over all scans and seeds."""
    totals: dict[int, numpy.ndarray] = {}
    for cell in cells:
        for index, n_weak, right_weak, n_strong, right_strong in cell.figures.by_rocking_index:
            counts = numpy.array([n_weak + n_strong, right_weak + right_strong])
            totals[index] = totals.get(index, 0) + counts
    enough = {i: right / n for i, (n, right) in totals.items() if n >= LEAST_PATCHES}
    if enough:
        steps = numpy.arange(min(enough), max(enough) + 1)
        axis.plot(steps, [enough.get(step, numpy.nan) for step in steps.tolist()], **style)
    axis.set(xlabel="steps from the scan's peak", ylabel="lit patches right")


def _coverage(axis: Axes, cells: list[Cell], style: dict) -> None:
    """Share right among the surest patches, mean over scans and seeds; a star where the method's
    own thresholds leave the others ambiguous."""
    curves = numpy.mean([cell.figures.right_at_coverage for cell in cells], axis=0)
    axis.plot(COVERAGES, curves, **{**style, "markevery": 2})
    sets = [cell.figures.sets for cell in cells if cell.figures.sets]
    if sets:
        decided, right = numpy.mean(
            [(1 - one.ambiguous, one.decided_right) for one in sets], axis=0
        )
        axis.plot(decided, right, color=style["color"], marker="*", markersize=13, label="_sets")
    axis.set(xlabel="share of lit patches decided, the surest first", ylabel="of these right")
    axis.xaxis.set_major_formatter(PercentFormatter(1))


def _reliability(axis: Axes, cells: list[Cell], style: dict) -> None:
    """Share right against the probability of the answer, over all scans and seeds."""
    totals = numpy.zeros((N_BINS, 3))
    for cell in cells:
        for confidence, right, n in cell.figures.lit.reliability:
            row = min(int(confidence * N_BINS), N_BINS - 1)
            totals[row] += confidence * n, right * n, n
    told = totals[totals[:, 2] >= LEAST_PATCHES]
    if len(told):
        axis.plot(told[:, 0] / told[:, 2], told[:, 1] / told[:, 2], **style)
    axis.axline((0.5, 0.5), slope=1, color="#999999", linewidth=0.8)
    axis.set(xlabel="probability that the method gives", ylabel="share right", xlim=(0.33, 1.02))
    axis.xaxis.set_major_formatter(PercentFormatter(1))


def _budgets(rows: Sequence[Summary], styles: dict) -> Figure | None:
    """Balanced accuracy by the number of labelled patches; bars are the spread over seeds."""
    by_method = {
        method: sorted(
            (int(row.protocol.removeprefix("budget-")), row.mean["balanced_accuracy"], row.spread)
            for row in rows
            if row.method == method and row.protocol.startswith("budget-")
        )
        for method in styles
    }
    if not any(by_method.values()):
        return None
    figure = Figure(figsize=(7.5, 4.5), layout="constrained", dpi=110)
    axis = figure.subplots()
    with matplotlib.rc_context({"errorbar.capsize": 3}):
        for number, (method, told) in enumerate(by_method.items()):
            if told:
                budget, accuracy, spread = numpy.array(told).T
                shifted = budget * 1.02 ** (number - len(styles) / 2)
                axis.errorbar(
                    shifted, accuracy, numpy.nan_to_num(spread), label=method, **styles[method]
                )
    ticks = sorted({entry[0] for told in by_method.values() for entry in told})
    axis.set_xscale("log", base=2)
    axis.set_xticks(ticks, [str(tick) for tick in ticks])
    axis.set(xlabel="labelled patches of the new sample", ylabel="balanced accuracy, all lit")
    axis.yaxis.set_major_formatter(PercentFormatter(1))
    axis.grid(alpha=0.3)
    figure.legend(loc="outside right upper", frameon=False)
    return figure
