"""What is known of a scan that goes on: its last frame, its curve so far, and how far it is."""

from __future__ import annotations

from typing import NamedTuple

import numpy
from silx.gui import qt

from ...angle_texts import angle_text
from ...beam import AMBIGUOUS, CONDITION_NAMES, BeamCondition
from ...live.classifying import LiveLabels
from ...live.following import LiveFrame
from ...patches import PatchGrid
from ...scan import RockingScan
from ..classification.share_plot import SharePlot
from ..placeholder import Placeholder
from ..plots.condition_colors import ConditionLegend
from .frame_plot import LastFrame

DRAW_MS = 250
"""Least time between two drawings; frames that come in between are counted and not drawn."""

_SHOWN = (BeamCondition.WEAK, BeamCondition.STRONG, BeamCondition.EMPTY)


class Landed(NamedTuple):
    """A frame with its labels, and the scan up to it."""

    frame: LiveFrame
    labels: LiveLabels
    grid: PatchGrid
    scan: RockingScan


class LiveView(Placeholder):
    """Takes each frame with its labels, and draws the last one now and then."""

    def __init__(self, text: str, parent: qt.QWidget | None = None) -> None:
        content = qt.QWidget()
        super().__init__(content, text, parent)
        self.frame, self.shares, self.counters = LastFrame(), SharePlot(), qt.QLabel()
        self._conditions: list[numpy.ndarray] = []
        self._last: Landed | None = None
        self._timer = qt.QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DRAW_MS)
        self._timer.timeout.connect(self.draw)
        self._lay_out(content)

    @property
    def n_frames(self) -> int:
        """Number of frames that came."""
        return len(self._conditions)

    def add(self, landed: Landed) -> None:
        """Take a frame; it is drawn soon, unless another comes before."""
        self._conditions.append(landed.labels.condition)
        self._last = landed
        if self.n_frames == 1:
            self.show_content()
            self.draw()
        elif not self._timer.isActive():
            self._timer.start()

    def draw(self) -> None:
        """Draw what came last."""
        if self._last is None:
            return
        frame, labels, grid, scan = self._last
        last = scan.n_frames - 1
        title = f"{angle_text(scan, last)}  (frame {frame.index})"
        self.frame.show_frame(frame, labels.condition, grid, title)
        self.shares.set_conditions(numpy.stack(self._conditions), scan)
        self.shares.plot.remove(CONDITION_NAMES[AMBIGUOUS], kind="curve")  # frames alone have none
        self.shares.set_frame(last)
        shares = ", ".join(f"{one.name.lower()} {labels.share(one):.1%}" for one in _SHOWN)
        self.counters.setText(
            f"{self.n_frames} frames. The last: {shares}; labelled {labels.latency_s:.2f} s after "
            "it was found"
        )

    def _lay_out(self, content: qt.QWidget) -> None:
        self.counters.setTextInteractionFlags(qt.Qt.TextInteractionFlag.TextSelectableByMouse)
        bar = qt.QHBoxLayout()
        bar.addWidget(ConditionLegend(_SHOWN))
        bar.addStretch(1)
        bar.addWidget(self.counters)
        both = qt.QSplitter(qt.Qt.Orientation.Horizontal)
        both.addWidget(self.frame)
        both.addWidget(self.shares)
        both.setSizes([800, 500])
        layout = qt.QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(bar)
        layout.addWidget(both, 1)
