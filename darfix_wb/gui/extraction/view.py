"""How a scan is cut into patches: the grid, what it costs, and what becomes of a patch."""

from __future__ import annotations

import numpy
from silx.gui import qt

from ...extraction import PatchedScan
from ...patches import PatchGrid
from ...scan import RockingScan
from ..placeholder import Placeholder
from ..plots.curve_view import CurveView
from ..plots.frame_view import FrameView
from ..texts import memory_text
from .patch_pair import PatchPair

_NO_SCAN = "No data yet: connect a dataset, e.g. from 'HDF5 data selection'."
_NO_PATCHES = "Press Apply to find the dark level and to see what normalisation does to a patch."


class ExtractionView(qt.QWidget):
    """Frames with the grid, and the chosen patch before and after its normalisation."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self._scan: RockingScan | None = None
        self._patched: PatchedScan | None = None
        self._patch: tuple[int, int] | None = None
        self.frames = FrameView()
        self.pair = PatchPair()
        self.curve = CurveView()
        self.grid_text, self.dark_text = _label(""), _label("")
        side = qt.QWidget()
        column = qt.QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.grid_text)
        column.addWidget(self.dark_text)
        column.addWidget(self.pair, 3)
        column.addWidget(self.curve, 4)
        splitter = qt.QSplitter()
        splitter.addWidget(self.frames)
        splitter.addWidget(side)
        splitter.setSizes([560, 520])
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._placeholder = Placeholder(splitter, _NO_SCAN)
        layout.addWidget(self._placeholder)
        self.frames.patch_clicked.connect(self.choose_patch)
        self.frames.frame_changed.connect(self._show_patch)
        self.curve.frame_clicked.connect(self.frames.set_frame)

    def set_scan(self, scan: RockingScan | None) -> None:
        """Show the frames of a scan; None where there is none."""
        self._scan = scan
        self.set_patches(None)
        self.frames.set_scan(scan)
        if scan is None:
            self._placeholder.show_text()
        else:
            self._placeholder.show_content()

    def show_problem(self, problem: str) -> None:
        """Say what is wrong where there is no scan to show; empty once nothing is."""
        self._placeholder.show_problem(problem)

    def set_grid(self, grid: PatchGrid | None) -> None:
        """Draw the patches that would be cut, and say how many they are and how large."""
        self.frames.set_grid(grid)
        if grid is None or self._scan is None:
            self.grid_text.clear()
            return
        self.grid_text.setText(_describe_grid(grid, self._scan.n_frames))

    def set_patches(self, patched: PatchedScan | None) -> None:
        """Show what was found in the scan; None while it is not known."""
        self._patched = patched
        self.pair.set_patches(patched)
        if patched is None:
            self.curve.clear("Rocking curve of the chosen patch")
            self.frames.select_patch(None)
            self.dark_text.setText(_NO_PATCHES)
            return
        self.dark_text.setText(_describe_background(patched))
        rows, columns = patched.grid.shape
        if self._patch is None or not (self._patch[0] < rows and self._patch[1] < columns):
            brightest = patched.curves.max(axis=0)
            self._patch = numpy.unravel_index(brightest.argmax(), brightest.shape)
        self.choose_patch(*self._patch)

    def choose_patch(self, row: int, column: int) -> None:
        """Show this patch at the right."""
        self._patch = (int(row), int(column))
        self._show_patch()

    def _show_patch(self, *_) -> None:
        if self._patched is None or self.frames.image() is None:
            return
        self.frames.select_patch(*self._patch)
        self.pair.show_patch(self.frames.image(), *self._patch)
        self.curve.show_patch(
            self._patched.scan, self._patched.curves, self.frames.frame, *self._patch
        )


def _label(text: str) -> qt.QLabel:
    label = qt.QLabel(text)
    label.setWordWrap(True)
    label.setTextInteractionFlags(qt.Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _describe_grid(grid: PatchGrid, n_frames: int) -> str:
    rows, columns = grid.shape
    size = grid.patch_size
    padding = [padded - side for padded, side in zip(grid.padded_shape, grid.frame_shape)]  # noqa: B905
    text = (
        f"<b>{rows} rows x {columns} columns</b> of {size} x {size} px: {grid.n_patches} patches "
        f"per frame, {grid.n_patches * n_frames} in the scan ({n_frames} frames)."
    )
    if any(padding):
        text += f" The frame is padded by {padding[0]} px below and {padding[1]} px on the right."
    of_frame = 4 * grid.n_patches * size**2
    curves = 8 * grid.n_patches * n_frames
    return text + (
        f"<br>Memory: {memory_text(of_frame)} for the patches of one frame at a time, "
        f"{memory_text(curves)} for the rocking curves."
    )


def _describe_background(patched: PatchedScan) -> str:
    background = patched.background
    n_empty = int(patched.empty.sum())
    return (
        f"Dark level <b>{background.mean_level:.1f} counts</b>, noise {background.sigma:.1f} "
        f"counts. {n_empty} of {patched.grid.n_patches} patches carry no signal in the whole scan."
    )
