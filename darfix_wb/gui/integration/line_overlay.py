"""Centre lines of dislocations over an image."""

from __future__ import annotations

import numpy
from silx.gui.plot import PlotWidget

from ...detection.lines import Lines

LINE_COLOR = "#FF4B1F"
"""Of the centre lines: a red that is seen on greys, viridis and cividis."""

CHOSEN_COLOR = "#00E5FF"
"""Of the line that is selected: bright cyan, on a dark seam so that it is seen on any ground."""

_SEAM_COLOR = "#000000"
_STEPS = ((0, 1), (1, -1), (1, 0), (1, 1))
_ALL, _SPOTS = "centre lines", "spots"
_CHOSEN = (("seam", _SEAM_COLOR, 5.0), ("selected line", CHOSEN_COLOR, 2.5))


class LineOverlay:
    """Draws the centre lines on a plot, and one of them so that it stands out.

    Parameters
    ----------
    plot : PlotWidget
        Where the image is drawn.
    """

    def __init__(self, plot: PlotWidget) -> None:
        self._plot = plot
        self._lines: Lines | None = None
        self._origin, self._scale = (0.0, 0.0), (1.0, 1.0)
        self._visible = True

    def set_lines(
        self, lines: Lines | None, origin: tuple[float, float], scale: tuple[float, float]
    ) -> None:
        """Take other lines, none of them selected; `origin` and `scale` are ``(x, y)``."""
        self._lines, self._origin, self._scale = lines, origin, scale
        self.select(None)
        for legend in (_ALL, _SPOTS):
            self._plot.remove(legend, kind="curve")
        if lines is None or not len(lines):
            return
        joined, spots = segments(lines.index_map, numpy.argwhere(lines.index_map >= 0))
        self._add(joined, _ALL, LINE_COLOR, linewidth=1.0)
        self._add(spots, _SPOTS, LINE_COLOR, symbol="+", size=7)
        self.set_visible(self._visible)

    def set_visible(self, visible: bool) -> None:
        """Show or hide the centre lines; the selected one is always shown."""
        self._visible = visible
        for legend in (_ALL, _SPOTS):
            curve = self._plot.getCurve(legend)
            if curve is not None:
                curve.setVisible(visible)

    def select(self, line: int | None) -> None:
        """Make one line stand out; None for none."""
        for legend, color, width in _CHOSEN:
            self._plot.remove(legend, kind="curve")
            self._plot.remove(f"{legend} spot", kind="curve")
            if line is None:
                continue
            joined, spots = segments(self._lines.index_map, self._lines.path(line))
            self._add(joined, legend, color, linewidth=width, z=3)
            self._add(spots, f"{legend} spot", color, symbol="o", size=3 * width, z=3)

    def _add(self, places, legend, color, *, linewidth=1.0, symbol="", size=None, z=2) -> None:
        """A curve through ``(n, 2)`` rows and columns, broken where they are NaN."""
        if not len(places):
            return
        (x, y), (dx, dy) = self._origin, self._scale
        self._plot.addCurve(
            x + (places[:, 1] + 0.5) * dx, y + (places[:, 0] + 0.5) * dy, legend=legend,
            color=color, linestyle=" " if symbol else "-", linewidth=linewidth, symbol=symbol,
            z=z, resetzoom=False, selectable=False,
        )  # fmt: skip
        if size is not None:
            self._plot.getCurve(legend).setSymbolSize(size)


def segments(
    index_map: numpy.ndarray, pixels: numpy.ndarray
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Pixels of centre lines as what joins neighbours of one line, and those that stand alone.

    Parameters
    ----------
    index_map : numpy.ndarray
        ``(height, width)`` int32, as in `Lines`.
    pixels : numpy.ndarray
        ``(n, 2)`` int64, row and column.

    Returns
    -------
    joined : numpy.ndarray
        ``(3 m, 2)`` float64: start and end of each step, row and column, and NaN after it.
    alone : numpy.ndarray
        ``(k, 2)`` int64.

    Examples
    --------
    >>> index_map = numpy.array([[0, -1, 1], [-1, 0, -1]])
    >>> joined, alone = segments(index_map, numpy.argwhere(index_map >= 0))
    >>> joined.tolist()
    [[0.0, 0.0], [1.0, 1.0], [nan, nan]]
    >>> alone.tolist()
    [[0, 2]]
    """
    own = index_map[tuple(pixels.T)]
    lonely = numpy.ones(len(pixels), dtype=bool)
    parts = []
    for step in _STEPS:
        ahead = own == _index_at(index_map, pixels + step)
        lonely &= ~ahead & (own != _index_at(index_map, pixels - step))
        start = pixels[ahead]
        parts.append(numpy.stack([start, start + step, numpy.full(start.shape, numpy.nan)], axis=1))
    return numpy.concatenate(parts).reshape(-1, 2), pixels[lonely]


def _index_at(index_map: numpy.ndarray, pixels: numpy.ndarray) -> numpy.ndarray:
    """``(n,)``: values of the map, -1 outside it."""
    inside = ((pixels >= 0) & (pixels < index_map.shape)).all(axis=1)
    found = numpy.full(len(pixels), -1, dtype=index_map.dtype)
    found[inside] = index_map[tuple(pixels[inside].T)]
    return found
