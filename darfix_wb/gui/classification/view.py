"""What a classifier says of a scan: on the frame, along a line of patches, and of one patch."""

from __future__ import annotations

import numpy
from silx.gui import qt

from ...beam import BeamMap, ambiguous_share
from ...extraction import PatchedScan
from ..placeholder import Placeholder
from ..plots.condition_colors import ConditionLegend, condition_rgba
from ..plots.curve_view import CurveView
from ..plots.frame_view import FrameView
from .condition_map import ConditionMap
from .share_plot import SharePlot

DEFAULT_THRESHOLD = 0.7
"""Patches whose likeliest condition is less probable than this are shown as ambiguous."""

DEFAULT_OPACITY = 0.5
"""Of the colours over the frame: there, frames far from the peak are dark."""

_CALIBRATED = (
    "Yellow: the patch may be more than its likeliest condition. The possible "
    "conditions include the true one for 95 % of the weak and 95 % of the strong "
    "patches, on scans like those of the calibration."
)

_NOT_CALIBRATED = "The method must have calibrated thresholds, and this one has none."

_EMPTY_TEXT = (
    "Connect a dataset whose dimension is defined (darfix: Dimension definition): the "
    "classification of its patches appears here."
)


class ClassificationView(Placeholder):
    """Frame, condition map, rocking curve and shares, which follow each other."""

    threshold_changed = qt.Signal(float)
    """The user chose below which probability a patch is ambiguous."""

    calibrated_changed = qt.Signal(bool)
    """The user chose whether the calibration of the method says it, where it has thresholds."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        self.frames, self.curve = FrameView(), CurveView()
        self.map, self.shares = ConditionMap(), SharePlot()
        self.threshold = qt.QDoubleSpinBox()
        self.calibrated, self.share = qt.QCheckBox("As calibrated"), qt.QLabel()
        self._patched: PatchedScan | None = None
        self._beam_map: BeamMap | None = None
        self._conditions: numpy.ndarray | None = None
        self._patch = (0, 0)
        content = qt.QWidget()
        super().__init__(content, _EMPTY_TEXT, parent)
        self.frames.set_opacity(DEFAULT_OPACITY)
        self._lay_out(content)
        self._connect()

    def set_result(self, patched: PatchedScan | None, beam_map: BeamMap | None) -> None:
        """Show a classification; None shows nothing.

        Parameters
        ----------
        patched : PatchedScan or None
            The scan, with the rocking curves of the patches of `beam_map`.
        beam_map : BeamMap or None
            The probabilities.
        """
        before = self._patched
        self._patched, self._beam_map, self._conditions = patched, beam_map, None
        if patched is None or beam_map is None:
            self.frames.set_scan(None)
            self.curve.clear()
            self.show_text()
            return
        rows, columns = beam_map.grid.shape
        if not (self._patch[0] < rows and self._patch[1] < columns) or self._patch == (0, 0):
            self._patch = (rows // 2, columns // 2)
        self.frames.set_scan(patched.scan)
        self.frames.set_grid(beam_map.grid)
        if before is None:
            self.set_frame(int(patched.curves.mean(axis=(1, 2)).argmax()))
        self._classify()
        self.show_content()
        if before is None or before.grid.frame_shape != patched.grid.frame_shape:
            qt.QTimer.singleShot(0, self.frames.reset_zoom)

    def conditions(self) -> numpy.ndarray | None:
        """``(n_frames, rows, columns)`` uint8: what is shown, ambiguous patches included."""
        return self._conditions

    def set_threshold(self, threshold: float) -> None:
        """Below which probability a patch is ambiguous, 0 to 1."""
        self.threshold.setValue(threshold)

    def set_calibrated(self, calibrated: bool) -> None:
        """Whether the thresholds of the method's calibration are used, where it has any."""
        self.calibrated.setChecked(calibrated)

    def set_frame(self, frame: int) -> None:
        """Go to a frame."""
        self.frames.set_frame(frame)

    def show_patch(self, row: int, column: int) -> None:
        """Show the rocking curve of a patch, and the line of patches it belongs to."""
        self._patch = (row, column)
        self._show_curve()
        self.map.go_to(self.frames.frame, row, column)

    def _lay_out(self, content: qt.QWidget) -> None:
        self.threshold.setRange(0, 1)
        self.threshold.setSingleStep(0.05)
        self.threshold.setDecimals(2)
        self.threshold.setValue(DEFAULT_THRESHOLD)
        self.threshold.setToolTip("Changes only what is shown; the result keeps all probabilities")
        self.calibrated.setChecked(True)
        label = qt.QLabel("or below a probability of")
        label.setBuddy(self.threshold)
        self.share.setToolTip("Share of the patches that are not empty, over all frames")
        bar = qt.QHBoxLayout()
        bar.addWidget(ConditionLegend(), 1)
        for widget in (qt.QLabel("Ambiguous:"), self.calibrated, label, self.threshold, self.share):
            bar.addWidget(widget)
        left = qt.QSplitter(qt.Qt.Orientation.Vertical)
        right = qt.QSplitter(qt.Qt.Orientation.Vertical)
        for column, widgets in (
            (left, (self.frames, self.shares)),
            (right, (self.curve, self.map)),
        ):
            for widget in widgets:
                column.addWidget(widget)
            column.setChildrenCollapsible(False)
        left.setSizes([430, 140])
        left.setStretchFactor(0, 1)
        right.setSizes([380, 190])
        both = qt.QSplitter(qt.Qt.Orientation.Horizontal)
        both.addWidget(left)
        both.addWidget(right)
        both.setSizes([500, 390])
        both.setStretchFactor(0, 3)
        both.setStretchFactor(1, 2)
        layout = qt.QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(bar)
        layout.addWidget(both, 1)

    def _connect(self) -> None:
        self.frames.frame_changed.connect(self._frame_changed)
        self.frames.patch_hovered.connect(self.show_patch)
        self.frames.patch_clicked.connect(self.show_patch)
        self.curve.frame_clicked.connect(self.set_frame)
        self.shares.frame_clicked.connect(self.set_frame)
        self.map.cell_clicked.connect(self._go_to)
        self.threshold.valueChanged.connect(self._threshold_changed)
        self.calibrated.toggled.connect(self._calibrated_changed)

    def _threshold_changed(self, threshold: float) -> None:
        self._classify()
        self.threshold_changed.emit(threshold)

    def _calibrated_changed(self, calibrated: bool) -> None:
        self._classify()
        self.calibrated_changed.emit(calibrated)

    def _classify(self) -> None:
        if self._beam_map is None:
            return
        scan = self._patched.scan
        known = self._beam_map.thresholds is not None
        by_calibration = known and self.calibrated.isChecked()
        self.calibrated.setEnabled(known)
        self.calibrated.setToolTip(_CALIBRATED if known else _NOT_CALIBRATED)
        self.threshold.setEnabled(not by_calibration)
        threshold = None if by_calibration else self.threshold.value()
        self._conditions = self._beam_map.condition(threshold)
        self.share.setText(_share_text(self._conditions))
        self.map.set_conditions(self._conditions, scan.curves)
        self.shares.set_conditions(self._conditions, scan)
        self._show_curve()
        self._frame_changed(self.frames.frame)

    def _frame_changed(self, frame: int) -> None:
        if self._conditions is None:
            return
        self.frames.set_overlay(condition_rgba(self._conditions[frame]))
        self.shares.set_frame(frame)
        if self.curve.holds(frame):
            self.curve.set_frame(frame)
        else:
            self._show_curve()
        self.map.go_to(frame, *self._patch)

    def _show_curve(self) -> None:
        if self._conditions is None:
            return
        self.curve.show_patch(
            self._patched.scan,
            self._patched.curves,
            self.frames.frame,
            *self._patch,
            self._conditions,
            self._beam_map.probabilities,
        )

    def _go_to(self, frame: int, row: int, column: int) -> None:
        self._patch = (row, column)
        self.set_frame(frame)
        self.show_patch(row, column)


def _share_text(conditions: numpy.ndarray) -> str:
    share = ambiguous_share(conditions)
    return "no patch has signal" if numpy.isnan(share) else f"{share:.1%} of the lit patches"
