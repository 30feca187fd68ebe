"""The dislocation image along the selected line."""

from __future__ import annotations

from functools import partial

import numpy
from silx.gui import qt
from silx.gui.plot import PlotWidget

from ...dislocation_lines.line import DislocationLine
from ..latest_job import LatestJob
from ..messages import sentence_of
from ..placeholder import Placeholder
from ..plots.margins import keep_margins
from ..plots.style import follow_palette
from .coloring import CHOSEN_COLOR, REFERENCE_COLOR
from .layer_images import LineValues, fine_step_um, values_along
from .loading import Loaded

_CURVE, _SCORE = "dislocation image", "score of the line"
_NOTHING = "Select a line in the table or in a view: its height along its length appears here."
_NO_IMAGES = "The images of the layers are missing, so the height of the line cannot be shown."
_READING = "The images along line {} are being read."
_NO_LAYER = "Line {} lies between the layers: no image shows it."
_MARGINS = (64, 8, 12, 46)


class LineCurve(Placeholder):
    """Height of a line against the position along it, a point where it meets a layer."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        self.plot, self.title = PlotWidget(), qt.QLabel()
        content = qt.QWidget()
        super().__init__(content, _NOTHING, parent)
        self._reader = LatestJob(self)
        self._loaded: Loaded | None = None
        self._number = 0
        follow_palette(self.plot)
        keep_margins(self.plot, *_MARGINS)
        self.plot.setGraphXLabel("position along the line (µm)")
        self.plot.setGraphYLabel("height (sigma)")
        self.title.setWordWrap(True)
        layout = qt.QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        layout.addWidget(self.title)
        layout.addWidget(self.plot, 1)
        self._reader.succeeded.connect(self._draw)
        self._reader.failed.connect(lambda error: self.show_text(sentence_of(error)))

    def set_loaded(self, loaded: Loaded) -> None:
        """Forget the line that was shown."""
        self._loaded = loaded
        self._reader.cancel()
        self.show_text(_NOTHING if loaded.stack is not None else _NO_IMAGES)

    def show_line(self, number: int) -> None:
        """Read the images along a line and draw them."""
        stack = self._loaded.stack
        if stack is None:
            return
        self._number = number
        line = self._line
        if not self.has_content():
            self.show_text(_READING.format(number))
        offsets, points = self._loaded.saved.offsets_um, line.resampled(fine_step_um(stack))
        self._reader.begin(partial(values_along, stack, offsets, points))

    def stop(self) -> None:
        """End what runs in the background."""
        self._reader.stop()

    def is_reading(self) -> bool:
        """Whether images are still read."""
        return self._reader.is_running()

    def values(self) -> tuple[numpy.ndarray, numpy.ndarray]:
        """Positions and heights that are drawn."""
        x, y, *_ = self.plot.getCurve(_CURVE).getData()
        return x, y

    @property
    def _line(self) -> DislocationLine:
        return self._loaded.saved.network.lines[self._number]

    def _draw(self, found: LineValues) -> None:
        known = numpy.isfinite(found.values)
        if not known.any():
            self.show_text(_NO_LAYER.format(self._number))
            return
        line = self._line
        self.plot.addCurve(
            found.along_um, found.values, legend=_CURVE, color=CHOSEN_COLOR, symbol="o",
            linewidth=1.5, resetzoom=False,
        )  # fmt: skip
        self.plot.getCurve(_CURVE).setSymbolSize(4)
        if numpy.isfinite(line.score):
            level = numpy.full(2, line.score)
            ends = numpy.array([0.0, line.length_um])
            self.plot.addCurve(
                ends, level, legend=_SCORE, color=REFERENCE_COLOR, linestyle="--", resetzoom=False
            )
        else:
            self.plot.remove(_SCORE, kind="curve")
        highest = max(numpy.nanmax(found.values), numpy.nan_to_num(line.score))
        lowest = min(numpy.nanmin(found.values), 0.0)
        self.plot.setLimits(0.0, line.length_um, lowest, 1.08 * highest)
        n_layers = len(numpy.unique(found.layers))
        layers = "1 layer" if n_layers == 1 else f"{n_layers} layers"
        score = f"; dashed: its score, {line.score:.1f}" if numpy.isfinite(line.score) else ""
        self.title.setText(f"Line {self._number}: dislocation image in {layers}{score}")
        self.show_content()
