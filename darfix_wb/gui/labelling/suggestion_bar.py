"""A model's opinion of the patches, and the patches that it suggests to label."""

from __future__ import annotations

import numpy
from silx.gui import qt

from ...beam import CONDITION_NAMES, UNLABELLED, BeamCondition, BeamMap
from ...extraction import PatchedScan
from ..job import Job
from ..messages import was_cancelled
from .editing import LabelEditor
from .tools import tool_button

_NO_MODEL = "Connect or choose a model to see its opinion, and which patches to label next."
_MODEL = "Press Suggest to ask the model which patches are most worth labelling."


class SuggestionBar(qt.QWidget):
    """Asks a model in the background, and leads from one suggested patch to the next."""

    suggested = qt.Signal(int, int, int)
    """Frame, row and column of the next patch to label."""
    changed = qt.Signal()
    """The opinion came or went, or its colours were switched."""
    failed = qt.Signal(object)

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self._patched: PatchedScan | None = None
        self._editor: LabelEditor | None = None
        self._model_file: str | None = None
        self._job: Job | None = None
        self._queue: list[tuple[int, int, int]] = []
        self.opinion: BeamMap | None = None
        self.button = tool_button("&Suggest", "Go to the next patch worth labelling (N)", self.next)
        self.button.setShortcut("N")
        self._show = qt.QCheckBox("Show the &model's opinion")
        self._show.toggled.connect(lambda *_: self.changed.emit())
        self.text = qt.QLabel(_NO_MODEL)
        self.text.setWordWrap(True)
        layout = qt.QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.button, 0, 0)
        layout.addWidget(self._show, 0, 1)
        layout.addWidget(self.text, 1, 0, 1, 2)
        self._show_state()

    def set_model(self, model_file: str | None) -> None:
        """Take another model; None takes it away."""
        if model_file != self._model_file:
            self._model_file = model_file
            self._forget()

    def set_patches(self, patched: PatchedScan | None, editor: LabelEditor | None) -> None:
        """Take another scan."""
        same = patched is self._patched
        self._patched, self._editor = patched, editor
        if not same:
            self._forget()

    def stop(self) -> None:
        """End what runs in the background."""
        if self._job is not None:
            self._job.stop()
            self._job = None

    def is_busy(self) -> bool:
        """Whether the model is being asked."""
        return self._job is not None

    def shows_opinion(self) -> bool:
        """Whether the frame is to be coloured by the model's opinion instead of the labels."""
        return self.opinion is not None and self._show.isChecked()

    def conditions(self) -> numpy.ndarray:
        """``(n_frames, rows, columns)``: the likeliest conditions in the model's opinion."""
        return self.opinion.condition()

    def show_opinion_of(self, frame: int, row: int, column: int) -> None:
        """Say in words what the model thinks of a patch."""
        if self.opinion is None:
            return
        probabilities = self.opinion.probabilities[frame, row, column]
        opinion_text = ", ".join(
            f"{CONDITION_NAMES[condition]} {probabilities[condition]:.2f}"
            for condition in BeamCondition
        )
        self.text.setText(f"Model at row {row}, column {column}: {opinion_text}.")

    def next(self) -> None:
        """Go to the next suggestion; ask the model first where that was not done."""
        if self.opinion is None:
            self._ask()
            return
        if not self._queue:
            self._fill_queue()
        if self._queue:
            self.suggested.emit(*self._queue.pop(0))
        else:
            self.text.setText("Every patch with signal is labelled.")

    def _fill_queue(self) -> None:
        from ...classification.suggestion import suggest

        labelled = self._editor.values != UNLABELLED
        self._queue = suggest(self._patched, self.opinion, labelled)

    def _ask(self) -> None:
        if self._patched is None or self._model_file is None or self._job is not None:
            return
        patched, path = self._patched, self._model_file

        def ask(monitor):
            from ...classification.network import classify
            from ...model import BeamModel

            return classify(patched, BeamModel.load(path), monitor=monitor)

        self._job = Job(ask)
        self._job.progressed.connect(
            lambda share: self.text.setText(f"Asking the model: {100 * share:.0f} %")
        )
        self._job.succeeded.connect(self._answered)
        self._job.failed.connect(self._not_answered)
        self.text.setText("Asking the model…")
        self._job.begin()
        self._show_state()

    def _answered(self, opinion: BeamMap) -> None:
        self._job = None
        self.opinion = opinion
        self._show_state()
        self.changed.emit()
        self.next()

    def _not_answered(self, error: Exception) -> None:
        self._job = None
        self._show_state()
        if not was_cancelled(error):
            self.failed.emit(error)

    def _forget(self) -> None:
        self.stop()
        had_opinion = self.opinion is not None
        self.opinion, self._queue = None, []
        self._show_state()
        if had_opinion:
            self.changed.emit()

    def _show_state(self) -> None:
        possible = self._patched is not None and self._model_file is not None
        self.button.setEnabled(possible and self._job is None)
        self._show.setEnabled(self.opinion is not None)
        if self.opinion is None and self._job is None:
            self.text.setText(_MODEL if possible else _NO_MODEL)
