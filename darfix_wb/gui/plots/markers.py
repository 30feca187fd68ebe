"""Lines that mark a place in a plot and move: the plot beneath them is not drawn again for that."""

from __future__ import annotations

from silx.gui.plot import PlotWidget, items

from .condition_colors import SELECTION_COLOR


def mark(plot: PlotWidget, legend: str, *, x: float | None = None, y: float | None = None) -> None:
    """Mark a place of the x-axis or of the y-axis, in the place of the marker of that legend.

    silx draws a whole plot again when two of its markers change, be it that one was replaced: so
    this one is moved, and left alone where it has its place already.
    """
    for item in plot.getItems():
        if isinstance(item, items.MarkerBase) and item.getName() == legend:
            item.setPosition(0.0 if x is None else x, 0.0 if y is None else y)
            return
    if x is not None:
        plot.addXMarker(x, legend=legend, color=SELECTION_COLOR)
    else:
        plot.addYMarker(y, legend=legend, color=SELECTION_COLOR)
