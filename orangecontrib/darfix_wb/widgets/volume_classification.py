"""The widget "Volume classification"."""

from __future__ import annotations

import os

from silx.gui import qt

from darfix_wb.errors import DarfixWBError
from darfix_wb.gui.forms.device_finder import DeviceFinder
from darfix_wb.gui.forms.form import Choice, FilePath, Flag, Integer, Number, ParameterForm, Text
from darfix_wb.gui.forms.line_list import LineList
from darfix_wb.gui.forms.typed_choice import TypedChoice
from darfix_wb.gui.messages import was_cancelled
from darfix_wb.gui.texts import MASK_FILES
from darfix_wb.gui.volume.preview import Question
from darfix_wb.gui.volume.view import VolumeView
from darfix_wb.patches import SMALLEST_PATCH_SIZE
from darfix_wb.tasks.volume_classification import Inputs, VolumeClassification, layer_options
from darfix_wb.volume.options import MOST_BINNING
from orangecontrib.darfix_wb.widgets._base import OWBeamWidget

_SCANS = "Scans (*.h5 *.hdf5 *.nxs *.edf *.edf.gz *.tif *.tiff)"
_MODEL, _NEXUS = "Model (*.safetensors)", "NeXus (*.h5 *.hdf5 *.nxs)"
_LOCAL = "local"
_SCHEDULERS = {None: "this process", _LOCAL: "one process per core"}


class OWVolumeClassification(OWBeamWidget, ewokstaskclass=VolumeClassification):
    name = "Volume classification"
    description = "Classify the layers of a crystal, one rocking scan each, into one file"
    icon = "icons/volume_classification.svg"
    priority = 70
    keywords = ("volume", "layers", "3D", "batch", "dask", "cluster", "weak beam", "resume")

    _ewoks_inputs_to_hide_from_orange = tuple(
        name for name in Inputs.model_fields if name != "model_file"
    )

    run_on_arrival = False
    live_view = True

    layer_done = qt.Signal(object)
    """`LayerRecord` of a layer, sent from the thread that writes."""

    def create_view(self) -> VolumeView:
        self._failed_again = False
        view = VolumeView()
        view.run_failed_again.connect(self.run_failed_again)
        self.layer_done.connect(view.take_layer)
        return view

    def create_form(self) -> ParameterForm:
        self._devices = DeviceFinder(self)
        self._devices.found.connect(lambda devices, _: self.form["device"].set_choices(devices))
        data = "from the data"
        return ParameterForm(
            [
                LineList("layers", "Layers", _SCANS, "scans/layer_*.h5\nscan.h5\nfolder of scans"),
                FilePath("output_file", "Volume file", "save", _NEXUS, "volume.h5"),
                Flag("resume", "Continue an existing volume"),
                Flag("overwrite", "Replace an existing volume"),
                Text("z_motor", "Layer motor", placeholder="automatic"),
                Text("rocking_motor", "Rocking motor", placeholder="automatic"),
                FilePath("model_file", "Model", "open", _MODEL, "the shipped model"),
                Integer("patch_size", "Patch size", SMALLEST_PATCH_SIZE, 4096, " px", "automatic"),
                Integer("stride", "Stride", 1, 4096, " px", none_text="automatic"),
                Number("dark", "Dark level", 0, 1e6, 1, " counts", none_text=data, step=1),
                FilePath("mask_file", "Mask", "open", MASK_FILES, "none"),
                Text("region", "Region", placeholder="all, e.g. 100:612,0:256"),
                Integer("binning", "Binning", 1, MOST_BINNING, " px"),
                Flag("find_dislocations", "Find dislocation lines"),
                FilePath("detector_file", "Detector", "open", _MODEL, "the shipped detector"),
                Choice("device", "Device", ("auto", "cpu", "cuda")),
                TypedChoice("scheduler", "Computed by", _SCHEDULERS, "tcp://host:8786"),
            ]
        )

    def is_ready(self) -> bool:
        return bool(self.parameter("layers") and self.parameter("output_file"))

    def data_changed(self) -> None:
        self._ask()

    def parameters_changed(self, name: str) -> None:
        self._ask()

    def result_changed(self) -> None:
        summary = self.result("summary")
        if summary is not None and summary["failed"]:
            failed = [layer for layer in summary["layers"] if layer["state"] == "failed"]
            n_layers = len(summary["layers"])
            self.Warning.doubtful(
                f"{len(failed)} of {n_layers} layers failed; the first: {failed[0]['reason']}"
            )

    def run_failed_again(self) -> None:
        """Compute the layers that failed, and those that are pending, of the volume that exists."""
        self._failed_again = True
        self.apply()

    def apply(self) -> None:
        try:
            super().apply()
        finally:
            self._failed_again = False

    def get_task_inputs(self, exclude_hidden: bool = False) -> dict:
        inputs = super().get_task_inputs(exclude_hidden)
        return {**inputs, "resume": True, "overwrite": False} if self._failed_again else inputs

    def show_error(self, error: BaseException) -> None:
        if was_cancelled(error):
            self.Information.noted("Stopped. Layers that are done stay in the volume file.")
        else:
            super().show_error(error)

    def task_output_changed(self) -> None:
        self.view.end_run()
        super().task_output_changed()

    def onDeleteWidget(self) -> None:
        self.view.stop()
        super().onDeleteWidget()

    def showEvent(self, event) -> None:
        super().showEvent(event)
        self._devices.start()
        self._ask()

    def _get_task_arguments(self) -> dict:
        self._show_question()
        anew = bool(self.parameter("overwrite")) and not self._failed_again
        self.view.begin_run(anew=anew, n_parallel=self._n_processes())
        return {**super()._get_task_arguments(), "on_layer": self.layer_done.emit}

    def _ask(self) -> None:
        """Show what the run will find and take; only where somebody sees it."""
        if self.isVisible() and not self.is_running():
            self._show_question()

    def _show_question(self) -> None:
        try:
            self.view.set_question(self._question())
        except DarfixWBError as error:
            self.view.refuse_question(str(error))

    def _question(self) -> Question:
        given = {name: self.parameter(name) for name in self.form.names}
        given["model_file"] = self.get_task_input_value("model_file", None)
        given = {name: value for name, value in given.items() if value is not None}
        inputs = Inputs(**{"layers": [], "output_file": "", **given})
        layers = [inputs.layers] if isinstance(inputs.layers, str) else inputs.layers
        return Question(
            tuple(layers),
            inputs.z_motor or None,
            layer_options(inputs),
            inputs.output_file,
            inputs.resume and not inputs.overwrite,
            self._n_processes(),
        )

    def _n_processes(self) -> int:
        """Processes of this computer that compute; 0 where those of a cluster do."""
        scheduler = self.parameter("scheduler")
        if scheduler == _LOCAL:
            return len(os.sched_getaffinity(0))
        return 0 if scheduler else 1
