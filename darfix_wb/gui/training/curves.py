"""Loss and accuracy of each epoch, as they come."""

from __future__ import annotations

from collections.abc import Mapping

from silx.gui import qt
from silx.gui.plot import PlotWidget

from ..plots.margins import keep_margins
from ..plots.style import follow_palette, text_color

TRAINING_COLOR, VALIDATION_COLOR = "#56B4E9", "#009E73"
"""Sky blue and bluish green (Okabe and Ito), none of the conditions."""

SERIES = (("training", TRAINING_COLOR), ("validation", VALIDATION_COLOR))
_QUANTITIES = (("loss", "loss", 1.0), ("accuracy", "accuracy (%)", 100.0))
_MEANING = "Accuracy: how many of the patches labelled weak or strong the network gets right"
_BEST = "best epoch"


class TrainingCurves(qt.QWidget):
    """Two plots over the epochs, the best one marked."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self.plots = {name: _make_plot(label) for name, label, _ in _QUANTITIES}
        self._records: list[Mapping] = []
        self._n_epochs = 1
        legend = " &nbsp; ".join(
            f"<span style='background-color:{color}'>&nbsp;&nbsp;&nbsp;</span> {name}"
            for name, color in SERIES
        )
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._best = qt.QLabel()
        top = qt.QHBoxLayout()
        top.addWidget(qt.QLabel(legend), 1)
        top.addWidget(self._best)
        layout.addLayout(top)
        for plot in self.plots.values():
            plot.setToolTip(_MEANING)
            layout.addWidget(plot, 1)

    @property
    def records(self) -> list[Mapping]:
        """What is shown, one mapping per epoch."""
        return self._records

    @property
    def best_epoch(self) -> int | None:
        """The epoch of lowest validation loss; None where none was validated."""
        known = [record for record in self._records if record["validation_loss"] is not None]
        if not known:
            return None
        return min(known, key=lambda record: record["validation_loss"])["epoch"]

    def clear(self, n_epochs: int = 1) -> None:
        """Show nothing, with room for a number of epochs."""
        self._records, self._n_epochs = [], n_epochs
        self._best.setText("")
        for plot in self.plots.values():
            plot.clear()

    def add_epoch(self, record: Mapping) -> None:
        """Show one more epoch, or start again where the epochs do."""
        if self._records and record["epoch"] <= self._records[-1]["epoch"]:
            self._records = []
        self._records.append(record)
        self._draw()

    def set_history(self, history: Mapping) -> None:
        """Show a whole training, see `darfix_wb.training.fit.History`."""
        names = ["epoch", *(f"{side}_{name}" for side, _ in SERIES for name, *_ in _QUANTITIES)]
        columns = (history[name] for name in names)
        self._n_epochs = len(history["epoch"])
        self._records = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
        self._draw()

    def _draw(self) -> None:
        best = self.best_epoch
        self._best.setText("" if best is None else f"line: best epoch, {best}")
        for name, _, factor in _QUANTITIES:
            plot = self.plots[name]
            plot.clear()
            for side, color in SERIES:
                self._draw_series(plot, f"{side}_{name}", color, factor)
            if best is not None:
                plot.addXMarker(best, _BEST, color=text_color(self))
            plot.resetZoom()
            plot.getXAxis().setLimits(0.5, max(self._n_epochs, len(self._records)) + 0.5)

    def _draw_series(self, plot: PlotWidget, key: str, color: str, factor: float) -> None:
        known = [(r["epoch"], factor * r[key]) for r in self._records if r[key] is not None]
        if not known:
            return
        epochs, values = zip(*known, strict=True)
        plot.addCurve(
            epochs, values, legend=key, color=color, linewidth=2, symbol="o", resetzoom=False,
            selectable=False,
        )  # fmt: skip
        plot.getCurve(key).setSymbolSize(4)


def _make_plot(label: str) -> PlotWidget:
    plot = PlotWidget()
    plot.setGraphXLabel("epoch")
    plot.setGraphYLabel(label)
    keep_margins(plot, 66, 8, 18, 44)
    plot.setDataMargins(0.03, 0.03, 0.06, 0.10)
    plot.setActiveCurveHandling(False)
    plot.setMinimumHeight(134)
    follow_palette(plot)
    return plot
