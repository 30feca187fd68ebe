"""How much of each frame is weak, strong, empty or ambiguous."""

from __future__ import annotations

import numpy
from silx.gui import qt
from silx.gui.plot import PlotWidget

from ...angle_texts import angle_label
from ...beam import CONDITION_COLORS, CONDITION_NAMES
from ...scan import RockingScan
from ..plots.condition_colors import SHOWN_CONDITIONS
from ..plots.frame_plot import LEFT_MARGIN, RIGHT_MARGIN
from ..plots.margins import keep_margins
from ..plots.markers import mark
from ..plots.style import follow_palette

_CURRENT = "current frame"


def condition_shares(conditions: numpy.ndarray) -> dict[int, numpy.ndarray]:
    """Share of the patches of each frame that have a condition.

    Parameters
    ----------
    conditions : numpy.ndarray
        ``(n_frames, rows, columns)`` uint8.

    Returns
    -------
    dict
        ``(n_frames,)`` float64 between 0 and 1, by condition.
    """
    return {
        int(condition): (conditions == condition).mean(axis=(1, 2))
        for condition in SHOWN_CONDITIONS
    }


class SharePlot(qt.QWidget):
    """Shares over the angle, one curve per condition. A click goes to the nearest frame."""

    frame_clicked = qt.Signal(int)

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self._scan: RockingScan | None = None
        self._order = numpy.zeros(0, dtype=int)
        self.plot = PlotWidget(parent=self)
        self.plot.setDataMargins(0.03, 0.03, 0, 0)
        keep_margins(self.plot, LEFT_MARGIN, 8, RIGHT_MARGIN, 44)
        self.plot.getYAxis().setLabel("patches (%)")
        self.plot.getXAxis().setLabel(" ")
        self.plot.setMinimumHeight(134)
        self.plot.setToolTip("Share of the patches of each frame; click to go to a frame")
        self.plot.setActiveCurveHandling(False)
        self.plot.sigPlotSignal.connect(self._plot_event)
        follow_palette(self.plot)
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot, 1)

    def set_conditions(self, conditions: numpy.ndarray | None, scan: RockingScan | None) -> None:
        """Show the shares of ``(n_frames, rows, columns)`` conditions; None shows nothing."""
        self.plot.clear()
        self._scan = scan
        if conditions is None:
            return
        self._order = numpy.argsort(scan.angles, kind="stable")
        angles = scan.angles[self._order]
        for condition, share in condition_shares(conditions).items():
            self.plot.addCurve(
                angles, 100 * share[self._order], legend=CONDITION_NAMES[condition],
                color=CONDITION_COLORS[condition], linewidth=2, symbol="o", resetzoom=False,
                selectable=False,
            )  # fmt: skip
            self.plot.getCurve(CONDITION_NAMES[condition]).setSymbolSize(4)
        self.plot.getXAxis().setLabel(angle_label(scan))
        self.plot.resetZoom()
        self.plot.getYAxis().setLimits(-4, 104)

    def set_frame(self, frame: int) -> None:
        """Move the line that marks the frame."""
        if self._scan is not None:
            mark(self.plot, _CURRENT, x=self._scan.angles[frame])

    def _plot_event(self, event: dict) -> None:
        if event["event"] == "mouseClicked" and self._scan is not None:
            nearest = numpy.nanargmin(numpy.abs(self._scan.angles - event["x"]))
            self.frame_clicked.emit(int(nearest))
