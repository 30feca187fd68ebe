"""A histogram with a threshold that can be dragged."""

from __future__ import annotations

import numpy
from silx.gui import qt
from silx.gui.plot import PlotWidget

from ..plots.margins import keep_margins
from ..plots.style import follow_palette, text_color

N_BINS = 120
_LABELS = {
    "default": ("sigma above background", "{:.3g} sigma"),
    "paper": ("fraction of the brightest pixel", "{:.3g}"),
}
_THRESHOLD = "threshold"


class ThresholdHistogram(PlotWidget):
    """How many pixels lie how far above the background, and where the binary map begins."""

    threshold_changed = qt.Signal(float)
    """The user dragged the threshold."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self.getYAxis().setScale("log")
        self.getYAxis().setLabel("pixels")
        keep_margins(self, 66, 10, 20, 44)
        self._mode = "default"
        self._marker = None
        self._waiting: tuple[numpy.ndarray, float] | None = None
        follow_palette(self)

    @property
    def threshold(self) -> float | None:
        """Where the line stands; None before there is anything to cut."""
        if self._waiting is not None:
            return self._waiting[1]
        return None if self._marker is None else self._marker.getXPosition()

    def set_excess(self, excess: numpy.ndarray | None, threshold: float, mode: str) -> None:
        """Show the distribution of an image and the threshold held against it, or when they are
        looked at next: large images take a moment to count.

        Parameters
        ----------
        excess : numpy.ndarray or None
            ``(height, width)``, NaN left out.
        threshold : float
            In its unit.
        mode : str
            ``"default"`` (sigma) or ``"paper"`` (share).
        """
        self.clear()
        self._marker, self._waiting, self._mode = None, None, mode
        if excess is not None and numpy.isfinite(excess).any():
            self._waiting = excess, threshold
        if self.isVisible():
            self._draw()

    def showEvent(self, event: qt.QEvent) -> None:
        """Draw what waits."""
        super().showEvent(event)
        self._draw()

    def _draw(self) -> None:
        if self._waiting is None:
            return
        (excess, threshold), self._waiting = self._waiting, None
        values = excess[numpy.isfinite(excess)]
        self.getXAxis().setLabel(_LABELS[self._mode][0])
        low, high = _range(values, threshold, self._mode)
        counts, edges = numpy.histogram(values, N_BINS, (low, high))
        self.addHistogram(
            numpy.maximum(counts, 0.5), edges, legend="pixels", color="#56B4E9", fill=True,
            baseline=0.5, resetzoom=False,
        )  # fmt: skip
        self.setLimits(low, high, 0.5, 2.0 * max(1, counts.max()))
        self.addXMarker(threshold, _THRESHOLD, color=text_color(self), draggable=True)
        self._marker = self._getMarker(_THRESHOLD)
        self._name_threshold()
        self._marker.sigItemChanged.connect(self._name_threshold)
        self._marker.sigDragFinished.connect(self._drag_finished)

    def set_threshold(self, threshold: float) -> None:
        """Move the line; `threshold_changed` is not emitted."""
        if self._waiting is not None:
            self._waiting = self._waiting[0], threshold
        elif self._marker is not None:
            self._marker.setPosition(threshold, 0)

    def _name_threshold(self, *_: object) -> None:
        text = _LABELS[self._mode][1].format(self._marker.getXPosition())
        if self._marker.getText() != text:
            self._marker.setText(text)

    def _drag_finished(self) -> None:
        self.threshold_changed.emit(float(f"{self._marker.getXPosition():.4g}"))


def _range(values: numpy.ndarray, threshold: float, mode: str) -> tuple[float, float]:
    if mode == "paper":
        return 0.0, max(1.0, threshold)
    low, high = numpy.percentile(values, [0.1, 99.9])
    return float(min(low, 0.0)), float(max(high, 2.0 * threshold, 1.0))
