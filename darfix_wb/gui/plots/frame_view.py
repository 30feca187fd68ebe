"""The frames of a scan, with the grid of patches and the conditions drawn over them."""

from __future__ import annotations

import numpy
from silx.gui import qt
from silx.gui.widgets.FrameBrowser import HorizontalSliderWithBrowser

from ...angle_texts import angle_text
from ...patches import PatchGrid
from ...scan import RockingScan
from ..messages import sentence_of
from .condition_colors import SELECTION_COLOR
from .frame_plot import NORMALIZATIONS, make_frame_plot
from .grid_lines import GridLines
from .patch_cells import PatchCells
from .patch_mouse import PatchMouse
from .screen_image import show_cells, show_image

_FRAME, _OVERLAY, _HOVER, _SELECTED = "frame", "conditions", "hover", "selected"


class FrameView(qt.QWidget):
    """A frame with its slider; rows and columns are given as ``(row, column)`` throughout.

    Left and Right step through the frames, Home and End go to the first and the last, wherever in
    the window the focus is.
    """

    frame_changed = qt.Signal(int)
    patch_hovered = qt.Signal(int, int)
    patch_left = qt.Signal()
    """The mouse left the frame."""
    patch_clicked = qt.Signal(int, int)
    patches_dragged = qt.Signal(int, int, int, int)
    """First row and column, last row and column, inclusive; only while painting."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self._scan: RockingScan | None = None
        self._cells: PatchCells | None = None
        self._image: numpy.ndarray | None = None
        self.plot = make_frame_plot(self, self._counts_at)
        self.slider = HorizontalSliderWithBrowser(self)
        self.slider.valueChanged.connect(self._show_frame)
        self._scale = qt.QComboBox()
        self._scale.addItems(list(NORMALIZATIONS))
        self._scale.setToolTip("Grey scale of the counts")
        self._scale.currentTextChanged.connect(self._set_normalization)
        self._opacity = qt.QSlider(qt.Qt.Orientation.Horizontal)
        self._opacity.setRange(0, 100)
        self._opacity.setValue(35)
        self._opacity.setToolTip("Opacity of the colours")
        self._opacity.valueChanged.connect(self._set_opacity)
        self._mouse, self.grid_lines = PatchMouse(self.plot), GridLines(self.plot)
        self._lay_out()
        self._connect()

    # --- What is shown -----------------------------------------------------------------------

    def set_scan(self, scan: RockingScan | None) -> None:
        """Show the frames of a scan, keeping the frame's number where it has as many."""
        same_shape = scan is not None and self._scan and scan.frame_shape == self._scan.frame_shape
        self._scan = scan
        self.set_overlay(None)
        self.setEnabled(scan is not None)
        if scan is None:
            self._image = None
            self.plot.clear()
            self.plot.setGraphTitle("")
            return
        blocked = self.slider.blockSignals(True)
        self.slider.setRange(0, scan.n_frames - 1)
        self.slider.setValue(min(self.frame, scan.n_frames - 1))
        self.slider.blockSignals(blocked)
        self._show_frame(self.frame)
        if not same_shape:
            self.set_grid(None)
            self.reset_zoom()

    def set_grid(self, grid: PatchGrid | None) -> None:
        """Take the patches, whose lines are drawn where there is room for them, and let the mouse
        find them; None takes them away."""
        self._cells = None if grid is None else PatchCells(grid)
        self._mouse.set_cells(self._cells)
        self.grid_lines.set_cells(self._cells)
        for legend in (_HOVER, _SELECTED):
            self.plot.remove(legend, kind="item")
        self.plot.remove(_OVERLAY, kind="image")

    def set_overlay(self, rgba: numpy.ndarray | None) -> None:
        """Colour the patches.

        Parameters
        ----------
        rgba : numpy.ndarray or None
            ``(rows, columns, 4)`` uint8 of the grid's patches.
        """
        shown = rgba is not None and self._cells is not None
        self._show_opacity(shown)
        if not shown:
            self.plot.remove(_OVERLAY, kind="image")
            return
        show_cells(self.plot, rgba, self._cells, _OVERLAY)
        self._set_opacity(self._opacity.value())

    def set_opacity(self, share: float) -> None:
        """Opacity of the overlay, 0 to 1."""
        self._opacity.setValue(round(100 * share))

    def select_patch(self, row: int | None, column: int | None = None) -> None:
        """Frame a patch by a thick line; None takes it away."""
        self._outline(_SELECTED, None if row is None else (row, column), linewidth=2.5)

    def set_painting(self, painting: bool) -> None:
        """Whether the left button paints patches instead of zooming."""
        self._mouse.set_painting(painting)

    @property
    def frame(self) -> int:
        """Number of the frame that is shown."""
        return self.slider.value()

    def set_frame(self, index: int) -> None:
        """Show another frame; beyond the ends, the last one there is."""
        self.slider.setValue(int(numpy.clip(index, 0, self.slider.maximum())))

    def image(self) -> numpy.ndarray | None:
        """Counts of the frame that is shown."""
        return self._image

    def reset_zoom(self) -> None:
        """Show the whole frame."""
        self.plot.resetZoom()

    # --- Inside ------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        tools = qt.QToolBar("Display", self.plot)
        tools.addWidget(qt.QLabel(" Scale "))
        tools.addWidget(self._scale)
        self._opacity.setFixedWidth(90)
        self._opacity_action = tools.addWidget(self._opacity)
        self.plot.addToolBar(tools)
        self.slider.limitWidget().hide()
        bar = qt.QHBoxLayout()
        bar.addWidget(qt.QLabel("Frame"))
        bar.addWidget(self.slider, 1)
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot, 1)
        layout.addLayout(bar)
        self._show_opacity(False)
        self.setEnabled(False)

    def _show_opacity(self, shown: bool) -> None:
        self._opacity_action.setVisible(shown)

    def _connect(self) -> None:
        self._mouse.hovered.connect(self._hover)
        self._mouse.left.connect(self._leave)
        self._mouse.clicked.connect(self.patch_clicked)
        self._mouse.dragged.connect(self.patches_dragged)
        for key, step in (("Left", -1), ("Right", 1), ("Home", -(10**9)), ("End", 10**9)):
            shortcut = qt.QShortcut(qt.QKeySequence(key), self)
            shortcut.activated.connect(lambda step=step: self.set_frame(self.frame + step))

    def _show_frame(self, index: int) -> None:
        if self._scan is None:
            return
        try:
            self._image = self._scan.frame(index)
        except (ValueError, OSError) as error:
            self._image = None
            self.plot.remove(_FRAME, kind="image")
            self.plot.setGraphTitle(sentence_of(error))
            return
        show_image(self.plot, self._image, _FRAME)
        self.plot.setActiveImage(_FRAME)
        self.plot.setGraphTitle(f"{angle_text(self._scan, index)}  (frame {index})")
        self.frame_changed.emit(index)

    def _set_normalization(self, text: str) -> None:
        self.plot.getDefaultColormap().setNormalization(NORMALIZATIONS[text])

    def _set_opacity(self, percent: int) -> None:
        overlay = self.plot.getImage(_OVERLAY)
        if overlay is not None:
            overlay.setAlpha(percent / 100)

    def _hover(self, row: int, column: int) -> None:
        self._outline(_HOVER, (row, column), linewidth=1.5)
        self.patch_hovered.emit(row, column)

    def _leave(self) -> None:
        self._outline(_HOVER, None)
        self.patch_left.emit()

    def _outline(self, legend: str, patch: tuple[int, int] | None, linewidth: float = 1.5) -> None:
        if patch is None or self._cells is None:
            self.plot.remove(legend, kind="item")
            return
        top, bottom, left, right = self._cells.bounds(*patch)
        self.plot.addShape(
            [left, right], [top, bottom], legend=legend, shape="rectangle", fill=False,
            color=SELECTION_COLOR, linewidth=linewidth, overlay=True,
        )  # fmt: skip

    def _counts_at(self, x: float, y: float):
        image = self._image
        if image is None or not (0 <= y < image.shape[0] and 0 <= x < image.shape[1]):
            return "-"
        return image[int(y), int(x)]
