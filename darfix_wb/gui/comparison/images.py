"""Weak-beam images of all methods with one colour scale, a chosen patch and a line on each."""

from __future__ import annotations

import math

import numpy
from silx.gui import qt
from silx.gui.plot import PlotWidget
from silx.gui.plot.items import Shape

from ...comparison.contrast import contrast_range
from ...comparison.result import Comparison, MethodOutcome
from ...image_quality.shown import PROBABILITY
from ...io.nexus import Axis
from ..plots.beam_colors import NEVER_SEEN
from ..plots.color_bar import HorizontalColorBar
from ..plots.condition_colors import SELECTION_COLOR
from ..plots.patch_cells import PatchCells
from .colors import own_colormap, shared_colormap
from .grid import ComparisonGrid
from .profile_line import ProfileLine, sample_line
from .region_outlines import draw_regions, regions_legend

_PATCH = "patch"
_CONTRAST, _OWN = "one scale, in sigma", "each in its own unit"


class ComparisonImages(qt.QWidget):
    """The grid of images with what belongs to it: scale, line, marks and a legend."""

    patch_chosen = qt.Signal(int, int)
    """Row and column of the patch that was clicked."""

    line_moved = qt.Signal()
    """The line is elsewhere."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self._comparison: Comparison | None = None
        self._cells: PatchCells | None = None
        self._marks: list[Shape] = []
        self._range = (0.0, 1.0)
        self.grid = ComparisonGrid()
        self.line = ProfileLine(self)
        self.scale, self.high = qt.QComboBox(), qt.QDoubleSpinBox()
        self.draw = qt.QToolButton()
        self._bar, self._readout, self._legend = HorizontalColorBar(), qt.QLabel(), qt.QLabel()
        self.tools = qt.QHBoxLayout()
        self._lay_out()
        self._connect()

    def set_comparison(
        self, comparison: Comparison | None, axes: tuple[Axis, Axis] | None = None
    ) -> None:
        """Show a comparison; None shows nothing."""
        self._comparison = comparison
        self.draw.setChecked(False)
        if comparison is None:
            return
        shape = comparison.patched.scan.frame_shape
        geometry = self.grid.linked.geometry
        self._cells = PatchCells(comparison.patched.grid)
        self._range = contrast_range(comparison.outcomes)
        self.grid.set_outcomes(comparison.outcomes, shape, axes)
        self._show_images()
        self._legend.setText(_legend(self.grid.linked.unit, comparison))
        if self.line.ends is None or geometry != self.grid.linked.geometry:
            self.line.set_ends(self._across(shape))

    def mark_patch(self, row: int, column: int) -> None:
        """Outline a patch in every image."""
        top, bottom, left, right = self._cells.bounds(row, column)
        (x, y), (dx, dy) = self.grid.linked.origin, self.grid.linked.scale
        for mark in self._marks:
            mark.setPoints([[x + left * dx, y + top * dy], [x + right * dx, y + bottom * dy]])
            mark.setVisible(True)

    def profiles(self, width: int) -> dict[str, tuple[numpy.ndarray, numpy.ndarray]]:
        """Positions along the line, in the unit of the axes, and contrast, of each method.

        `width` is the number of pixels across the line whose median is taken.
        """
        if self._comparison is None or self.line.ends is None:
            return {}
        start, end = self.line.ends
        length = math.hypot(end[0] - start[0], end[1] - start[1])
        places = [self.grid.linked.place_of(*point) for point in (start, end)]
        profiles = {}
        for name in self.grid.panels:
            way, values = sample_line(self._comparison[name].contrast, *places, width)
            profiles[name] = (way * length, values)
        return profiles

    def picture(self) -> qt.QPixmap:
        """All images, those scrolled away too, with their colour bar."""
        images, bar = self.grid.content.grab(), self._bar.grab()
        shared = self._is_shared()
        size = images.size()
        whole = qt.QPixmap(size.width(), size.height() + (bar.height() if shared else 0))
        whole.fill(self.palette().color(qt.QPalette.ColorRole.Window))
        painter = qt.QPainter(whole)
        painter.drawPixmap(0, 0, images)
        if shared:
            painter.drawPixmap((size.width() - bar.width()) // 2, size.height(), bar)
        painter.end()
        return whole

    def _lay_out(self) -> None:
        self.scale.addItems([_CONTRAST, _OWN])
        self.scale.setToolTip("Contrast above the background, or the values of each method")
        self.high.setRange(0.0, 1e4)
        self.high.setSingleStep(1.0)
        self.high.setDecimals(1)
        self.high.setPrefix("up to ")
        self.high.setSpecialValueText("automatic")
        self.high.setToolTip("Contrast that the brightest colour stands for, in sigma")
        self.draw.setText("Draw a line")
        self.draw.setCheckable(True)
        self.draw.setToolTip("Draw with the mouse in any image; the ends of a line can be dragged")
        whole = qt.QPushButton("Whole images")
        whole.setToolTip("Zoom out; drag in an image to zoom into all of them")
        whole.setAutoDefault(False)
        whole.clicked.connect(self.grid.show_whole)
        for widget in (self.scale, self.high, whole, self.draw):
            self.tools.addWidget(widget)
        self.tools.addWidget(self._readout, 1)
        self._legend.setWordWrap(True)
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(self.tools)
        layout.addWidget(self.grid, 1)
        layout.addWidget(self._bar)
        layout.addWidget(self._legend)

    def _connect(self) -> None:
        self.scale.currentIndexChanged.connect(self._show_images)
        self.high.valueChanged.connect(self._show_images)
        self.draw.toggled.connect(self.line.set_drawing)
        self.line.drawing_ended.connect(lambda: self.draw.setChecked(False))
        self.line.moved.connect(self.line_moved)
        self.grid.clicked.connect(self._clicked)
        self.grid.hovered.connect(self._show_pixel)
        self.grid.panels_changed.connect(self._draw_over_panels)

    def _draw_over_panels(self) -> None:
        plots = [panel.plot for panel in self.grid.panels.values()]
        self.line.set_plots(plots)
        self._marks = [_mark(plot) for plot in plots]
        linked = self.grid.linked
        for name, panel in self.grid.panels.items():
            regions = self._comparison[name].regions
            if regions is not None:
                draw_regions(panel.plot, regions, linked.origin, linked.scale)

    def _is_shared(self) -> bool:
        return self.scale.currentText() == _CONTRAST

    def _show_images(self) -> None:
        shared = self._is_shared()
        self.high.setEnabled(shared)
        self._bar.setVisible(shared and bool(self.grid.panels))
        if self._comparison is None:
            return
        low, high = self._range
        colormap = shared_colormap(low, self.high.value() or high)
        self._bar.set_colormap(colormap, unit="sigma")
        outcomes = {name: self._comparison[name] for name in self.grid.panels}
        images = {name: _image(outcome, shared) for name, outcome in outcomes.items()}
        colormaps = {
            name: colormap if shared else own_colormap(image) for name, image in images.items()
        }
        self.grid.show_images(images, colormaps, self._titles(), bars=not shared)

    def _titles(self, pixel: tuple[int, int] | None = None) -> dict[str, str]:
        shared = self._is_shared()
        titles = {}
        for name in self.grid.panels:
            outcome = self._comparison[name]
            in_sigma = shared and outcome.unit != PROBABILITY
            titles[name] = name if in_sigma or not outcome.unit else f"{name} ({outcome.unit})"
            if pixel is not None:
                value = _image(outcome, in_sigma)[pixel]
                text = f"{value:.3g}" if numpy.isfinite(value) else "never"
                titles[name] = f"{name}: {text}"
        return titles

    def _show_pixel(self, row: int, column: int) -> None:
        self._readout.setText(f"row {row}, column {column}")
        titles = self._titles((row, column))
        for name, panel in self.grid.panels.items():
            panel.title.setText(titles[name])

    def _clicked(self, row: float, column: float) -> None:
        patch = self._cells.at(row, column)
        if patch is not None:
            self.patch_chosen.emit(*patch)

    def _across(self, shape: tuple[int, int]) -> tuple[tuple[float, float], tuple[float, float]]:
        """A line from left to right, half way down."""
        (x, y), (dx, dy) = self.grid.linked.origin, self.grid.linked.scale
        middle = y + shape[0] / 2 * dy
        return (x + 0.1 * shape[1] * dx, middle), (x + 0.9 * shape[1] * dx, middle)


def _mark(plot: PlotWidget) -> Shape:
    """The outline of a patch, to be moved: silx draws a moved shape faster than a new one."""
    mark = Shape("rectangle")
    mark.setName(_PATCH)
    mark.setPoints([[0, 0], [1, 1]])
    mark.setOverlay(True)
    mark.setFill(False)
    mark.setColor(SELECTION_COLOR)
    mark.setLineWidth(2)
    mark.setVisible(False)
    plot.addItem(mark)
    return mark


def _image(outcome: MethodOutcome, shared: bool) -> numpy.ndarray:
    return outcome.contrast if shared else outcome.weak_image


def _legend(unit: str, comparison: Comparison) -> str:
    parts = [
        f"<span style='background-color:{NEVER_SEEN}'>&nbsp;&nbsp;&nbsp;&nbsp;</span> "
        "no frame contributed",
        f"axes in {unit}",
        "click: rocking curve",
        "drag: zoom, right click: back",
    ]
    with_regions = [one.name for one in comparison.outcomes if one.regions is not None]
    parts += [f"{name}: {regions_legend()}" for name in with_regions]
    return " &nbsp;·&nbsp; ".join(parts)
