"""Whether probabilities mean what they say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy
from silx.gui import qt
from silx.gui.plot import PlotWidget

from ..plots.margins import keep_margins
from ..plots.style import follow_palette, text_color
from .curves import VALIDATION_COLOR

LARGEST_SYMBOL = 14.0


class ReliabilityPlot(PlotWidget):
    """Share of right answers over predicted probability; ideal ones lie on the diagonal."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setGraphXLabel("predicted probability (%)")
        self.setGraphYLabel("correct (%)")
        keep_margins(self, 66, 8, 18, 44)
        self.setActiveCurveHandling(False)
        self.setMinimumHeight(140)
        follow_palette(self)
        self._draw_diagonal()

    def set_bins(self, bins: Sequence[Sequence[float]]) -> None:
        """Show bins of ``(mean probability, share right, number of patches)``, both 0 to 1."""
        self.clear()
        self._draw_diagonal()
        if not len(bins):
            return
        probability, share, count = numpy.array(bins, dtype=float).T
        self.addCurve(
            100 * probability, 100 * share, legend="bins", color=VALIDATION_COLOR, symbol="",
            selectable=False, resetzoom=False,
        )  # fmt: skip
        for index, size in enumerate(_symbol_sizes(count)):
            legend = f"bin {index}"
            self.addCurve(
                100 * probability[index : index + 1], 100 * share[index : index + 1],
                legend=legend, color=VALIDATION_COLOR, symbol="o", linestyle=" ",
                selectable=False, resetzoom=False,
            )  # fmt: skip
            self.getCurve(legend).setSymbolSize(size)

    def _draw_diagonal(self) -> None:
        self.addCurve(
            [0, 100], [0, 100], legend="ideal", color=text_color(self), linestyle="--",
            symbol="", selectable=False, resetzoom=False,
        )  # fmt: skip
        self.setLimits(45, 104, -6, 108)


def _symbol_sizes(count: numpy.ndarray) -> numpy.ndarray:
    """Larger where there are more patches, so that a bin with two of them is not trusted."""
    return numpy.maximum(4.0, LARGEST_SYMBOL * numpy.sqrt(count / count.max()))
