"""One layer: its image, with the lines where they go through it."""

from __future__ import annotations

from functools import partial

import numpy
from silx.gui import qt
from silx.gui.widgets.FrameBrowser import HorizontalSliderWithBrowser

from ...reconstruction.layer_stack import LayerStack
from ..integration.pictures import PICTURES, drawn, labels_of, probability_colormap, sigma_colormap
from ..latest_job import LatestJob
from ..messages import sentence_of
from ..placeholder import Placeholder
from ..plots.image_panel import ImagePanel
from ..plots.margins import keep_margins
from .coloring import CHOSEN_COLOR, REFERENCE_COLOR, Coloring
from .layer_images import LayerRequest, read_layer
from .line_curves import COLUMN, LABELS, ROW
from .loading import IMAGE, PROBABILITY, Loaded
from .sampled import SampledNetwork

_TITLES = {IMAGE: "Dislocation image", PROBABILITY: "Line probability"}
_MARGINS = (66, 6, 14, 46)
_NO_IMAGES = "The images of the layers are missing: {}"
_READING = "Layer {} is being read."


class LayerPlot(qt.QWidget):
    """The image of a layer; dots are the lines within half a step of it."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice, self.shown = qt.QComboBox(), qt.QCheckBox("&Lines")
        self.slider = HorizontalSliderWithBrowser(self)
        self.panel = ImagePanel("")
        self.pictures = Placeholder(self.panel, "")
        self._reader = LatestJob(self)
        self._loaded: Loaded | None = None
        self._coloring: Coloring | None = None
        self._image: tuple[LayerRequest, numpy.ndarray] | None = None
        self._selected: int | None = None
        self._with_reference = True
        self._legends: set[str] = set()
        self._lay_out()
        self.choice.currentIndexChanged.connect(self._read)
        self.shown.toggled.connect(self._draw_lines)
        self.slider.valueChanged.connect(self._read)
        self._reader.succeeded.connect(self._take)
        self._reader.failed.connect(lambda error: self.pictures.show_text(sentence_of(error)))

    @property
    def index(self) -> int:
        """Number of the layer in the stack."""
        return self.slider.value()

    def set_loaded(self, loaded: Loaded) -> None:
        """Show the layers of another volume."""
        self._loaded, self._image, self._selected = loaded, None, None
        stack = loaded.stack
        self.setEnabled(stack is not None)
        blocked = [widget.blockSignals(True) for widget in (self.slider, self.choice)]
        self.slider.setRange(0, max(0, 0 if stack is None else len(stack) - 1))
        self.slider.setValue(0 if stack is None else len(stack) // 2)
        self.choice.clear()
        for name in loaded.samples:
            self.choice.addItem(_TITLES[name], name)
        for widget, before in zip((self.slider, self.choice), blocked, strict=True):
            widget.blockSignals(before)
        if stack is None:
            self._reader.cancel()
            self.pictures.show_text(_NO_IMAGES.format(" ".join(loaded.problems)))
        else:
            self.panel.plot.setLimits(*_limits(stack))
            self._read()

    def set_coloring(self, coloring: Coloring) -> None:
        """Colour the lines."""
        self._coloring = coloring
        self._draw_lines()

    def set_reference_visible(self, visible: bool) -> None:
        """Show or hide the reference."""
        self._with_reference = visible
        self._draw_lines()

    def select(self, number: int | None, *, index: int | None = None) -> None:
        """Make a line stand out, and go to a layer."""
        self._selected = number
        if index is not None and index != self.index:
            self.slider.setValue(index)
        else:
            self._draw_lines()

    def stop(self) -> None:
        """End what runs in the background."""
        self._reader.stop()

    def is_reading(self) -> bool:
        """Whether an image is still read."""
        return self._reader.is_running()

    # --- Inside ------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.shown.setChecked(True)
        self.shown.setToolTip("Dots where lines go through this layer, or lie in it")
        self.choice.setToolTip("Which image of the layer is shown")
        self.slider.limitWidget().hide()
        self.panel.plot.setPanWithArrowKeys(False)
        keep_margins(self.panel.plot, *_MARGINS)
        self.panel.plot.setGraphXLabel(LABELS[COLUMN])
        self.panel.plot.setGraphYLabel(LABELS[ROW])
        tools = qt.QHBoxLayout()
        tools.addWidget(self.choice)
        tools.addWidget(self.shown)
        tools.addStretch(1)
        layers = qt.QHBoxLayout()
        layers.addWidget(qt.QLabel("Layer"))
        layers.addWidget(self.slider, 1)
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addLayout(tools)
        layout.addWidget(self.pictures, 1)
        layout.addLayout(layers)

    def _read(self) -> None:
        if self._loaded is None or self._loaded.stack is None or not self.choice.count():
            return
        request = LayerRequest(self.choice.currentData(), self.index)
        if not self.pictures.has_content():
            self.pictures.show_text(_READING.format(self.index))
        self._reader.begin(partial(read_layer, self._loaded.stack, request))

    def _take(self, image: tuple[LayerRequest, numpy.ndarray]) -> None:
        self._image = image
        (name, index), values = image
        stack, picture = self._loaded.stack, PICTURES[name]
        sample = self._loaded.samples[name]
        colormap = sigma_colormap(sample) if name == IMAGE else probability_colormap()
        origin = tuple(
            first - side / 2
            for first, side in zip(stack.origin_um[::-1], stack.pitch_um[::-1], strict=True)
        )
        self.panel.show_image(
            drawn(picture, values), colormap, origin, stack.pitch_um[::-1],
            labels_of(picture, colormap),
        )  # fmt: skip
        place = f"{stack.names[index]} at {stack.layers_um[index]:.4g} µm"
        self.panel.title.setText(f"{_TITLES[name]} · layer {index}: {place}")
        self.pictures.show_content()
        self._draw_lines()

    def _draw_lines(self) -> None:
        """Lines are moved back to where this layer shows them, by what was taken off as jitter."""
        for legend in self._legends:
            self.panel.plot.remove(legend, kind="curve")
        self._legends.clear()
        if self._image is None or self._coloring is None or not self.shown.isChecked():
            return
        index = self._image[0].index
        offset = self._loaded.saved.offsets_um[index]
        lines, reference = self._loaded.lines, self._loaded.reference
        if reference is not None and self._with_reference:
            self._dots(reference, self._near(reference), offset, "reference", REFERENCE_COLOR, 2)
        near = self._near(lines)
        for level in numpy.unique(self._coloring.levels[near]):
            wanted = near & (self._coloring.levels == level)
            self._dots(lines, wanted, offset, f"color {level}", self._coloring.colors[level], 3)
        if self._selected is not None:
            wanted = near & (lines.numbers == self._selected)
            self._dots(lines, wanted, offset, "selected line", CHOSEN_COLOR, 6)

    def _near(self, lines: SampledNetwork) -> numpy.ndarray:
        stack = self._loaded.stack
        away = numpy.abs(lines.points_um[:, 0] - stack.layers_um[self._image[0].index])
        return away <= stack.step_um / 2

    def _dots(self, lines, wanted, offset, legend, color, size) -> None:
        if not wanted.any():
            return
        rows, columns = (lines.points_um[wanted, 1:] + offset).T
        self._legends.add(legend)
        self.panel.plot.addCurve(
            columns, rows, legend=legend, color=color, linestyle=" ", symbol="o", z=2,
            resetzoom=False, selectable=False,
        )  # fmt: skip
        self.panel.plot.getCurve(legend).setSymbolSize(size)


def _limits(stack: LayerStack) -> tuple[float, float, float, float]:
    (_, top, left), (_, bottom, right) = stack.bounds_um
    return left, right, top, bottom
