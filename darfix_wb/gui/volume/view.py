"""A whole volume: what it will take, its layers and how far they are, the images of one."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

from silx.gui import qt

from ...volume.finding import LayerList
from ...volume.summary import LayerRecord, LayerState
from ..latest_job import LatestJob
from ..placeholder import Placeholder
from .layer_view import LayerView
from .layer_window import LayerWindow
from .layers_panel import LayersPanel
from .note import Note
from .preview import Answer, Preview, Question, search
from .progress import VolumeProgress

_EMPTY = (
    "Choose the layers of a crystal, one rocking scan each, and a file for the volume. "
    "Time and memory are then estimated, and Apply starts the run. If the file exists "
    "already, it is shown."
)
_LOOKING = "Looking for the layers…"
_OTHERS = (
    "The volume must hold the layers that are chosen, and it holds others, which are shown. Choose "
    "another file for it, or replace it."
)
_MEASURED = "Time and memory are being measured…"
_NO_OUTPUT = "Choose a file for the volume to see how much time and memory it takes."


class VolumeView(Placeholder):
    """Shows a volume before, in and after a run.

    The table follows the run by `begin_run`, `take_layer` and `end_run`; all else is read from the
    file of the volume, which may be looked at while it is written.
    """

    run_failed_again = qt.Signal()
    """The user wants the failed layers to be computed again."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        content = qt.QWidget()
        super().__init__(content, _EMPTY, parent)
        self.note, self.panel, self.layer = Note(), LayersPanel(), LayerView()
        self.preview, self.window = Preview(self), LayerWindow(self)
        self._reader = LatestJob(self)
        self._progress: VolumeProgress | None = None
        self._question: Question | None = None
        self._path, self._place = "", ("", "")
        self._forecast: float | None = None
        self._found: LayerList | None = None
        self._news: list[LayerRecord] = []
        self._begun: dict | None = None
        self._file_seen = False
        self._lay_out(content)
        self._connect()

    @property
    def progress(self) -> VolumeProgress | None:
        """The layers, if there are any."""
        return self._progress

    def set_question(self, question: Question) -> None:
        """Show layers and volume of these parameters, and what the run will take."""
        if question == self._question:
            return
        self._question, self._forecast = question, None
        if not question.layers and not question.output_file:
            self.preview.ask(None)
            self._set_progress(None, "")
            self.show_text()
            return
        self.note.show_text(_LOOKING)
        self.show_content()
        self.preview.ask(question)

    def refuse_question(self, sentence: str) -> None:
        """Say what is wrong with the parameters; nothing is looked for."""
        self._question = None
        self.preview.hold()
        self.note.show_text(sentence, wrong=True)
        self.show_content()

    def begin_run(self, *, anew: bool, n_parallel: int) -> None:
        """A run begins; layers come by `take_layer`."""
        self.preview.hold()
        self.show_content()
        self._news, self._file_seen = [], False
        self._begun = {
            "anew": anew,
            "n_parallel": n_parallel,
            "forecast": self._forecast,
            "since": time.monotonic(),
        }
        if anew:
            self._path = ""
            self.layer.forget()
        if self._progress is not None:
            self._progress.begin(**self._begun)
            self._show()

    def take_layer(self, record: LayerRecord) -> None:
        """A layer is in the file."""
        if self._begun is None:
            return
        self._news.append(record)
        if not self._file_seen:
            self._file_seen = True
            self._read_file()
        elif self._progress is not None and record.index < len(self._progress.records):
            self._progress.take(record)
            self.panel.refresh()
            self._look_at_news(record)

    def end_run(self) -> None:
        """The run is over, well or not: what is in the file counts."""
        self._begun = None
        if self._progress is not None:
            self._progress.end()
            self.panel.refresh()
        self._read_file()

    def stop(self) -> None:
        """End what runs in the background, and follow no run."""
        self._begun = None
        for part in (self.preview, self._reader, self.layer, self.window):
            part.stop()

    # --- Inside ------------------------------------------------------------------------------

    def _lay_out(self, content: qt.QWidget) -> None:
        both = qt.QSplitter(qt.Qt.Orientation.Horizontal)
        both.addWidget(self.panel)
        both.addWidget(self.layer)
        both.setChildrenCollapsible(False)
        both.setSizes([570, 430])
        layout = qt.QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.note)
        layout.addWidget(both, 1)

    def _connect(self) -> None:
        self.preview.found.connect(self._take_answer)
        self.preview.estimated.connect(self._take_estimate)
        self.preview.refused.connect(partial(self.note.show_text, wrong=True))
        self._reader.succeeded.connect(self._take_file)
        self.panel.layer_selected.connect(self.layer.show_layer)
        self.panel.run_failed_again.connect(self.run_failed_again)
        self.layer.layer_chosen.connect(self.panel.select)
        self.layer.frames_wanted.connect(self._open_window)

    def _read_file(self) -> None:
        """The volume that the run writes; its layers need not be looked for again."""
        if self._question is not None:
            written = replace(self._question, layers=(), goes_on=True)
            self._reader.begin(partial(search, written))

    def _take_answer(self, answer: Answer) -> None:
        if self._progress is None or self._begun is None:
            self._take_layers(answer)
        if self._begun is not None and self._progress is not None:
            if not self._progress.is_running:  # The run began before its layers were found.
                self._progress.begin(**self._begun)
            self._show()
        found = self._found = answer.found
        if answer.problem:
            self.note.show_text(answer.problem, wrong=True)
        elif found is None:
            self.note.show_text("Choose layers to continue this volume, or to start another.")
        elif answer.look is not None and answer.look.plan.layers != found.layers:
            self.note.show_text(_OTHERS, found.warnings, wrong=True)
        else:
            text = f"{len(found.layers)} layers with {sum(found.n_frames)} frames."
            if not answer.question.output_file:
                text = f"{text} {_NO_OUTPUT}"
            self.note.show_text(text, found.warnings)

    def _take_layers(self, answer: Answer) -> None:
        if answer.look is not None:
            plan, summary = answer.look
            self._place = plan.motor, plan.unit
            progress = VolumeProgress(plan.layers, summary.layers)
            self._set_progress(progress, summary.output_file)
        elif answer.found is not None:
            self._place = answer.found.motor, answer.found.unit
            self._set_progress(VolumeProgress(answer.found.layers), "")
        else:
            self._set_progress(None, "")

    def _take_file(self, answer: Answer) -> None:
        """The file of a run that is on, or over."""
        if answer.look is None:
            return
        self._take_layers(answer)
        if self._begun is not None:
            self._progress.begin(**{**self._begun, "anew": False})
            for record in self._news:
                self._progress.take(record)
        self._show()

    def _take_estimate(self, estimate, final: bool) -> None:
        if self._begun is not None:
            return
        self._forecast = estimate.seconds
        text = estimate.describe() if final else f"{estimate.describe()} {_MEASURED}"
        self.note.show_text(text, self._found.warnings)

    def _set_progress(self, progress: VolumeProgress | None, path: str) -> None:
        self._progress, self._path = progress, path
        self.panel.set_progress(progress or VolumeProgress(()), *self._place)
        self._show()

    def _show(self) -> None:
        self.layer.set_volume(self._path, self._progress, *self._place)
        self.panel.refresh()
        selected = self.panel.table.selected()
        if selected is None and self._progress is not None and self._path:
            records = self._progress.records
            done = [one.index for one in records if one.state == LayerState.DONE]
            self.panel.select(done[0] if done else None)
        elif selected is not None:
            self.layer.show_layer(selected)

    def _look_at_news(self, record: LayerRecord) -> None:
        """The layer that is looked at has come."""
        if self.panel.table.selected() is None and record.state == LayerState.DONE:
            self.panel.select(record.index)
        elif record.index == self.layer.index:
            self.layer.refresh()

    def _open_window(self, index: int) -> None:
        self.window.open_layer(self._path, index, self._progress.layers[index])
