"""The widget "Patch extraction"."""

from __future__ import annotations

from darfix_wb.gui.extraction.view import ExtractionView
from darfix_wb.gui.forms.form import FilePath, Integer, Number, ParameterForm, Text
from darfix_wb.gui.texts import MASK_FILES
from darfix_wb.io.darfix.dataset import scan_from_dataset
from darfix_wb.patches import SMALLEST_PATCH_SIZE, PatchGrid, default_patch_size
from darfix_wb.tasks.patch_extraction import PatchExtraction
from orangecontrib.darfix_wb.widgets._base import OWBeamWidget


class OWPatchExtraction(OWBeamWidget, ewokstaskclass=PatchExtraction):
    name = "Patch extraction"
    description = "Cut the frames of a dataset into patches"
    icon = "icons/patch_extraction.svg"
    priority = 10
    keywords = ("patch", "grid", "weak beam", "dark level")

    _ewoks_inputs_to_hide_from_orange = (
        "patch_size",
        "stride",
        "dark",
        "rocking_motor",
        "mask_file",
        "skip_frames",
    )

    def create_view(self) -> ExtractionView:
        self._scan = None
        return ExtractionView()

    def create_form(self) -> ParameterForm:
        return ParameterForm(
            [
                Integer("patch_size", "Patch size", SMALLEST_PATCH_SIZE, 4096, " px", "automatic"),
                Integer("stride", "Stride", 1, 4096, " px", none_text="patch size"),
                Number(
                    "dark", "Dark level", 0, 1e6, 1, " counts", none_text="from the data", step=1
                ),
                Text("rocking_motor", "Rocking motor", placeholder="fastest dimension"),
                FilePath("mask_file", "Mask", "open", MASK_FILES, "none"),
                Text("skip_frames", "Frames to skip", placeholder="none, e.g. 3,7:9"),
            ]
        )

    def data_changed(self) -> None:
        dataset = self.get_task_input_value("dataset", None)
        self._scan = None
        try:
            if dataset is not None:
                self._scan = scan_from_dataset(
                    dataset, rocking_motor=self.parameter("rocking_motor")
                )
        finally:
            self.view.set_scan(self._scan)
        self._show_grid()

    def parameters_changed(self, name: str) -> None:
        if name == "rocking_motor":
            self.data_changed()
            return
        self.view.set_patches(None)
        self._show_grid()

    def result_changed(self) -> None:
        self.view.set_patches(self.result("patches"))

    def _show_grid(self) -> None:
        if self._scan is None:
            return
        self.view.set_grid(None)
        shape = self._scan.frame_shape
        size, stride = self.parameter("patch_size"), self.parameter("stride")
        size = default_patch_size(shape, stride=stride) if size is None else size
        self.view.set_grid(PatchGrid(shape, size, stride))
