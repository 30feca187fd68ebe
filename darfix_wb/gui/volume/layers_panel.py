"""The table of layers with what is around it: progress, filter, and one layer in full."""

from __future__ import annotations

from html import escape

from silx.gui import qt

from ...volume.layer import Layer
from ...volume.summary import LayerRecord
from .layer_table import STATE_COLORS, LayerTable
from .progress import FAILED, STATES, VolumeProgress

_ALL = "all states"
_TICK_MS = 1000


class LayersPanel(qt.QWidget):
    """What is done of a volume, and what is not."""

    run_failed_again = qt.Signal()
    """The user wants the failed layers to be computed again."""

    layer_selected = qt.Signal(int)
    """Number of the layer whose row was chosen."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self.table, self.details = LayerTable(), qt.QTextBrowser()
        self.bar, self.sentence = qt.QProgressBar(), qt.QLabel()
        self.state, self.search, self.n_shown = qt.QComboBox(), qt.QLineEdit(), qt.QLabel()
        self.again = qt.QPushButton("Run &failed again")
        self._progress: VolumeProgress | None = None
        self._clock = qt.QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self._show_sentence)
        self._lay_out()
        self._connect()

    def set_progress(self, progress: VolumeProgress, motor: str = "", unit: str = "") -> None:
        """Show other layers."""
        self._progress = progress
        self.table.set_progress(progress, motor, unit)
        self._filter()
        self.refresh()

    def refresh(self) -> None:
        """Show how far the layers are now."""
        if self._progress is None:
            return
        self.table.update_progress(self._progress)
        self._show_sentence()
        self._show_count()
        running = self._progress.is_running
        if running != self._clock.isActive():
            (self._clock.start if running else self._clock.stop)()
        self.again.setEnabled(not running and self._progress.count(FAILED) > 0)
        self._show_details()

    def select(self, index: int | None) -> None:
        """Choose a layer."""
        self.table.select(index)
        self._show_details()

    def _lay_out(self) -> None:
        self.bar.setTextVisible(False)
        self.bar.setMaximumHeight(12)
        self.state.addItems([_ALL, *STATES])
        self.state.setToolTip("Show only layers in this state")
        self.search.setPlaceholderText("words in name or notes")
        self.search.setClearButtonEnabled(True)
        self.search.setToolTip("Show only layers with all of these words")
        self.again.setAutoDefault(False)
        self.again.setToolTip("Compute the layers that failed or are pending")
        self.details.setMaximumHeight(6 * self.fontMetrics().height())
        self.details.setPlaceholderText("Select a layer to see its warnings, or why it failed")
        filters = qt.QHBoxLayout()
        label = qt.QLabel("&Show")
        label.setBuddy(self.state)
        for widget in (label, self.state, self.search, self.n_shown):
            filters.addWidget(widget, int(widget is self.search))
        top = qt.QHBoxLayout()
        top.addWidget(self.sentence, 1)
        top.addWidget(self.again)
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addLayout(top)
        layout.addWidget(self.bar)
        layout.addLayout(filters)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.details)

    def _connect(self) -> None:
        self.state.currentTextChanged.connect(self._filter)
        self.search.textChanged.connect(self._filter)
        self.again.clicked.connect(self.run_failed_again)
        self.table.layer_selected.connect(self._selected)

    def _selected(self, index: int) -> None:
        self._show_details()
        self.layer_selected.emit(index)

    def _filter(self) -> None:
        state = "" if self.state.currentText() == _ALL else self.state.currentText()
        self.table.set_filter(state, self.search.text())
        self._show_count()

    def _show_count(self) -> None:
        self.n_shown.setText(f"{self.table.n_shown()} of {self.table.rowCount()}")

    def _show_sentence(self) -> None:
        self.bar.setValue(round(100 * self._progress.fraction))
        self.sentence.setText(f"<b>{self._progress.sentence()}</b>")

    def _show_details(self) -> None:
        index = self.table.selected()
        if self._progress is None or index is None:
            self.details.clear()
            return
        state = self._progress.state_of(index)
        record, layer = self._progress.records[index], self._progress.layers[index]
        text = _details(record, layer, state)
        if text != self.details.property("shown"):
            self.details.setProperty("shown", text)
            self.details.setHtml(text)


def _details(record: LayerRecord, layer: Layer, state: str) -> str:
    """All that is known of a layer."""
    lines = [
        f"<b>Layer {record.index}: <span style='color:{STATE_COLORS[state]}'>{state}</span></b> "
        f"{escape(layer.url)}"
    ]
    lines += [escape(text) for text in (record.reason, *record.warnings) if text]
    return "<br>".join(lines)
