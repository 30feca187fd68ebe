"""What is seen of linked images stays the same while their places change."""

from __future__ import annotations

from collections.abc import Sequence

from silx.gui import qt
from silx.gui.plot import PlotWidget

from .linked_images import LinkedImages

Limits = tuple[float, float, float, float]


class SteadyZoom(qt.QObject):
    """Shows the same part again once a new layout is there.

    silx keeps one side of what is seen when a plot with a fixed aspect ratio changes its size, now
    this one, now that: linked plots, resized one after the other, would drift away.

    Parameters
    ----------
    linked : LinkedImages
        The images; this object lives as long as they do.
    plots : sequence of PlotWidget
        Their plots, at least one.
    """

    def __init__(self, linked: LinkedImages, plots: Sequence[PlotWidget]) -> None:
        super().__init__(linked)
        self._linked, self._plot = linked, plots[0]
        self._seen = _limits(self._plot)
        self._holding = False
        for axis in (self._plot.getXAxis(), self._plot.getYAxis()):
            axis.sigLimitsChanged.connect(self._limits_changed)
        for plot in plots:
            plot.getWidgetHandle().installEventFilter(self)
        self._hold()

    def _hold(self) -> None:
        """Show the whole images, or the part that is seen now, once all has its place."""
        if not self._holding:
            self._holding = True
            self._linked.set_following(False)
            qt.QTimer.singleShot(0, self._restore)

    def eventFilter(self, canvas: qt.QObject, event: qt.QEvent) -> bool:
        """Hear of a new size before the plot does."""
        if event.type() in (qt.QEvent.Type.Resize, qt.QEvent.Type.Show):
            self._hold()
        return False

    def _limits_changed(self, *_: float) -> None:
        if not self._holding:
            self._seen = _limits(self._plot)

    def _restore(self) -> None:
        self._linked.set_following(True)
        if self._linked.is_zoomed():
            size = self._plot.getPlotBoundsInPixels()[2:]
            self._plot.setLimits(*around(self._seen, size))
        else:
            self._linked.reset_zoom()
        self._holding = False


def around(seen: Limits, size: tuple[int, int]) -> Limits:
    """Limits of a plot of ``(width, height)`` pixels that hold a part, at equal scales."""
    left, right, low, high = seen
    scale = max((right - left) / max(size[0], 1), (high - low) / max(size[1], 1)) / 2
    x, y = (left + right) / 2, (low + high) / 2
    return (
        x - scale * size[0],
        x + scale * size[0],
        y - scale * size[1],
        y + scale * size[1],
    )


def _limits(plot: PlotWidget) -> Limits:
    return (*plot.getXAxis().getLimits(), *plot.getYAxis().getLimits())
