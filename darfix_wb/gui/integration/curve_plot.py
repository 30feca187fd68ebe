"""The rocking curve of the line that is selected, with its flanks."""

from __future__ import annotations

import numpy
from silx.gui import qt
from silx.gui.plot import PlotWidget

from ...angle_texts import angle_label
from ...scan import RockingScan
from ..placeholder import Placeholder
from ..plots.margins import keep_margins
from ..plots.style import follow_palette, text_color
from .line_curve import AROUND_PX, REACH_PX, LineCurve

BELOW_COLOR, ABOVE_COLOR = "#0072B2", "#CC79A7"
"""Frames below and above the peak: blue and reddish purple (Okabe and Ito)."""

DECADES = 1e4
"""Largest over lowest counts that the logarithmic scale shows."""

_AROUND_COLOR = "#808080"
_ASK = "Click a line, in the picture or in the table: its rocking curve appears here."
_LEGEND = (
    f"<span style='color:{BELOW_COLOR}'>●</span> WB-, below peak &nbsp; "
    f"<span style='color:{ABOVE_COLOR}'>●</span> WB+, above &nbsp; "
    f"<span style='color:{_AROUND_COLOR}'>╌</span> {AROUND_PX[0]} to {AROUND_PX[1]} px away"
)
_MEANING = (
    f"Mean over the pixels at most {REACH_PX} px from the centre line; dashed: over "
    f"those {AROUND_PX[0]} to {AROUND_PX[1]} px away, without those near other lines"
)


class CurvePlot(Placeholder):
    """Mean counts of a line over the angle; the peak parts its two flanks."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        content = qt.QWidget()
        super().__init__(content, _ASK, parent)
        self._curve: LineCurve | None = None
        self.title, self.legend = qt.QLabel(), qt.QLabel(_LEGEND)
        self.title.setWordWrap(True)
        self.legend.setToolTip(_MEANING)
        self.log = qt.QCheckBox("Log")
        self.log.setToolTip("Logarithmic counts: weak beam is two to three decades below the peak")
        self.log.setChecked(True)
        self.log.toggled.connect(self._draw)
        self.plot = PlotWidget(parent=self)
        self.plot.setActiveCurveHandling(False)
        self.plot.setPanWithArrowKeys(False)
        self.plot.setMinimumHeight(120)
        keep_margins(self.plot, 60, 8, 14, 44)
        follow_palette(self.plot)
        head = qt.QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.log)
        layout = qt.QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.legend)

    def clear(self, text: str = _ASK) -> None:
        """Show nothing but a sentence."""
        self._curve = None
        self.plot.clear()
        self.show_text(text)

    def wait(self, text: str) -> None:
        """Say that a curve is on its way; empty axes stay where there was a curve before."""
        seen = self.has_content()
        self.clear(text)
        self.title.setText(text)
        if seen:
            self.show_content()

    def show_curve(self, curve: LineCurve, scan: RockingScan, title: str) -> None:
        """Show the curve of a line of a scan."""
        if not numpy.isfinite(curve.counts).any():
            self.clear(f"{title}: all of its pixels are invalid.")
            return
        self.title.setText(title)
        self.show_content()
        self._curve = curve
        self.plot.setGraphXLabel(angle_label(scan))
        self.plot.setGraphYLabel("counts above dark" if curve.above_dark else "counts")
        self._draw()

    def _draw(self) -> None:
        """Empty the plot first: silx sets limits of its own when the scale of curves changes."""
        curve, log = self._curve, self.log.isChecked()
        self.plot.clear()
        self.plot.getYAxis().setScale("log" if log else "linear")
        if curve is None:
            return
        self._add(curve.angles, curve.around, "around", _AROUND_COLOR, "--")
        self._add(curve.angles, curve.counts, "line", text_color(self), "-")
        if numpy.isfinite(curve.peak):
            self._mark_flanks(curve)
        counts = numpy.concatenate([curve.counts, curve.around])
        ends = _padded(curve.angles.min(), curve.angles.max())
        self.plot.setLimits(*ends, *_count_limits(counts, log))

    def _mark_flanks(self, curve: LineCurve) -> None:
        below = curve.angles < curve.peak
        for name, flank, color in (("WB-", below, BELOW_COLOR), ("WB+", ~below, ABOVE_COLOR)):
            if flank.any():
                self._add(curve.angles[flank], curve.counts[flank], name, color, " ", symbol="o")
        self.plot.addXMarker(curve.peak, "peak", color=text_color(self))

    def _add(self, x, y, legend: str, color: str, linestyle: str, symbol: str = "") -> None:
        self.plot.addCurve(
            x, y, legend=legend, color=color, linestyle=linestyle, symbol=symbol,
            resetzoom=False, selectable=False,
        )  # fmt: skip
        if symbol:
            self.plot.getCurve(legend).setSymbolSize(6)


def _count_limits(counts: numpy.ndarray, log: bool) -> tuple[float, float]:
    """Lowest and highest counts to show: what is nearly 0 must not flatten the rest."""
    counts = counts[numpy.isfinite(counts)]
    if not log:
        return _padded(counts.min(), counts.max())
    highest = max(float(counts.max()), numpy.finfo(numpy.float32).tiny)
    lowest = counts[counts > highest / DECADES].min(initial=highest)
    return lowest / 1.5, highest * 1.5


def _padded(low: float, high: float) -> tuple[float, float]:
    room = 0.05 * (high - low) or 1.0
    return low - room, high + room
