"""The rocking curve of one patch, its frames coloured by condition."""

from __future__ import annotations

import numpy
from silx.gui import qt
from silx.gui.plot import PlotWidget
from silx.gui.plot.utils.axis import SyncAxes

from ...beam import CONDITION_COLORS, CONDITION_NAMES, UNLABELLED, BeamCondition
from ...scan import RockingScan
from ..texts import angle_label
from .margins import keep_margins
from .markers import mark
from .style import follow_palette, text_color

RIGHT_MARGIN = 12
"""Pixels at the right of the axes."""

_CURRENT = "current frame"
_LINE_COLOR = "#808080"


class CurveView(qt.QWidget):
    """Counts over angle and, where there is a model's opinion, its probabilities beneath.

    A click goes to the nearest frame.

    Parameters
    ----------
    parent : QWidget, optional
        Qt's parent.
    left : int
        Pixels at the left of the axes, for their texts.
    """

    frame_clicked = qt.Signal(int)

    def __init__(self, parent: qt.QWidget | None = None, left: int = 74) -> None:
        super().__init__(parent)
        self._left = left
        self._frames = numpy.zeros(0, dtype=int)
        self._angles = numpy.zeros(0)
        self.plot = self._make_plot("mean counts above dark", top=30)
        self.probability_plot = self._make_plot("probability", top=8)
        self.probability_plot.getYAxis().setLimits(-0.05, 1.05)
        self._link = SyncAxes([self.plot.getXAxis(), self.probability_plot.getXAxis()])
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._log = qt.QCheckBox("Logarithmic counts")
        self._log.setToolTip("Weak beam is two to three decades below the peak")
        self._log.toggled.connect(self._set_log)
        layout.addWidget(self._log)
        layout.addWidget(self.plot, 3)
        layout.addWidget(self.probability_plot, 2)
        self.clear()

    def clear(self, text: str = "Rocking curve: move the mouse over a patch") -> None:
        """Show nothing but what to do to see something."""
        self._frames, self._angles = numpy.zeros(0, dtype=int), numpy.zeros(0)
        for plot in (self.plot, self.probability_plot):
            plot.clear()
        self.plot.setGraphTitle(text)
        self.probability_plot.setVisible(False)

    def show_patch(
        self,
        scan: RockingScan,
        curves: numpy.ndarray,
        frame: int,
        row: int,
        column: int,
        conditions: numpy.ndarray | None = None,
        probabilities: numpy.ndarray | None = None,
    ) -> None:
        """Show the rocking curve of a patch to which a frame belongs.

        Parameters
        ----------
        scan : RockingScan
            Angles, and which frames make one curve.
        curves : numpy.ndarray
            ``(n_frames, rows, columns)`` mean counts above dark.
        frame : int
            The frame that is shown next to the curve.
        row, column : int
            The patch.
        conditions : numpy.ndarray, optional
            ``(n_frames, rows, columns)`` uint8, as of `LabelMap.values` or `BeamMap.condition`.
        probabilities : numpy.ndarray, optional
            ``(n_frames, rows, columns, 3)`` weak, strong, empty.
        """
        self._frames = scan.curve_of(frame)
        self._angles = scan.angles[self._frames]
        counts = curves[self._frames, row, column]
        for plot in (self.plot, self.probability_plot):
            plot.getXAxis().setLabel(angle_label(scan))
            plot.clear()
        self.plot.setGraphTitle(f"Patch at row {row}, column {column}")
        shown = None if conditions is None else conditions[self._frames, row, column]
        self._draw_counts(counts, shown)
        self._draw_probabilities(
            None if probabilities is None else probabilities[self._frames, row, column]
        )
        self.plot.resetZoom()
        self.set_frame(frame)

    def holds(self, frame: int) -> bool:
        """Whether a frame belongs to the curve that is shown."""
        return frame in self._frames

    def set_frame(self, frame: int) -> None:
        """Move the line that marks the frame."""
        here = numpy.flatnonzero(self._frames == frame)
        for plot in (self.plot, self.probability_plot):
            if here.size:
                mark(plot, _CURRENT, x=self._angles[here[0]])
            else:
                plot.remove(_CURRENT, kind="marker")

    def _draw_counts(self, counts: numpy.ndarray, shown: numpy.ndarray | None) -> None:
        self._add(self.plot, self._angles, counts, "curve", _LINE_COLOR, linestyle="-")
        if shown is None:
            shown = numpy.full(counts.shape, UNLABELLED)
        # A larger point beneath frames each one, so that white and yellow are seen on any ground.
        self._add(
            self.plot, self._angles, counts, "frames", text_color(self), symbol="o", size=7
        )  # fmt: skip
        for condition, name in CONDITION_NAMES.items():
            chosen = shown == condition
            if chosen.any():
                self._add(
                    self.plot, self._angles[chosen], counts[chosen], name,
                    CONDITION_COLORS[condition], symbol="o", size=5.5,
                )  # fmt: skip

    def _draw_probabilities(self, probabilities: numpy.ndarray | None) -> None:
        self.probability_plot.setVisible(probabilities is not None)
        if probabilities is None:
            return
        for condition in BeamCondition:
            self._add(
                self.probability_plot, self._angles, probabilities[:, condition],
                CONDITION_NAMES[condition], CONDITION_COLORS[condition], linestyle="-",
                symbol="o", size=4,
            )  # fmt: skip

    def _add(self, plot, x, y, legend, color, linestyle=" ", symbol="", size=None) -> None:
        plot.addCurve(
            x, y, legend=legend, color=color, linestyle=linestyle, symbol=symbol,
            resetzoom=False, selectable=False,
        )  # fmt: skip
        if size is not None:
            plot.getCurve(legend).setSymbolSize(size)

    def _set_log(self, log: bool) -> None:
        self.plot.getYAxis().setScale("log" if log else "linear")
        self.plot.resetZoom()

    def _make_plot(self, label: str, top: int) -> PlotWidget:
        plot = PlotWidget(parent=self)
        keep_margins(plot, self._left, top, RIGHT_MARGIN, 44)
        plot.setGraphYLabel(label)
        plot.setDataMargins(0.03, 0.03, 0.05, 0.08)
        plot.setPanWithArrowKeys(False)
        plot.setActiveCurveHandling(False)
        plot.setMinimumHeight(120)
        plot.sigPlotSignal.connect(self._plot_event)
        follow_palette(plot)
        return plot

    def _plot_event(self, event: dict) -> None:
        if event["event"] == "mouseClicked" and event["button"] == "left" and self._frames.size:
            self.frame_clicked.emit(
                int(self._frames[numpy.abs(self._angles - event["x"]).argmin()])
            )
