"""The widget "Beam integration"."""

from __future__ import annotations

from darfix_wb.gui.forms.form import Choice, FilePath, Flag, Number, ParameterForm, Text
from darfix_wb.gui.integration.view import IntegrationView
from darfix_wb.integration.empty_images import image_warnings
from darfix_wb.io.darfix.dataset import pixel_axes
from darfix_wb.tasks.beam_integration import BeamIntegration
from darfix_wb.tasks.classified_patches import classified_scan
from orangecontrib.darfix_wb.widgets._base import OWBeamWidget

_MODES = {"default": "mean of the frames", "paper": "as published"}
_THRESHOLDS = {"default": "5 sigma", "paper": "0.6 of the brightest pixel"}
_FILTER = "NeXus (*.h5 *.hdf5 *.nxs)"


class OWBeamIntegration(OWBeamWidget, ewokstaskclass=BeamIntegration):
    name = "Beam integration"
    description = "Show dislocations; sum weak and strong beam over the rocking curve"
    icon = "icons/beam_integration.svg"
    priority = 50
    keywords = ("weak beam", "strong beam", "image", "binary map", "WB-", "WB+")

    _ewoks_inputs_to_hide_from_orange = (
        "mode",
        "threshold",
        "output_file",
        "overwrite",
        "dark",
        "rocking_motor",
        "find_dislocations",
        "line_threshold",
        "detector_file",
        "device",
    )
    _ewoks_outputs_to_hide_from_orange = ("images",)

    def create_view(self) -> IntegrationView:
        view = IntegrationView()
        view.threshold_changed.connect(lambda value: self.set_default_input("threshold", value))
        view.failed.connect(self.Error.failed)
        view.saved.connect(self.Information.noted)
        return view

    def create_form(self) -> ParameterForm:
        return ParameterForm(
            [
                Choice("mode", "Mode", _MODES),
                Number(
                    "threshold", "Threshold", 0, 1e6, 3, none_text=_THRESHOLDS["default"], step=0.1
                ),
                FilePath("output_file", "Output file", "save", _FILTER, "none"),
                Flag("overwrite", "Replace an existing file"),
                Number(
                    "dark", "Dark level", 0, 1e6, 1, " counts", none_text="as classified", step=1
                ),
                Text("rocking_motor", "Rocking motor", placeholder="as classified"),
                Flag("find_dislocations", "Find dislocations"),
                Number("line_threshold", "Probability of a line", 0.01, 0.99, 2, step=0.05),
                FilePath(
                    "detector_file",
                    "Detector",
                    "open",
                    "Detector (*.safetensors)",
                    "the shipped detector",
                ),
                Choice("device", "Device", ("auto", "cpu", "cuda")),
            ]
        )

    def data_changed(self) -> None:
        self.view.set_result(None)
        self._name_threshold()

    def parameters_changed(self, name: str) -> None:
        if name == "mode":
            self._name_threshold()
        threshold = self.parameter("threshold")
        if name == "threshold" and threshold is not None:
            self.view.set_threshold(threshold)

    def result_changed(self) -> None:
        images = self.result("images")
        if images is None:
            return
        warnings = image_warnings(images)
        if warnings:
            self.Warning.doubtful(" ".join(warnings))
        dataset = self.get_task_input_value("dataset", None)
        beam_map = self.get_task_input_value("classification", None)
        patches = self.get_task_input_value("patches", None)
        record = beam_map.record if patches is None else patches.record()
        scan = classified_scan(dataset, record, rocking_motor=self.parameter("rocking_motor"))
        if record is not None:
            scan = scan.leave_out(record.left_out)
        dark = self.parameter("dark") if patches is None else patches.background.level
        self.view.set_result(images, beam_map, scan, pixel_axes(dataset), dark=dark)

    def onDeleteWidget(self) -> None:
        self.view.stop()
        super().onDeleteWidget()

    def _name_threshold(self) -> None:
        box = self.form["threshold"].widget
        box.setSpecialValueText(_THRESHOLDS.get(self.parameter("mode"), ""))
