"""A colour bar that lies below its image and takes little room."""

from __future__ import annotations

import numpy
from silx.gui import qt
from silx.gui.colors import Colormap

_HEIGHT = 8


class HorizontalColorBar(qt.QWidget):
    """Colours from the lowest to the highest value, with both and the middle written below."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self._colormap: Colormap | None = None
        self._labels: tuple[str, ...] = ()
        self.setFixedHeight(_HEIGHT + self.fontMetrics().height() + 4)

    def set_colormap(
        self, colormap: Colormap, labels: tuple[str, str, str] | None = None, unit: str = ""
    ) -> None:
        """Show a colormap whose range is set; `labels` replaces the numbers below it."""
        self._colormap, self._labels = colormap, labels or _numbers(colormap, unit)
        self.update()

    @property
    def labels(self) -> tuple[str, ...]:
        """What is written at the left, in the middle and at the right."""
        return self._labels

    def paintEvent(self, event: qt.QEvent) -> None:
        if self._colormap is None:
            return
        colors = numpy.ascontiguousarray(self._colormap.getNColors(256)[None])
        image = qt.QImage(colors.data, 256, 1, qt.QImage.Format.Format_RGBA8888)
        painter = qt.QPainter(self)
        painter.drawImage(qt.QRect(0, 0, self.width(), _HEIGHT), image)
        painter.setPen(self.palette().color(qt.QPalette.ColorRole.WindowText))
        text_area = self.rect().adjusted(0, _HEIGHT + 1, 0, 0)
        sides = ("AlignLeft", "AlignHCenter", "AlignRight")
        for side, text in zip(sides, self._labels, strict=True):
            painter.drawText(text_area, getattr(qt.Qt.AlignmentFlag, side), text)
        painter.end()


def _numbers(colormap: Colormap, unit: str) -> tuple[str, str, str]:
    """Lowest value, that of the middle colour on whatever scale, and highest."""
    low, high = colormap.getVMin(), colormap.getVMax()
    values = numpy.linspace(low, high, 257)
    colors = colormap.applyToData(values[None, :])[0, :, :3].astype(int)
    middle = colormap.getNColors(3)[1, :3].astype(int)
    nearest = values[numpy.abs(colors - middle).sum(axis=1).argmin()]
    return _number(low), _number(nearest), f"{_number(high)} {unit}".rstrip()


def _number(value: float) -> str:
    return f"{value:.0f}" if 100 <= abs(value) < 1e6 else f"{value:.3g}"
