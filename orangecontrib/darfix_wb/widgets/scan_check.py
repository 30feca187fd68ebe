"""The widget "Scan check"."""

from __future__ import annotations

from darfix_wb.gui.forms.device_finder import DeviceFinder
from darfix_wb.gui.forms.form import Choice, FilePath, Flag, ParameterForm, Text
from darfix_wb.gui.scan_check.view import ScanCheckView
from darfix_wb.tasks.scan_check import ScanCheck
from orangecontrib.darfix_wb.widgets._base import OWBeamWidget

_SCAN = "Scans (*.h5 *.hdf5 *.nxs *.edf)"
_MODEL = "Model (*.safetensors)"
_REPORT = "Reports (*.png *.pdf *.svg *.json)"


class OWScanCheck(OWBeamWidget, ewokstaskclass=ScanCheck):
    name = "Scan check"
    description = "Show what is in a scan, and what is wrong with it"
    icon = "icons/scan_check.svg"
    priority = 8
    keywords = ("check", "quality", "saturation", "dark level", "gain", "scan", "report")

    _ewoks_inputs_to_hide_from_orange = (
        "scan",
        "data_path",
        "rocking_motor",
        "model_file",
        "device",
        "report_file",
        "overwrite",
    )

    def create_view(self) -> ScanCheckView:
        return ScanCheckView()

    def create_form(self) -> ParameterForm:
        self._devices = DeviceFinder(self)
        self._devices.found.connect(lambda devices, _: self.form["device"].set_choices(devices))
        return ParameterForm(
            [
                FilePath("scan", "Scan", "open", _SCAN, "the connected dataset"),
                Text("data_path", "Path of the frames", placeholder="automatic"),
                Text("rocking_motor", "Rocking motor", placeholder="fastest dimension"),
                FilePath("model_file", "Model", "open", _MODEL, "the shipped model"),
                Choice("device", "Device", ("auto", "cpu", "cuda")),
                FilePath("report_file", "Report to write", "save", _REPORT, "none"),
                Flag("overwrite", "Replace an existing file"),
            ]
        )

    def is_ready(self) -> bool:
        dataset = self.get_task_input_value("dataset", None)
        return dataset is not None or bool(self.parameter("scan"))

    def parameters_changed(self, name: str) -> None:
        self.view.set_report(None)

    def result_changed(self) -> None:
        report = self.result("report")
        self.view.set_report(report)
        if report is not None and report.verdict != "ok":
            self.Warning.doubtful(report.summary)

    def showEvent(self, event) -> None:
        super().showEvent(event)
        self._devices.start()
