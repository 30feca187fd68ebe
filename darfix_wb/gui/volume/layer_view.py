"""The images of one layer, read from the file of its volume when it is looked at."""

from __future__ import annotations

from functools import partial

import numpy
from silx.gui import qt
from silx.gui.widgets.FrameBrowser import HorizontalSliderWithBrowser

from ..integration.pictures import drawn, labels_of, without_value
from ..latest_job import LatestJob
from ..messages import sentence_of
from ..placeholder import Placeholder
from ..plots.image_panel import ImagePanel
from ..plots.linked_images import LinkedImages
from ..plots.margins import keep_margins
from ..texts import unit_text
from .layer_pictures import TITLES, Loaded, Request, colormap_of, load, picture_of, scale_key
from .progress import DONE, FAILED, PENDING, RUNNING, VolumeProgress

_SCALES = {"linear": "linear", "square root": "sqrt", "logarithm": "log"}
_WORDS = {
    PENDING: "Layer {} is pending: Apply computes it.",
    RUNNING: "Layer {} is being computed.",
    DONE: "Layer {} is being read.",
    FAILED: "Layer {} failed. {}",
}
_MARGINS = (72, 6, 14, 44)
_NOTHING = "The images of a layer appear here as soon as it is done, even during a run."


class LayerView(qt.QWidget):
    """A choice of images, a slider over the layers, and a button for the classifier's view."""

    layer_chosen = qt.Signal(int)
    """The user went to a layer."""

    frames_wanted = qt.Signal(int)
    """The user wants to see what was said of each patch of this layer."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice, self.scale = qt.QComboBox(), qt.QComboBox()
        self.slider = HorizontalSliderWithBrowser(self)
        self.frames = qt.QPushButton("Frames and &patches…")
        self.panel, self.readout = ImagePanel(""), qt.QLabel()
        self.pictures = Placeholder(self.panel, _NOTHING)
        self._linked = LinkedImages([self.panel], self)
        self._reader = LatestJob(self)
        self._path, self._place = "", ""
        self._progress: VolumeProgress | None = None
        self._loaded: Loaded | None = None
        self._wanted: Request | None = None
        self._samples: dict[tuple, numpy.ndarray] = {}
        self._lay_out()
        self._connect()

    @property
    def index(self) -> int:
        """Number of the layer that is shown."""
        return self.slider.value()

    def set_volume(self, path: str, progress: VolumeProgress | None, motor: str, unit: str) -> None:
        """Show layers of another volume; without a path, none is in a file yet."""
        if path != self._path:
            self._loaded = None
            self._samples.clear()
        self._path, self._progress = path, progress
        self._place = f"{motor or 'z'} = {{:g}} {unit_text(unit)}".rstrip()
        n_layers = 0 if progress is None else len(progress.layers)
        blocked = self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, n_layers - 1))
        self.slider.blockSignals(blocked)
        self.setEnabled(n_layers > 0)
        self.refresh()

    def show_layer(self, index: int) -> None:
        """Go to a layer."""
        if index != self.slider.value():
            blocked = self.slider.blockSignals(True)
            self.slider.setValue(index)
            self.slider.blockSignals(blocked)
        self.refresh()

    def refresh(self) -> None:
        """Read the image of the layer if it can be had; else say why not."""
        if self._progress is None or not self._progress.layers:
            self._show_text(_NOTHING)
            return
        state = self._progress.state_of(self.index)
        self.frames.setEnabled(bool(self._path))
        if state != DONE or not self._path:
            reason = self._progress.records[self.index].reason
            self._show_text(_WORDS[state].format(self.index, reason))
            return
        request = Request(self._path, self.choice.currentData(), self.index)
        sample = self._samples.get(self._scale_key(request.name))
        if self._loaded is not None and self._loaded.request == request and sample is not None:
            self._draw()
            return
        if not (self._reader.is_running() and request == self._wanted):
            self._wanted = request
            if not self.pictures.has_content():
                self.pictures.show_text(_WORDS[DONE].format(self.index))
            self._reader.begin(partial(load, request, sample))

    def forget(self) -> None:
        """What was read is no longer in the file."""
        self._loaded = None
        self._samples.clear()

    def stop(self) -> None:
        """End what runs in the background."""
        self._reader.stop()

    # --- Inside ------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        for name, title in TITLES.items():
            self.choice.addItem(title, name)
        for box, n_letters in ((self.choice, 14), (self.scale, 6)):
            box.setSizeAdjustPolicy(box.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(n_letters)
        self.choice.setToolTip("Which image of the layer is shown")
        self.scale.addItems(list(_SCALES))
        self.scale.setToolTip("How counts are mapped to colours")
        self.frames.setAutoDefault(False)
        self.frames.setToolTip(
            "Classify this layer again, and show its frames with the condition of each patch"
        )
        self.slider.limitWidget().hide()
        self.panel.plot.setPanWithArrowKeys(False)
        keep_margins(self.panel.plot, *_MARGINS)
        self.readout.setTextInteractionFlags(qt.Qt.TextInteractionFlag.NoTextInteraction)
        tools = qt.QHBoxLayout()
        for widget in (self.choice, self.scale, self.frames):
            tools.addWidget(widget, int(widget is self.choice))
        layers = qt.QHBoxLayout()
        layers.addWidget(qt.QLabel("Layer"))
        layers.addWidget(self.slider, 1)
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addLayout(tools)
        layout.addWidget(self.pictures, 1)
        layout.addWidget(self.readout)
        layout.addLayout(layers)
        self.setEnabled(False)

    def _connect(self) -> None:
        self.choice.currentIndexChanged.connect(self.refresh)
        self.scale.currentIndexChanged.connect(self.refresh)
        self.slider.valueChanged.connect(self._go_to)
        self.frames.clicked.connect(lambda: self.frames_wanted.emit(self.index))
        self._linked.pixel_hovered.connect(self._show_pixel)
        self._reader.succeeded.connect(self._take)
        self._reader.failed.connect(lambda error: self._show_text(sentence_of(error)))

    def _go_to(self, index: int) -> None:
        self.refresh()
        self.layer_chosen.emit(index)

    def _scale_key(self, name: str) -> tuple:
        return scale_key(self._path, name, self._progress.count(DONE))

    def _take(self, loaded: Loaded) -> None:
        self._loaded = loaded
        key = self._scale_key(loaded.request.name)
        self._samples = {one: kept for one, kept in self._samples.items() if one[-1] == key[-1]}
        self._samples[key] = loaded.sample
        self._draw()

    def _draw(self) -> None:
        request, (values, axes), sample = self._loaded
        picture = picture_of(request.name)
        colormap = colormap_of(request.name, sample, _SCALES[self.scale.currentText()])
        self._linked.set_geometry(values.shape, axes)
        self.panel.plot.setGraphXLabel(f"column ({self._linked.unit})")
        self.panel.plot.setGraphYLabel(f"row ({self._linked.unit})")
        self.panel.show_image(
            drawn(picture, values),
            colormap,
            self._linked.origin,
            self._linked.scale,
            labels_of(picture, colormap),
        )
        self.panel.title.setText(self._title(request))
        self.scale.setEnabled(picture.unit == "counts")
        square = f"<span style='background-color:{without_value(picture)}'>{4 * '&nbsp;'}</span>"
        self.readout.setText(f"{square} no value &nbsp;·&nbsp; one colour scale for all layers")
        self.pictures.show_content()

    def _title(self, request: Request) -> str:
        position = self._progress.layers[request.index].position
        place = "" if position is None else f", {self._place.format(position)}"
        return f"{TITLES[request.name]} · layer {request.index}{place}"

    def _show_pixel(self, row: int, column: int) -> None:
        if self._loaded is None:
            return
        request, (values, (rows, columns)), _ = self._loaded
        value, unit = values[row, column], picture_of(request.name).unit
        shown = f"{value:.4g} {unit}".rstrip() if numpy.isfinite(value) else "no value"
        place = f"row {rows.values[row]:g}, column {columns.values[column]:g}"
        self.readout.setText(f"{place}:  {shown}")

    def _show_text(self, text: str) -> None:
        self._reader.cancel()
        self.readout.clear()
        self.pictures.show_text(text)
