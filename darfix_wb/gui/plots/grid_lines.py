"""The lines between the patches of a frame, where there is room for them."""

from __future__ import annotations

from silx.gui import qt
from silx.gui.plot import PlotWidget

from .condition_colors import GRID_COLOR
from .patch_cells import PatchCells

LEAST_CELL_PX = 12
"""Narrower cells on the screen would leave little to be seen of the frame between their lines."""

_GRID = "grid"


class GridLines(qt.QObject):
    """Draws the borders of the cells, as long as they are wide enough on the screen.

    Parameters
    ----------
    plot : PlotWidget
        Where the frame is drawn, one unit per pixel.
    """

    def __init__(self, plot: PlotWidget) -> None:
        super().__init__(plot)
        self._plot = plot
        self._cells: PatchCells | None = None
        for axis in (plot.getXAxis(), plot.getYAxis()):
            axis.sigLimitsChanged.connect(self._look_again)
        plot.getWidgetHandle().installEventFilter(self)

    def set_cells(self, cells: PatchCells | None) -> None:
        """Take other patches; None for none."""
        self._cells = cells
        self._plot.remove(_GRID, kind="curve")
        if cells is None:
            return
        x, y = cells.lines()
        self._plot.addCurve(
            x, y, legend=_GRID, color=GRID_COLOR, linewidth=0.7, symbol="", resetzoom=False,
            selectable=False,
        )  # fmt: skip
        self._look_again()

    def are_shown(self) -> bool:
        """Whether the lines are drawn."""
        curve = self._plot.getCurve(_GRID)
        return curve is not None and curve.isVisible()

    def eventFilter(self, canvas: qt.QObject, event: qt.QEvent) -> bool:
        """Hear of a new size, which the plot takes after this."""
        if event.type() == qt.QEvent.Type.Resize:
            qt.QTimer.singleShot(0, self._look_again)
        return False

    def _look_again(self, *_: object) -> None:
        curve = self._plot.getCurve(_GRID)
        if curve is not None:
            curve.setVisible(self._cell_px() >= LEAST_CELL_PX)

    def _cell_px(self) -> float:
        """Side of a cell on the screen, in its pixels."""
        left, right = self._plot.getXAxis().getLimits()
        return self._cells.grid.stride * self._plot.getPlotBoundsInPixels()[2] / (right - left)
