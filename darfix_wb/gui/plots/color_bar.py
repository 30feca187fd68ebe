"""A colour bar that lies below its image and takes little room."""

from __future__ import annotations

from collections.abc import Sequence

import numpy
from silx.gui import qt
from silx.gui.colors import Colormap

_HEIGHT = 8
_SCALES = {
    Colormap.LINEAR: (numpy.positive, numpy.positive),
    Colormap.LOGARITHM: (numpy.log10, lambda values: 10.0**values),
    Colormap.SQRT: (numpy.sqrt, numpy.square),
    Colormap.ARCSINH: (numpy.arcsinh, numpy.sinh),
}
"""What is even along the colours, and its inverse."""


class HorizontalColorBar(qt.QWidget):
    """Colours from the lowest to the highest value, with values at even distances below them."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self._colormap: Colormap | None = None
        self._labels: tuple[str, ...] = ()
        self.setFixedHeight(_HEIGHT + self.fontMetrics().height() + 4)

    def set_colormap(
        self, colormap: Colormap, labels: Sequence[str] | None = None, unit: str = ""
    ) -> None:
        """Show a colormap whose range is set; `labels` replaces the numbers below it."""
        numbers = labels or number_texts(values_along(colormap, 3), unit)
        self._colormap, self._labels = colormap, tuple(numbers)
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self._colormap, self._labels = None, ()
        self.update()

    @property
    def labels(self) -> tuple[str, ...]:
        """What is written below the colours, from left to right."""
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
        flag = qt.Qt.AlignmentFlag
        for index, text in enumerate(self._labels):
            share = index / max(1, len(self._labels) - 1)
            width = painter.fontMetrics().horizontalAdvance(text) + 1
            left = round(min(max(0, share * self.width() - width / 2), self.width() - width))
            painter.drawText(text_area.adjusted(left, 0, 0, 0), flag.AlignLeft, text)
        painter.end()


def values_along(colormap: Colormap, n_values: int) -> numpy.ndarray:
    """``(n_values,)`` float64: what the colours at even distances stand for, on whatever scale.

    Examples
    --------
    >>> colormap = Colormap("gray", normalization="sqrt", vmin=0.0, vmax=100.0)
    >>> values_along(colormap, 3).tolist()
    [0.0, 25.0, 100.0]
    """
    to_even, from_even = _SCALES[colormap.getNormalization()]
    low, high = to_even(numpy.array(colormap.getVRange(), dtype=float))
    return from_even(numpy.linspace(low, high, n_values))


def number_texts(values: Sequence[float], unit: str = "") -> tuple[str, ...]:
    """Values for below the colours, the last with the unit."""
    texts = [f"{value:.0f}" if 100 <= abs(value) < 1e6 else f"{value:.3g}" for value in values]
    return (*texts[:-1], f"{texts[-1]} {unit}".rstrip())
