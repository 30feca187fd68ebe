"""The widget "LCNN training"."""

from __future__ import annotations

import threading

from silx.gui import qt

from darfix_wb.gui.forms.device_finder import DeviceFinder
from darfix_wb.gui.forms.file_list import FileList
from darfix_wb.gui.forms.form import Choice, FilePath, Flag, Integer, Number, ParameterForm
from darfix_wb.gui.training.view import TrainingView
from darfix_wb.methods.networks import NETWORK_TITLES
from darfix_wb.tasks.lcnn_training import LCNNTraining
from orangecontrib.darfix_wb.widgets._base import OWBeamWidget

_FILTER = "Model (*.safetensors)"


class OWLCNNTraining(OWBeamWidget, ewokstaskclass=LCNNTraining):
    name = "LCNN training"
    description = "Train a network on labelled patches"
    icon = "icons/lcnn_training.svg"
    priority = 30
    keywords = ("train", "network", "model", "weak beam", "loss")

    _ewoks_inputs_to_hide_from_orange = (
        "model_file",
        "training_files",
        "labels_of_another_scan",
        "network",
        "n_epochs",
        "batch_size",
        "learning_rate",
        "dropout",
        "seed",
        "device",
        "initial_model",
        "overwrite",
    )

    run_on_arrival = False
    live_view = True

    epoch_done = qt.Signal(dict)
    """Scores of an epoch, sent from the thread that trains."""

    def create_view(self) -> TrainingView:
        self._finish_early = threading.Event()
        view = TrainingView()
        view.failed.connect(self.Error.failed)
        view.saved.connect(self.Information.noted)
        self.epoch_done.connect(view.add_epoch)
        return view

    def create_form(self) -> ParameterForm:
        self._devices = DeviceFinder(self)
        self._devices.found.connect(self._show_devices)
        return ParameterForm(
            [
                FilePath("model_file", "Model to write", "save", _FILTER, "model.safetensors"),
                Flag("overwrite", "Replace an existing file"),
                Choice("network", "Network", NETWORK_TITLES),
                Integer("n_epochs", "Epochs", 1, 100_000),
                Integer("batch_size", "Patches per batch", 1, 65536),
                Number("learning_rate", "Learning rate", 1e-6, 0.999, 6, step=1e-4),
                Number("dropout", "Dropout", 0, 0.99, 2, step=0.05),
                Integer("seed", "Seed", 0, 2**31 - 1),
                Choice("device", "Device", ("auto", "cpu", "cuda")),
                FilePath(
                    "initial_model",
                    "Start from",
                    "open",
                    _FILTER,
                    "the shipped model, where it fits",
                ),
                FileList("training_files", "Labels files", "Labels (*.h5 *.hdf5 *.nxs)"),
                Flag("labels_of_another_scan", "Take labels of another scan"),
            ]
        )

    def is_ready(self) -> bool:
        given = (self.get_task_input_value(name, None) for name in ("patches", "labels"))
        return bool(self.parameter("training_files")) or all(one is not None for one in given)

    def data_changed(self) -> None:
        if not self.is_running():
            self.view.clear()

    def result_changed(self) -> None:
        history = self.result("history")
        if history is None:
            return
        self.view.set_result(history, self.result("model_file"))
        if history["stopped"]:
            epoch = history["best_epoch"]
            self.Information.noted(f"Stopped on request; epoch {epoch} is kept as the model.")

    def end_run(self) -> None:
        """End the training; the best epoch so far becomes the model."""
        self._finish_early.set()

    def showEvent(self, event: qt.QEvent) -> None:
        super().showEvent(event)
        self._devices.start()

    def _get_task_arguments(self) -> dict:
        self._finish_early.clear()
        self.view.start(self.parameter("n_epochs"))
        return {
            **super()._get_task_arguments(),
            "on_epoch": self.epoch_done.emit,
            "finish_early": self._finish_early,
        }

    def _show_devices(self, devices: dict, why: str) -> None:
        self.form["device"].set_choices(devices)
        self.view.set_note(why)
