"""Lines of a network as curves of a plot, of whatever two axes."""

from __future__ import annotations

import numpy
from silx.gui.plot import PlotWidget

from .coloring import CHOSEN_COLOR, GROUND, REFERENCE_COLOR, Coloring
from .sampled import SampledNetwork

LAYER, ROW, COLUMN = 0, 1, 2
LABELS = ("layer (µm)", "row (µm)", "column (µm)")

_REFERENCE, _CHOSEN, _SEAM = "reference", "selected line", "seam of the selected line"


class LineCurves:
    """Draws the lines of a network on a plot: a curve for each colour.

    Parameters
    ----------
    plot : PlotWidget
        Where lines are drawn.
    axes : tuple of int
        Number of the axis of (layer, row, column) along x, and along y.
    """

    def __init__(self, plot: PlotWidget, axes: tuple[int, int]) -> None:
        self._plot, self.axes = plot, axes
        self._n_colors = 0

    def set_lines(self, lines: SampledNetwork, coloring: Coloring) -> None:
        """Draw lines in their colours."""
        used = numpy.unique(coloring.levels)
        for level in range(max(self._n_colors, len(coloring.colors))):
            if level in used:
                points = lines.broken(coloring.levels == level)
                self._add(points, f"color {level}", coloring.colors[level], linewidth=1.5)
            else:
                self._plot.remove(f"color {level}", kind="curve")
        self._n_colors = len(coloring.colors)

    def set_reference(self, reference: SampledNetwork | None) -> None:
        """Draw lines to compare with, in grey; voxels as dots."""
        if reference is None or not len(reference):
            self._plot.remove(_REFERENCE, kind="curve")
        elif reference.has_lines:
            self._add(reference.broken(), _REFERENCE, REFERENCE_COLOR, linestyle="--", z=1)
        else:
            dots = {"symbol": ".", "linestyle": " ", "z": 1}
            self._add(reference.points_um, _REFERENCE, REFERENCE_COLOR, **dots)

    def set_reference_visible(self, visible: bool) -> None:
        """Show or hide what is drawn in grey."""
        curve = self._plot.getCurve(_REFERENCE)
        if curve is not None:
            curve.setVisible(visible)

    def select(self, path_um: numpy.ndarray | None) -> None:
        """Make a line ``(n, 3)`` stand out; None for none."""
        for legend, color, width in ((_SEAM, GROUND, 6.0), (_CHOSEN, CHOSEN_COLOR, 3.0)):
            if path_um is None:
                self._plot.remove(legend, kind="curve")
            else:
                self._add(path_um, legend, color, linewidth=width, z=4)

    def _add(self, points, legend, color, *, linestyle="-", linewidth=1.0, symbol="", z=2) -> None:
        x, y = (points[:, axis] for axis in self.axes)
        self._plot.addCurve(
            x, y, legend=legend, color=color, linestyle=linestyle, linewidth=linewidth,
            symbol=symbol, z=z, resetzoom=False, selectable=False, copy=False,
        )  # fmt: skip
