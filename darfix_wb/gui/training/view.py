"""A training while it runs, and what came of it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from silx.gui import qt

from ...io.input_files import input_files
from ...io.output import new_file
from ..messages import sentence_of
from .confusion_table import ConfusionTable
from .curves import TrainingCurves
from .record_tree import RecordTree
from .reliability_plot import ReliabilityPlot

_EMPTY = "Connect labelled patches and press Apply: loss and accuracy appear here."
_FILTER = "Model (*.safetensors)"
_CONFUSION = "Patches of the validation frames: true and predicted condition"
_RELIABILITY = "Calibration: share of correct patches over probability; dashed: ideal"


class TrainingView(qt.QWidget):
    """Curves at the left; confusion, calibration and the model's record at the right."""

    failed = qt.Signal(str)
    """What could not be read or saved, and why."""

    saved = qt.Signal(str)
    """What was saved."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self.curves = TrainingCurves()
        self.confusion, self.reliability = ConfusionTable(), ReliabilityPlot()
        self.record = RecordTree()
        self._status = qt.QLabel(_EMPTY)
        self._status.setWordWrap(True)
        self._problem, self._note, self._figures = qt.QLabel(), qt.QLabel(), qt.QLabel()
        for label in (self._problem, self._note, self._figures):
            label.setWordWrap(True)
        self._problem.hide()
        self._model_file: str | None = None
        self._n_epochs = 0
        self._lay_out()

    @property
    def status(self) -> str:
        """How far the training is, in words."""
        return self._status.text()

    def show_problem(self, problem: str) -> None:
        """Say above the curves what is wrong; empty once nothing is."""
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self._status.setVisible(not problem)

    def set_note(self, text: str) -> None:
        """Show a note next to the status, e.g. on which device the training runs."""
        self._note.setText(text)

    def clear(self) -> None:
        """Show nothing."""
        self.curves.clear()
        self._show_scores(None)
        self._status.setText(_EMPTY)

    def start(self, n_epochs: int) -> None:
        """Make room for a training of that many epochs."""
        self.clear()
        self.curves.clear(n_epochs)
        self._n_epochs = n_epochs
        self._status.setText("Preparing the labelled patches…")

    def add_epoch(self, record: Mapping) -> None:
        """Show one epoch more."""
        again = bool(self.curves.records) and record["epoch"] <= self.curves.records[-1]["epoch"]
        self.curves.add_epoch(record)
        self._status.setText(
            f"Epoch {record['epoch']} of {self._n_epochs}. {_figures_of(record)}"
            + (
                (" All patches got the same answer, so training started again with other weights.")
                if again
                else ""
            )
        )

    def set_result(self, history: Mapping, model_file: str) -> None:
        """Show a training that is over, and the model that it made."""
        self.curves.set_history(history)
        self._show_scores(history["validation"])
        ended = "Stopped" if history["stopped"] else "Done"
        self._status.setText(
            f"{ended} after {len(history['epoch'])} epochs, {history['seconds']:.0f} s on "
            f"{history['device']}, {history['batch_size']} patches per batch. Kept: epoch "
            f"{history['best_epoch']} ({history['kept']}). {history['moved']}".strip()
        )
        self.show_model(model_file)

    def show_model(self, path: str) -> None:
        """Show the record of a model."""
        from ...model import BeamModel, describe_sizes

        try:
            model = BeamModel.load(path)
        except (ValueError, OSError) as error:
            self.failed.emit(sentence_of(error))
            return
        self._model_file = path
        self._copy.setEnabled(True)
        self.record.set_record(
            {
                "file": Path(path).name,
                "network": model.name,
                "patch_size": describe_sizes(model.patch_sizes),
                "temperature": model.calibration.temperature,
                "hash": model.hash,
                **model.record,
            }
        )

    def save_copy(self, path: str, overwrite: bool = False) -> None:
        """Copy the model that is shown to another file."""
        try:
            files = input_files(model=self._model_file)
            with new_file(path, overwrite=overwrite, inputs=files) as partial:
                shutil.copyfile(self._model_file, partial)
        except (ValueError, OSError) as error:
            self.failed.emit(sentence_of(error))
        else:
            self.saved.emit(f"Saved to {Path(path).name}.")

    def _lay_out(self) -> None:
        self._copy = qt.QPushButton("Save a copy…")
        self._copy.setEnabled(False)
        self._copy.clicked.connect(self._ask_copy)
        load = qt.QPushButton("Look at a model…")
        load.clicked.connect(self._ask_model)
        buttons = qt.QHBoxLayout()
        buttons.addWidget(load)
        buttons.addWidget(self._copy)
        buttons.addStretch(1)
        right = qt.QWidget()
        column = qt.QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        for widget, stretch in (
            (_title(_CONFUSION), 0), (self.confusion, 0), (self._figures, 0),
            (_title(_RELIABILITY), 0), (self.reliability, 3), (self.record, 3),
        ):  # fmt: skip
            column.addWidget(widget, stretch)
        column.addLayout(buttons)
        both = qt.QSplitter(qt.Qt.Orientation.Horizontal)
        both.addWidget(self.curves)
        both.addWidget(right)
        both.setSizes([550, 550])
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._problem)
        layout.addWidget(self._status)
        layout.addWidget(self._note)
        layout.addWidget(both, 1)

    def _show_scores(self, scores: Mapping | None) -> None:
        if scores is None:
            self.confusion.set_counts([], [], [])
            self.reliability.set_bins([])
            self._figures.setText("")
            return
        from ...metrics import CONFUSION_COLUMNS, CONFUSION_ROWS

        self.confusion.set_counts(scores["confusion"], CONFUSION_ROWS, CONFUSION_COLUMNS)
        self.reliability.set_bins(scores["reliability"])
        low, high = scores["interval"]
        between = "" if low is None else f" (95 %: {100 * low:.1f} to {100 * high:.1f} %)"
        balanced = scores["balanced_accuracy"]
        self._figures.setText(
            f"{scores['n_patches']} patches; "
            + ("" if balanced is None else f"balanced accuracy {100 * balanced:.1f} %{between}; ")
            + f"calibration error {100 * scores['ece']:.1f} %"
        )

    def _ask_model(self) -> None:
        path, _ = qt.QFileDialog.getOpenFileName(self, "Look at a model", "", _FILTER)
        if path:
            self.show_model(path)

    def _ask_copy(self) -> None:
        path, _ = qt.QFileDialog.getSaveFileName(self, "Save a copy", "model.safetensors", _FILTER)
        if path:
            path = path if Path(path).suffix else path + ".safetensors"
            self.save_copy(path, overwrite=True)


def _title(text: str) -> qt.QLabel:
    label = qt.QLabel(text)
    label.setWordWrap(True)
    return label


def _figures_of(record: Mapping) -> str:
    parts = []
    for side in ("training", "validation"):
        loss, accuracy = record[f"{side}_loss"], record[f"{side}_accuracy"]
        if loss is not None:
            right = "" if accuracy is None else f", {100 * accuracy:.1f} % correct"
            parts.append(f"{side.capitalize()}: loss {loss:.3g}{right}.")
    return " ".join(parts)
