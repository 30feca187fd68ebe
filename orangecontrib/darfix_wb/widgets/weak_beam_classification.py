"""The widget "Weak-beam classifier"."""

from __future__ import annotations

from orangewidget.settings import Setting

from darfix_wb.gui.classification.view import DEFAULT_THRESHOLD, ClassificationView
from darfix_wb.gui.forms.form import Choice, FilePath, Flag, Integer, Number, ParameterForm, Text
from darfix_wb.gui.texts import MASK_FILES
from darfix_wb.patches import SMALLEST_PATCH_SIZE
from darfix_wb.tasks.weak_beam_classification import OF_NETWORK, WeakBeamClassification
from orangecontrib.darfix_wb.widgets._base import OWBeamWidget

_METHODS = {"network": "trained network", "angle-rule": "distance from Bragg peak"}


class OWWeakBeamClassification(OWBeamWidget, ewokstaskclass=WeakBeamClassification):
    name = "Weak-beam classifier"
    description = "Tell weak beam from strong beam in each patch of each frame"
    icon = "icons/weak_beam_classification.svg"
    priority = 40
    keywords = ("weak beam", "strong beam", "classify", "network", "model")

    _ewoks_inputs_to_hide_from_orange = (
        "method",
        "stride",
        "decode",
        "batch_size",
        "device",
        "patch_size",
        "dark",
        "rocking_motor",
        "mask_file",
        "skip_frames",
    )

    ambiguous_threshold: float = Setting(DEFAULT_THRESHOLD, schema_only=True)
    ambiguous_calibrated: bool = Setting(True, schema_only=True)

    def create_view(self) -> ClassificationView:
        view = ClassificationView()
        view.set_threshold(self.ambiguous_threshold)
        view.threshold_changed.connect(self._keep_threshold)
        view.set_calibrated(self.ambiguous_calibrated)
        view.calibrated_changed.connect(self._keep_calibrated)
        return view

    def create_form(self) -> ParameterForm:
        none = "from the data"
        return ParameterForm(
            [
                Choice("method", "Method", _METHODS),
                FilePath(
                    "model_file", "Model", "open", "Model (*.safetensors)", "the shipped model"
                ),
                Integer("patch_size", "Patch size", SMALLEST_PATCH_SIZE, 4096, " px", "automatic"),
                Integer("stride", "Stride", 1, 4096, " px", none_text="half a patch"),
                Flag("decode", "Use the other frames of the curve"),
                Integer("batch_size", "Patches per batch", 1, 65536),
                Choice("device", "Device", ("auto", "cpu", "cuda")),
                Number("dark", "Dark level", 0, 1e6, 1, " counts", none_text=none, step=1),
                Text("rocking_motor", "Rocking motor", placeholder="fastest dimension"),
                FilePath("mask_file", "Mask", "open", MASK_FILES, "none"),
                Text("skip_frames", "Frames to skip", placeholder="none, e.g. 3,7:9"),
            ]
        )

    def data_changed(self) -> None:
        self.view.set_result(None, None)
        self._show_method()

    def parameters_changed(self, name: str) -> None:
        if name == "method":
            self._show_method()

    def result_changed(self) -> None:
        beam_map = self.result("classification")
        if beam_map is not None:
            self.view.set_result(self.result("patches"), beam_map)
            if self.parameter("patch_size") is None:
                size = beam_map.grid.patch_size
                self.Information.noted(f"Patches of {size} px, chosen automatically.")
        if beam_map is not None and beam_map.warnings:
            self.Warning.doubtful(" ".join(beam_map.warnings))

    def _keep_threshold(self, threshold: float) -> None:
        self.ambiguous_threshold = round(threshold, 2)

    def _keep_calibrated(self, calibrated: bool) -> None:
        self.ambiguous_calibrated = calibrated

    def _show_method(self) -> None:
        by_network = self.form["method"].value() == "network"
        self.set_unused(() if by_network else OF_NETWORK)
