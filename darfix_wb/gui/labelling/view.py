"""Labels are painted here: frame, brushes, counts and the rocking curve under the mouse."""

from __future__ import annotations

import numpy
from silx.gui import qt

from ...beam import BeamMap
from ...extraction import PatchedScan
from ...labels import LabelMap
from ..placeholder import Placeholder
from ..plots.condition_colors import condition_rgba
from ..plots.curve_view import CurveView
from ..plots.frame_view import FrameView
from .editing import LabelEditor
from .suggestion_bar import SuggestionBar
from .tools import Brushes, CountsTable, tool_button

NO_PATCHES = "No patches yet: connect 'Patch extraction'."
_HELP = (
    "Click or drag to paint, Ctrl+drag to move, wheel to zoom. Left/Right: frames. "
    "Shift+arrows: choose a patch, Space: paint it."
)


class LabellingView(qt.QWidget):
    """Shows a scan with its labels, and changes them."""

    labels_changed = qt.Signal()
    """A stroke, or its undoing, changed the labels."""
    failed = qt.Signal(object)
    """An exception to tell the user of."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self._patched: PatchedScan | None = None
        self.editor: LabelEditor | None = None
        self._cursor: tuple[int, int] | None = None
        self.frames, self.curve = FrameView(), CurveView()
        self.brushes, self.counts = Brushes(), CountsTable()
        self.suggestions = SuggestionBar()
        self._whole = tool_button(
            "Whole &frame", "Label every patch of this frame (F); dark ones become empty",
            self.paint_frame,
        )  # fmt: skip
        self._by_angle = tool_button(
            "&Pre-label by angle",
            "Label unlabelled patches by their distance from the peak, to be corrected by hand",
            self.label_by_angle,
        )
        self._undo = tool_button("Undo", "Undo the last stroke (Ctrl+Z)", self.undo)
        self._redo = tool_button("Redo", "Redo the stroke (Ctrl+Shift+Z)", self.redo)
        self._lay_out()
        self._connect()

    # --- What is shown -----------------------------------------------------------------------

    def set_patches(self, patched: PatchedScan | None, editor: LabelEditor | None) -> None:
        """Show the frames of a scan and the labels of its patches; None where there are none."""
        self._patched, self.editor = patched, editor
        self._cursor = None
        self.curve.clear()
        self.suggestions.set_patches(patched, editor)
        if patched is None:
            self.frames.set_scan(None)
            self._placeholder.show_text(NO_PATCHES)
            return
        self.frames.set_scan(patched.scan)
        self.frames.set_grid(patched.grid)
        self.frames.set_painting(True)
        self._placeholder.show_content()
        self._show_labels()

    def take_labels(self, labels: LabelMap) -> None:
        """Go on with other labels of the same patches; can be undone."""
        if self.editor is not None and self.editor.replace(labels.values):
            self._show_labels()

    def show_problem(self, problem: str) -> None:
        """Say what is wrong where there are no patches to show; empty once nothing is."""
        self._placeholder.show_problem(problem)

    def set_text(self, text: str) -> None:
        """Show a sentence instead of the frames."""
        self._placeholder.show_text(text)

    # --- What is done ------------------------------------------------------------------------

    def paint(self, row0: int, column0: int, row1: int, column1: int) -> None:
        """Paint patches of the frame that is shown, corners included."""
        if self.editor is not None:
            self._after_stroke(
                self.editor.paint(
                    self.frames.frame, row0, column0, row1, column1, self.brushes.condition
                )
            )

    def paint_frame(self) -> None:
        """Paint the whole frame that is shown."""
        if self.editor is not None:
            self._after_stroke(
                self.editor.paint_frame(
                    self.frames.frame, self.brushes.condition, self._patched.empty
                )
            )

    def label_by_angle(self) -> None:
        """Label by the angle rule what is not labelled yet and of which the rule is sure."""
        from ...classification.angle_rule import label_by_angle

        if self.editor is None:
            return
        try:
            labels, _ = label_by_angle(self._patched)
        except ValueError as error:
            self.failed.emit(error)
            return
        self._after_stroke(self.editor.fill_unlabelled(labels.values))

    def undo(self) -> None:
        """Take the last stroke back, and show where it was."""
        self._travel(None if self.editor is None else self.editor.undo())

    def redo(self) -> None:
        """Make the stroke that was undone last again, and show where it is."""
        self._travel(None if self.editor is None else self.editor.redo())

    # --- Inside ------------------------------------------------------------------------------

    def _travel(self, frame: int | None) -> None:
        if frame is not None:
            self.frames.set_frame(frame)
            self._after_stroke(True)

    def _after_stroke(self, changed: bool) -> None:
        if changed:
            self._show_labels()
            self.labels_changed.emit()

    def _show_labels(self, *_) -> None:
        if self.editor is None:
            return
        frame, values = self.frames.frame, self.editor.values
        shown = self.suggestions.conditions() if self.suggestions.shows_opinion() else values
        self.frames.set_overlay(condition_rgba(shown[frame]))
        self.counts.set_values(values, frame)
        self._undo.setEnabled(self.editor.can_undo)
        self._redo.setEnabled(self.editor.can_redo)
        self._show_curve()

    def _point_at(self, row: int, column: int) -> None:
        self._cursor = (row, column)
        self._show_curve()

    def _show_curve(self) -> None:
        if self._cursor is None or self._patched is None:
            return
        opinion: BeamMap | None = self.suggestions.opinion
        self.curve.show_patch(
            self._patched.scan, self._patched.curves, self.frames.frame, *self._cursor,
            self.editor.values, None if opinion is None else opinion.probabilities,
        )  # fmt: skip
        self.suggestions.show_opinion_of(self.frames.frame, *self._cursor)

    def _move_cursor(self, rows: int, columns: int) -> None:
        if self._patched is None:
            return
        shape = self._patched.grid.shape
        row, column = self._cursor or (shape[0] // 2, shape[1] // 2)
        self._go_to(
            self.frames.frame,
            int(numpy.clip(row + rows, 0, shape[0] - 1)),
            int(numpy.clip(column + columns, 0, shape[1] - 1)),
        )

    def _go_to(self, frame: int, row: int, column: int) -> None:
        self._cursor = (row, column)
        self.frames.set_frame(frame)
        self.frames.select_patch(row, column)
        self._show_curve()

    def _lay_out(self) -> None:
        tools = qt.QHBoxLayout()
        tools.setSpacing(3)
        tools.addWidget(self.brushes, 1)
        for button in (self._whole, self._by_angle, self._undo, self._redo):
            tools.addWidget(button)
        side = qt.QWidget()
        column = qt.QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.counts)
        column.addWidget(self.suggestions)
        column.addWidget(self.curve, 1)
        splitter = qt.QSplitter()
        splitter.addWidget(self.frames)
        splitter.addWidget(side)
        splitter.setSizes([640, 420])
        content = qt.QWidget()
        layout = qt.QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(tools)
        layout.addWidget(splitter, 1)
        layout.addWidget(qt.QLabel(_HELP))
        self._placeholder = Placeholder(content, NO_PATCHES)
        outer = qt.QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._placeholder)

    def _connect(self) -> None:
        self.frames.frame_changed.connect(self._show_labels)
        self.frames.patch_hovered.connect(self._point_at)
        self.frames.patch_clicked.connect(lambda row, column: self.paint(row, column, row, column))
        self.frames.patches_dragged.connect(self.paint)
        self.curve.frame_clicked.connect(self.frames.set_frame)
        self.suggestions.suggested.connect(self._go_to)
        self.suggestions.changed.connect(self._show_labels)
        self.suggestions.failed.connect(self.failed)
        for key, condition in Brushes.keys().items():
            self._shortcut(key, lambda condition=condition: self._choose(condition))
        self._shortcut("F", self.paint_frame)
        self._shortcut("Ctrl+Z", self.undo)
        self._shortcut("Ctrl+Shift+Z", self.redo)
        self._shortcut("Space", lambda: self._cursor and self.paint(*self._cursor, *self._cursor))
        for key, step in (("Up", (-1, 0)), ("Down", (1, 0)), ("Left", (0, -1)), ("Right", (0, 1))):
            self._shortcut(f"Shift+{key}", lambda step=step: self._move_cursor(*step))

    def _choose(self, condition: int) -> None:
        self.brushes.condition = condition

    def _shortcut(self, key: str, slot) -> None:
        shortcut = qt.QShortcut(qt.QKeySequence(key), self)
        shortcut.activated.connect(slot)
