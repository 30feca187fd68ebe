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
    return widget.palette().color(qt.QPalette.ColorRole.WindowText).name()


class _Follower(qt.QObject):
    """Lives with its plot and hears of new styles."""

    def eventFilter(self, plot: qt.QObject, event: qt.QEvent) -> bool:
        if event.type() == qt.QEvent.Type.PaletteChange:
            _apply(plot)
        return False


def _apply(plot: PlotWidget) -> None:
    palette = plot.palette()
    text = palette.color(qt.QPalette.ColorRole.WindowText)
    plot.setBackgroundColor(palette.color(qt.QPalette.ColorRole.Window))
    plot.setDataBackgroundColor(palette.color(qt.QPalette.ColorRole.Base))
    plot.setForegroundColor(text)
    faint = qt.QColor(text)
    faint.setAlphaF(0.3)
    plot.setGridColor(faint)
