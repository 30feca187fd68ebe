"""The widget "Method comparison"."""

from __future__ import annotations

from darfix_wb.gui.comparison.view import ComparisonView
from darfix_wb.gui.forms.device_finder import DeviceFinder
from darfix_wb.gui.forms.form import (
    Choice,
    Choices,
    FilePath,
    Flag,
    Integer,
    Number,
    ParameterForm,
    Text,
)
from darfix_wb.io.darfix.dataset import pixel_axes, scan_from_dataset
from darfix_wb.methods.method import MethodOptions
from darfix_wb.methods.registry import METHODS
from darfix_wb.patches import SMALLEST_PATCH_SIZE
from darfix_wb.tasks.method_comparison import ONLY_FOR, MethodComparison
from orangecontrib.darfix_wb.widgets._base import OWBeamWidget

_MODEL, _NEXUS = "Model (*.safetensors)", "NeXus (*.h5 *.hdf5 *.nxs)"
_KNOWN, _NONE = "from the connected inputs", "from the data"


class OWMethodComparison(OWBeamWidget, ewokstaskclass=MethodComparison):
    name = "Method comparison"
    description = "Compare methods that tell weak beam from strong beam, side by side"
    icon = "icons/method_comparison.svg"
    priority = 60
    keywords = ("compare", "LCNN", "PCA", "NMF", "Gram-Schmidt", "GSO", "weak beam", "benchmark")

    _ewoks_inputs_to_hide_from_orange = (
        "methods",
        "n_components",
        "labels_of_another_scan",
        "regions",
        "n_epochs",
        "seed",
        "device",
        "patch_size",
        "stride",
        "dark",
        "rocking_motor",
        "output_file",
        "overwrite",
    )

    run_on_arrival = False

    def create_view(self) -> ComparisonView:
        self._shown = None
        view = ComparisonView()
        view.set_regions(self.parameter("regions"))
        view.regions_changed.connect(lambda value: self.set_default_input("regions", value))
        view.failed.connect(self.Error.failed)
        view.saved.connect(self.Information.noted)
        return view

    def create_form(self) -> ParameterForm:
        self._devices = DeviceFinder(self)
        self._devices.found.connect(lambda devices, _: self.form["device"].set_choices(devices))
        return ParameterForm(
            [
                Choices("methods", "Methods", *_method_texts()),
                Integer("n_components", "Components", 1, 100),
                Integer("n_epochs", "Epochs", 1, 100_000),
                FilePath("model_file", "Model", "open", _MODEL, "trained or shipped"),
                FilePath("truth_file", "Truth", "open", _NEXUS, "file of a simulated scan"),
                Integer("patch_size", "Patch size", SMALLEST_PATCH_SIZE, 4096, " px", _KNOWN),
                Integer("stride", "Stride", 1, 4096, " px", _KNOWN),
                Integer("seed", "Seed", 0, 2**31 - 1),
                Choice("device", "Device", ("auto", "cpu", "cuda")),
                Number("dark", "Dark level", 0, 1e6, 1, " counts", none_text=_NONE, step=1),
                Text("rocking_motor", "Rocking motor", placeholder="fastest dimension"),
                Flag("labels_of_another_scan", "Take labels of another scan"),
                FilePath("output_file", "Output file", "save", _NEXUS, "none"),
                Flag("overwrite", "Replace existing files"),
            ]
        )

    def data_changed(self) -> None:
        self._show_methods()
        if not self.is_running():
            self._show_dataset()

    def parameters_changed(self, name: str) -> None:
        if name == "regions":
            self.view.set_regions(self.parameter("regions"))
        elif name == "methods":
            self._show_methods()

    def result_changed(self) -> None:
        comparison = self.result("comparison")
        if comparison is not None:
            self.view.set_result(comparison, pixel_axes(self._shown))

    def reset(self) -> None:
        super().reset()
        self.set_default_input("regions", None)

    def showEvent(self, event) -> None:
        super().showEvent(event)
        self._devices.start()

    def _get_task_arguments(self) -> dict:
        if self.get_task_input_value("dataset", None) is not self._shown:
            self._call(self._show_dataset)
        return super()._get_task_arguments()

    def _show_dataset(self) -> None:
        self.view.set_dataset(None)
        self._shown = self.get_task_input_value("dataset", None)
        if self._shown is not None:
            scan = scan_from_dataset(self._shown, rocking_motor=self.parameter("rocking_motor"))
            self.view.set_dataset(scan)

    def _show_methods(self) -> None:
        chosen = set(self.form["methods"].value())
        shown = ONLY_FOR.items() if chosen else ()
        self.set_unused(name for name, methods in shown if not chosen & methods)


def _method_texts() -> tuple[dict[str, str], dict[str, str]]:
    """Methods as they are offered, with what they cannot do without; and what each is."""
    methods = {name: make(MethodOptions()) for name, make in METHODS.items()}
    texts = {
        name: f"{name} (needs labels)" if method.needs_labels else name
        for name, method in methods.items()
    }
    return texts, {name: f"{method.title}: {method.hint}" for name, method in methods.items()}
