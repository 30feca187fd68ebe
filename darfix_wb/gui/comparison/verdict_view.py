"""The rocking curve of one patch with what every method says of it."""

from __future__ import annotations

import numpy
from silx.gui import qt

from ...beam import BeamCondition
from ...comparison.result import Comparison
from ..plots.condition_colors import ConditionLegend
from ..plots.curve_view import RIGHT_MARGIN, CurveView
from .verdict_strips import VerdictStrips

_LEFT = 112
_TEXT = "Click in an image: the rocking curve of the patch there"


class VerdictView(qt.QWidget):
    """Counts over angle, and a strip of conditions for each method below."""

    frame_clicked = qt.Signal(int)

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self._comparison: Comparison | None = None
        self._conditions: dict[str, numpy.ndarray] = {}
        self.curve = CurveView(left=_LEFT)
        self.strips = VerdictStrips(self.curve.plot, _LEFT, RIGHT_MARGIN)
        self.curve.frame_clicked.connect(self.set_frame)
        self.curve.frame_clicked.connect(self.frame_clicked)
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.curve, 1)
        layout.addWidget(self.strips)
        layout.addWidget(ConditionLegend(tuple(BeamCondition)))

    def set_comparison(self, comparison: Comparison | None) -> None:
        """Take another comparison; shows nothing until `show_patch`."""
        self._comparison = comparison
        self._conditions = {}
        if comparison is not None:
            self._conditions = {
                outcome.name: outcome.beam_map.condition()
                for outcome in comparison.outcomes
                if outcome.beam_map is not None
            }
        self.curve.clear(_TEXT)
        self.strips.set_verdicts((), numpy.zeros(0), numpy.zeros((0, 0)))

    def show_patch(self, row: int, column: int) -> None:
        """Show a patch; of several rocking curves, the one with its brightest frame."""
        patched = self._comparison.patched
        brightest = int(patched.curves[:, row, column].argmax())
        self.curve.show_patch(patched.scan, patched.curves, brightest, row, column)
        frames = patched.scan.curve_of(brightest)
        verdicts = [conditions[frames, row, column] for conditions in self._conditions.values()]
        self.strips.set_verdicts(
            tuple(self._conditions), patched.scan.angles[frames], numpy.array(verdicts)
        )
        self.set_frame(brightest)

    def set_frame(self, frame: int) -> None:
        """Mark a frame."""
        self.curve.set_frame(frame)
        self.strips.mark(self._comparison.patched.scan.angles[frame])
