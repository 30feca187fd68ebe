"""What each method says of one patch, frame by frame, below its rocking curve."""

from __future__ import annotations

from collections.abc import Sequence

import numpy
from silx.gui import qt
from silx.gui.plot import PlotWidget

from ...beam import CONDITION_COLORS, CONDITION_NAMES
from ..plots.condition_colors import SELECTION_COLOR

_GAP = 2


class VerdictStrips(qt.QWidget):
    """One strip per method, each frame coloured by its condition, under the angles of a plot.

    Parameters
    ----------
    plot : PlotWidget
        Its x axis is followed.
    left, right : int
        Pixels at the sides of the axes of `plot`.
    """

    def __init__(self, plot: PlotWidget, left: int, right: int) -> None:
        super().__init__()
        self._plot, self._left, self._right = plot, left, right
        self._names: tuple[str, ...] = ()
        self._conditions = numpy.zeros((0, 0), dtype=numpy.uint8)
        self._angles = self._edges = numpy.zeros(0)
        self._marked: float | None = None
        plot.getXAxis().sigLimitsChanged.connect(lambda *_: self.update())

    def set_verdicts(
        self, names: Sequence[str], angles: numpy.ndarray, conditions: numpy.ndarray
    ) -> None:
        """Show conditions.

        Parameters
        ----------
        names : sequence of str
            The methods.
        angles : numpy.ndarray
            ``(n_frames,)`` increasing.
        conditions : numpy.ndarray
            ``(n_methods, n_frames)`` uint8 of `BeamCondition`.
        """
        self._names, self._conditions = tuple(names), conditions
        self._angles, self._edges = angles, cell_edges(angles)
        self.setFixedHeight(len(names) * self._row_height)
        self.update()

    def mark(self, angle: float | None) -> None:
        """Draw a line at an angle."""
        self._marked = angle
        self.update()

    def text_at(self, x: float, y: float) -> str:
        """Method, angle and condition at a place of the widget; empty outside the strips."""
        row = int(y // self._row_height)
        angle = self._angle_at(x)
        frame = int(numpy.searchsorted(self._edges, angle, side="right")) - 1
        if not (0 <= row < len(self._names) and 0 <= frame < len(self._angles)):
            return ""
        condition = CONDITION_NAMES[int(self._conditions[row, frame])]
        return f"{self._names[row]} at {self._angles[frame]:.6g}: {condition}"

    def event(self, event: qt.QEvent) -> bool:
        if event.type() == qt.QEvent.Type.ToolTip:
            text = self.text_at(event.pos().x(), event.pos().y())
            qt.QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def paintEvent(self, event: qt.QEvent) -> None:
        painter = qt.QPainter(self)
        height = self._row_height
        edges = self._pixel_of(self._edges)
        for row, name in enumerate(self._names):
            painter.setPen(self.palette().color(qt.QPalette.ColorRole.WindowText))
            area = qt.QRect(0, row * height, self._left - 6, height)
            side = qt.Qt.AlignmentFlag.AlignRight | qt.Qt.AlignmentFlag.AlignVCenter
            painter.drawText(area, side, name)
            self._paint_strip(painter, row, edges)
        if self._marked is not None and self._names:
            painter.setPen(qt.QPen(qt.QColor(SELECTION_COLOR), 1))
            x = round(float(self._pixel_of(numpy.array(self._marked))))
            painter.drawLine(x, 0, x, self.height())
        painter.end()

    @property
    def _row_height(self) -> int:
        return self.fontMetrics().height() + _GAP

    def _paint_strip(self, painter: qt.QPainter, row: int, edges: numpy.ndarray) -> None:
        first, last = self._left, self.width() - self._right
        places = numpy.clip(edges, first, last).round().astype(int)
        top, height = row * self._row_height + 1, self._row_height - _GAP
        for start, stop, value in zip(places[:-1], places[1:], self._conditions[row], strict=True):
            # One pixel is left free between frames where there is room for it.
            width = stop - start - (1 if stop - start > 4 else 0)
            color = qt.QColor(CONDITION_COLORS[int(value)])
            painter.fillRect(int(start), top, int(width), height, color)

    def _pixel_of(self, angles: numpy.ndarray) -> numpy.ndarray:
        low, high = self._plot.getXAxis().getLimits()
        width = self.width() - self._left - self._right
        return self._left + (angles - low) / (high - low) * width

    def _angle_at(self, x: float) -> float:
        low, high = self._plot.getXAxis().getLimits()
        width = max(1, self.width() - self._left - self._right)
        return low + (x - self._left) / width * (high - low)


def cell_edges(angles: numpy.ndarray) -> numpy.ndarray:
    """``(n + 1,)`` borders half way between neighbouring angles, and as far beyond the ends."""
    if len(angles) < 2:
        return numpy.concatenate([angles - 0.5, angles + 0.5])
    middles = (angles[:-1] + angles[1:]) / 2
    return numpy.concatenate(
        [[2 * angles[0] - middles[0]], middles, [2 * angles[-1] - middles[-1]]]
    )
