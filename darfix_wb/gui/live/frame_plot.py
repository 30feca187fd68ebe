"""The last frame of a scan that goes on, with the conditions of its patches over it."""

from __future__ import annotations

import numpy
from silx.gui import qt

from ...live.following import LiveFrame
from ...patches import PatchGrid
from ..plots.condition_colors import condition_rgba
from ..plots.frame_plot import make_frame_plot
from ..plots.patch_cells import PatchCells
from ..plots.screen_image import show_cells, show_image

OPACITY = 0.35

_FRAME, _OVERLAY = "frame", "conditions"


class LastFrame(qt.QWidget):
    """A picture that is replaced again and again; the zoom stays."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: numpy.ndarray | None = None
        self.plot = make_frame_plot(self, self._counts_at)
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot)

    def show_frame(
        self, frame: LiveFrame, condition: numpy.ndarray, grid: PatchGrid, title: str
    ) -> None:
        """Show a frame.

        Parameters
        ----------
        frame : LiveFrame
            The frame.
        condition : numpy.ndarray
            ``(rows, columns)`` uint8 of its patches.
        grid : PatchGrid
            Where the patches lie.
        title : str
            What is written above.
        """
        first = self._counts is None
        self._counts = frame.counts
        show_image(self.plot, frame.counts, _FRAME)
        cells = show_cells(self.plot, condition_rgba(condition), PatchCells(grid), _OVERLAY)
        cells.setAlpha(OPACITY)
        self.plot.setActiveImage(_FRAME)
        self.plot.setGraphTitle(title)
        if first:
            self.plot.resetZoom()

    def _counts_at(self, x: float, y: float):
        counts = self._counts
        if counts is None or not (0 <= y < counts.shape[0] and 0 <= x < counts.shape[1]):
            return "-"
        return counts[int(y), int(x)]
