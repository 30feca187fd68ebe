"""Plots in the colours of the window around them, light or dark."""

from __future__ import annotations

from silx.gui import qt
from silx.gui.plot import PlotWidget


def follow_palette(plot: PlotWidget) -> None:
    """Draw background, axes and texts in the window's colours, now and when its style changes."""
    _apply(plot)
    plot.installEventFilter(_Follower(plot))


def text_color(widget: qt.QWidget) -> str:
    """Colour of the texts on the window's background, as ``"#rrggbb"``."""
    return _color(widget, "WindowText").name()


def bare_axes(plot: PlotWidget) -> None:
    """Leave the axes without labels: a title says what they are, where there is little room."""
    for axis in (plot.getXAxis(), plot.getYAxis()):
        axis.setLabel(" ")


class _Follower(qt.QObject):
    """Lives with its plot and hears of new styles."""

    def eventFilter(self, plot: qt.QObject, event: qt.QEvent) -> bool:
        if event.type() == qt.QEvent.Type.PaletteChange:
            _apply(plot)
        return False


def _apply(plot: PlotWidget) -> None:
    text = _color(plot, "WindowText")
    plot.setBackgroundColor(_color(plot, "Window"))
    plot.setDataBackgroundColor(_color(plot, "Base"))
    plot.setForegroundColor(text)
    faint = qt.QColor(text)
    faint.setAlphaF(0.3)
    plot.setGridColor(faint)


def _color(widget: qt.QWidget, role: str) -> qt.QColor:
    """The same whether the widget is enabled or not: a plot stays readable during a run."""
    group = qt.QPalette.ColorGroup.Active
    return widget.palette().color(group, getattr(qt.QPalette.ColorRole, role))
