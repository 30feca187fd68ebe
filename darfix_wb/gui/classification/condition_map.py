"""The conditions of one row or column of patches through the whole scan."""

from __future__ import annotations

from collections.abc import Sequence

import numpy
from silx.gui import qt
from silx.gui.plot import PlotWidget

from ..plots.condition_colors import condition_rgba
from ..plots.curve_view import RIGHT_MARGIN
from ..plots.margins import keep_margins
from ..plots.markers import mark
from ..plots.style import follow_palette

_MAP, _FRAME, _PATCH = "conditions", "frame", "patch"


class ConditionMap(qt.QWidget):
    """Frames downwards in the order of their angles, the patches of a line across.

    A click goes to the frame and the patch.
    """

    cell_clicked = qt.Signal(int, int, int)
    """Frame, row and column."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self._conditions: numpy.ndarray | None = None
        self._order = numpy.zeros(0, dtype=int)
        self._here = (0, 0, 0)
        self.plot = PlotWidget(parent=self)
        self.plot.getYAxis().setInverted(True)
        self.plot.setDataMargins(0, 0, 0, 0)
        self.plot.setMinimumHeight(134)
        keep_margins(self.plot, 74, 8, RIGHT_MARGIN, 44)
        self.plot.getYAxis().setLabel("frame, by angle")
        follow_palette(self.plot)
        self.plot.sigPlotSignal.connect(self._plot_event)
        self.line = qt.QComboBox()
        self.line.addItems(["row", "column"])
        self.line.currentIndexChanged.connect(self._line_changed)
        self.index = qt.QSpinBox()
        self.index.valueChanged.connect(self._draw)
        bar = qt.QHBoxLayout()
        for widget in (qt.QLabel("Patches of"), self.line, self.index):
            bar.addWidget(widget)
        bar.addWidget(qt.QLabel("in all frames"), 1)
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(bar)
        layout.addWidget(self.plot, 1)

    def set_conditions(
        self, conditions: numpy.ndarray | None, curves: Sequence[numpy.ndarray]
    ) -> None:
        """Show conditions.

        Parameters
        ----------
        conditions : numpy.ndarray or None
            ``(n_frames, rows, columns)`` uint8; None shows nothing.
        curves : sequence of numpy.ndarray
            Frames of each rocking curve, see `RockingScan`.
        """
        self._conditions, self._order = conditions, numpy.concatenate(curves)
        if conditions is None:
            self.plot.clear()
            return
        self._set_line()
        self._draw()
        self.plot.resetZoom()

    def go_to(self, frame: int, row: int, column: int) -> None:
        """Mark a frame and a patch, and show the line of patches that it belongs to."""
        self._here = (frame, row, column)
        self.index.setValue(row if self.along_row else column)
        self._mark()

    @property
    def along_row(self) -> bool:
        """Whether a row of patches is shown, not a column."""
        return self.line.currentIndex() == 0

    def image(self) -> numpy.ndarray:
        """``(n_frames, n_patches)`` uint8: what is shown."""
        index = self.index.value()
        ordered = self._conditions[self._order]
        return ordered[:, index] if self.along_row else ordered[:, :, index]

    def _set_line(self) -> None:
        _, rows, columns = self._conditions.shape
        self.plot.getXAxis().setLabel("patch column" if self.along_row else "patch row")
        self.index.setMaximum((rows if self.along_row else columns) - 1)

    def _line_changed(self) -> None:
        if self._conditions is None:
            return
        self._set_line()
        self.index.setValue(self._here[1] if self.along_row else self._here[2])
        self._draw()
        self.plot.resetZoom()

    def _draw(self) -> None:
        if self._conditions is None:
            return
        self.plot.addImage(condition_rgba(self.image()), legend=_MAP, resetzoom=False)
        self._mark()

    def _mark(self) -> None:
        if self._conditions is None:
            return
        frame, row, column = self._here
        step = numpy.flatnonzero(self._order == frame)[0]
        patch = column if self.along_row else row
        mark(self.plot, _FRAME, y=float(step) + 0.5)
        mark(self.plot, _PATCH, x=float(patch) + 0.5)

    def _plot_event(self, event: dict) -> None:
        if event["event"] != "mouseClicked" or self._conditions is None:
            return
        step, patch = int(numpy.floor(event["y"])), int(numpy.floor(event["x"]))
        n_frames, n_patches = self.image().shape
        if 0 <= step < n_frames and 0 <= patch < n_patches:
            line = self.index.value()
            place = (line, patch) if self.along_row else (patch, line)
            self.cell_clicked.emit(int(self._order[step]), *place)
