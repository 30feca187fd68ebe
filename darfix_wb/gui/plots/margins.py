"""Room for the texts around a plot: silx takes shares of the plot, texts need pixels."""

from __future__ import annotations

from silx.gui import qt
from silx.gui.plot import PlotWidget


def keep_margins(plot: PlotWidget, left: int, top: int, right: int, bottom: int) -> None:
    """Keep so many pixels at the sides of a plot, whatever its size.

    A later call for the same plot replaces the margins.
    """
    margins = plot.findChild(_Margins)
    if margins is None:
        margins = _Margins(plot)
        plot.getWidgetHandle().installEventFilter(margins)
    margins.sides = (left, top, right, bottom)
    margins.apply()


class _Margins(qt.QObject):
    def __init__(self, plot: PlotWidget) -> None:
        super().__init__(plot)
        self._plot, self.sides = plot, (0, 0, 0, 0)

    def eventFilter(self, canvas: qt.QObject, event: qt.QEvent) -> bool:
        if event.type() == qt.QEvent.Type.Resize:
            self.apply()
        return False

    def apply(self) -> None:
        size = self._plot.getWidgetHandle().size()
        left, top, right, bottom = self.sides
        width, height = max(size.width(), 2), max(size.height(), 2)
        shares = (left / width, top / height, right / width, bottom / height)
        if shares[0] + shares[2] < 0.9 and shares[1] + shares[3] < 0.9:
            self._plot.setAxesMargins(*shares)
