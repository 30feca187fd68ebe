"""The rocking curve of one patch, its frames coloured by condition."""

from __future__ import annotations

import numpy
from silx.gui import qt
from silx.gui.plot import PlotWidget
from silx.gui.plot.utils.axis import SyncAxes

from ...angle_texts import angle_label
from ...beam import CONDITION_COLORS, CONDITION_NAMES, UNLABELLED, BeamCondition
from ...scan import RockingScan
from .margins import keep_margins
from .markers import mark
from .style import follow_palette, text_color

RIGHT_MARGIN = 18
"""Pixels at the right of the axes."""

_TOP, _BOTTOM, _TICKS_ONLY = 8, 44, 24
"""Pixels above and below the axes; the latter where the plot beneath has the same angles."""

_COUNTS = "counts above dark"

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
        self._left, self._angle_label = left, " "
        self._frames = numpy.zeros(0, dtype=int)
        self._angles = numpy.zeros(0)
        self.plot = self._make_plot(_COUNTS, least_height=142)
        self.probability_plot = self._make_plot("probability", least_height=134)
        self.probability_plot.getYAxis().setLimits(-0.05, 1.05)
        self._link = SyncAxes([self.plot.getXAxis(), self.probability_plot.getXAxis()])
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.title = qt.QLabel()
        self.title.setWordWrap(True)
        self._log = qt.QCheckBox("Log")
        self._log.setToolTip("Logarithmic counts: weak beam is two to three decades below the peak")
        self._log.toggled.connect(self._set_log)
        head = qt.QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self._log)
        layout.addLayout(head)
        layout.setSpacing(2)
        layout.addWidget(self.plot, 3)
        layout.addWidget(self.probability_plot, 2)
        self.clear()

    def clear(self, text: str = "Rocking curve: move the mouse over a patch") -> None:
        """Show nothing but what to do to see something."""
        self._frames, self._angles = numpy.zeros(0, dtype=int), numpy.zeros(0)
        for plot in (self.plot, self.probability_plot):
            plot.clear()
        self.title.setText(text)
        self._share_angles(False)

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
            plot.clear()
        self._angle_label = angle_label(scan)
        self.title.setText(f"Patch at row {row}, column {column}")
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
        self._share_angles(probabilities is not None)
        if probabilities is None:
            return
        for condition in BeamCondition:
            self._add(
                self.probability_plot, self._angles, probabilities[:, condition],
                CONDITION_NAMES[condition], CONDITION_COLORS[condition], linestyle="-",
                symbol="o", size=4,
            )  # fmt: skip

    def _share_angles(self, shared: bool) -> None:
        """Name the angles once: below the lower plot, where both are seen."""
        self.probability_plot.setVisible(shared)
        self.probability_plot.getXAxis().setLabel(self._angle_label)
        self.plot.getXAxis().setLabel(" " if shared else self._angle_label)
        keep_margins(self.plot, self._left, _TOP, RIGHT_MARGIN, _TICKS_ONLY if shared else _BOTTOM)

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

    def _make_plot(self, label: str, least_height: int) -> PlotWidget:
        plot = PlotWidget(parent=self)
        keep_margins(plot, self._left, _TOP, RIGHT_MARGIN, _BOTTOM)
        plot.setGraphYLabel(label)
        plot.setDataMargins(0.03, 0.03, 0.05, 0.08)
        plot.setPanWithArrowKeys(False)
        plot.setActiveCurveHandling(False)
        plot.setMinimumHeight(least_height)
        plot.sigPlotSignal.connect(self._plot_event)
        follow_palette(plot)
        return plot

    def _plot_event(self, event: dict) -> None:
        if event["event"] == "mouseClicked" and event["button"] == "left" and self._frames.size:
            self.frame_clicked.emit(
                int(self._frames[numpy.abs(self._angles - event["x"]).argmin()])
            )
