"""How the lines compare with the reference: distances, figures, and what chance gives."""

from __future__ import annotations

import math
from typing import Any

import numpy
from silx.gui import qt
from silx.gui.plot import PlotWidget

from ..forms.sortable_table import FigureItem, SortableTable
from ..placeholder import Placeholder
from ..plots.margins import keep_margins
from ..plots.style import follow_palette

_NOTHING = (
    "Nothing was compared. Choose a reference, lines or a mask of voxels, and press Apply: its "
    "distances from the lines appear here, beside those of random shifts."
)
_HEADERS = ["Figure", "Found (A) and\nreference (B)", "By chance"]
_COLOR = "#0072B2"
_MARGINS = (66, 8, 12, 46)
_SHOWN = 0.99
"""Part of all distances that the plot shows at first."""

_LEAST_UM = 2.0
_CLEAR, _HARDLY = 4.0, 1.5
"""Ratios from which lines are clearly where the reference is, and are so at all."""


class ComparisonPanel(Placeholder):
    """Sentence, histogram and table of a comparison, or what to do to get one."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        self.sentence, self.plot, self.table = qt.QLabel(), PlotWidget(), SortableTable()
        content = qt.QWidget()
        super().__init__(content, _NOTHING, parent)
        self.sentence.setWordWrap(True)
        self.sentence.setTextInteractionFlags(qt.Qt.TextInteractionFlag.TextSelectableByMouse)
        follow_palette(self.plot)
        keep_margins(self.plot, *_MARGINS)
        self.plot.setGraphXLabel("distance to the nearest neighbour, both ways (µm)")
        self.plot.setGraphYLabel("number of points")
        self.table.horizontalHeader().setStretchLastSection(True)
        both = qt.QSplitter(qt.Qt.Orientation.Vertical)
        both.addWidget(self.plot)
        both.addWidget(self.table)
        both.setChildrenCollapsible(False)
        both.setSizes([200, 260])
        layout = qt.QVBoxLayout(content)
        layout.setContentsMargins(4, 4, 4, 0)
        layout.addWidget(self.sentence)
        layout.addWidget(both, 1)

    def set_comparison(self, comparison: dict[str, Any] | None) -> None:
        """Show a comparison, as of the report of a reconstruction."""
        if comparison is None:
            self.show_text(_NOTHING)
            return
        self.sentence.setText(sentence(comparison))
        rows = [
            [FigureItem(name), _number(value), _number(chance)]
            for name, value, chance in comparison["table"]
        ]
        self.table.set_rows(_HEADERS, rows)
        self._draw(**comparison["distances"])
        self.show_content()

    def _draw(self, edges_um: list[float], counts: list[int]) -> None:
        edges, counts = numpy.array(edges_um), numpy.array(counts)
        self.plot.addHistogram(counts, edges, legend="distances", color=_COLOR, fill=True)
        total = numpy.cumsum(counts)
        end = edges[-1]
        if total[-1]:
            end = max(edges[numpy.searchsorted(total, _SHOWN * total[-1]) + 1], _LEAST_UM)
        self.plot.setLimits(edges[0], end, 0, 1.05 * max(counts.max(), 1))


def sentence(comparison: dict[str, Any]) -> str:
    """What the comparison says, with the null ratio in words.

    Examples
    --------
    >>> chance = {"n_shifts": 20, "least_shift_um": 20.0, "border_um": 0.0, "notes": []}
    >>> print(sentence({"table": [["F1 at 1 um", 0.9, 0.09]], "null_ratio": 10.0, **chance}))
    F1 at 1 µm is 0.90, 10 times that of random shifts (0.09): the lines lie where the reference is.
    By chance: mean of 20 random shifts by 20 µm and more.
    """
    figures = {name: (value, chance) for name, value, chance in comparison["table"]}
    found, chance = figures["F1 at 1 um"]
    shifts = (
        f"By chance: mean of {comparison['n_shifts']} random shifts by "
        f"{comparison['least_shift_um']:.3g} µm and more."
    )
    if comparison["border_um"]:
        shifts += f" Left out at the sides: {comparison['border_um']:g} µm."
    return "\n".join([_verdict(found, chance, comparison["null_ratio"]), shifts,
                      *comparison["notes"]])  # fmt: skip


def _verdict(found: float | None, chance: float | None, ratio: float | None) -> str:
    if found is None:
        return "There are no lines, or nothing in the reference: no distance can be measured."
    shown = f"F1 at 1 µm is {found:.2f}"
    if chance is None:
        return f"{shown}; no random shift fits into the field, so chance cannot be estimated."
    if ratio is None:
        return f"{shown}; random shifts bring no point so near to the reference."
    told = f"{shown}, {ratio:.3g} times that of random shifts ({chance:.2f})"
    if ratio >= _CLEAR:
        return f"{told}: the lines lie where the reference is."
    if ratio >= _HARDLY:
        return f"{told}: more than chance, but not clearly."
    return f"{told}: no better than chance."


def _number(value: float | None) -> FigureItem:
    value = math.nan if value is None else float(value)
    whole = value.is_integer() and abs(value) >= 2
    return FigureItem(value, f"{value:.0f}" if whole else f"{value:.3g}")
