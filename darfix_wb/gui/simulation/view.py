"""A scan in a file: its frames, and where they are."""

from __future__ import annotations

from pathlib import Path

from silx.gui import qt

from ...io.frame_sources import open_scan
from ..placeholder import Placeholder
from ..plots.frame_view import FrameView

_EMPTY_TEXT = (
    "Press Apply to simulate a scan, or to open its file if it exists already. It is shown here."
)


class ScanSummary(Placeholder):
    """The frames of a file, one at a time."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        content = qt.QWidget()
        super().__init__(content, _EMPTY_TEXT, parent)
        self.frames, self._label = FrameView(), qt.QLabel()
        self._label.setTextInteractionFlags(qt.Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = qt.QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._label)
        layout.addWidget(self.frames, 1)

    def set_file(self, path: str | None) -> None:
        """Show the scan in a file; None shows nothing."""
        if path is None:
            self.frames.set_scan(None)
            self.show_text()
            return
        scan = open_scan(path)
        height, width = scan.frame_shape
        name = Path(path).name
        self._label.setText(f"{name}: {scan.n_frames} frames of {height} x {width} px")
        self._label.setToolTip(path)
        self.frames.set_scan(scan)
        self.frames.set_frame(scan.n_frames // 2)
        self.show_content()
        qt.QTimer.singleShot(0, self.frames.reset_zoom)
