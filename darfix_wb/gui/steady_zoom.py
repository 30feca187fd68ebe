"""What is seen of linked images stays the same while their places change."""

from __future__ import annotations

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
        The images.
    plot : PlotWidget
        One of them.
    """

    def __init__(self, linked: LinkedImages, plot: PlotWidget) -> None:
        super().__init__(linked)
        self._linked, self._plot = linked, plot
        self._seen = _limits(plot)
        self._holding = False
        for axis in (plot.getXAxis(), plot.getYAxis()):
            axis.sigLimitsChanged.connect(self._limits_changed)

    def hold(self) -> None:
        """Called before the places change."""
        if not self._holding:
            self._holding = True
            qt.QTimer.singleShot(0, self._restore)

    def _limits_changed(self, *_: float) -> None:
        if not self._holding:
            self._seen = _limits(self._plot)

    def _restore(self) -> None:
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
