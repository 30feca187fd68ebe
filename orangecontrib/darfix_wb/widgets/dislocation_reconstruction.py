"""The widget "3D reconstruction"."""

from __future__ import annotations

from functools import partial

from silx.gui import qt

from darfix_wb.dislocation_lines.export.formats import EXPORTS
from darfix_wb.gui.forms.form import Choice, Choices, FilePath, Flag, Number, ParameterForm
from darfix_wb.gui.latest_job import LatestJob
from darfix_wb.gui.messages import sentence_of
from darfix_wb.gui.reconstruction.loading import layer_distance_um
from darfix_wb.gui.reconstruction.spacing import Spacing
from darfix_wb.gui.reconstruction.view import ReconstructionView
from darfix_wb.io.paths import user_path
from darfix_wb.reconstruction.options import METHODS
from darfix_wb.tasks.dislocation_reconstruction import DislocationReconstruction, Inputs
from orangecontrib.darfix_wb.widgets._base import OWBeamWidget

_NEXUS = "NeXus (*.h5 *.hdf5 *.nxs)"
_REFERENCES = "Lines or masks (*.h5 *.hdf5 *.nxs *.npy *.tif *.tiff)"


class OWDislocationReconstruction(OWBeamWidget, ewokstaskclass=DislocationReconstruction):
    name = "3D reconstruction"
    description = (
        "Find the network of dislocation lines in a volume, and compare it with a reference"
    )
    icon = "icons/dislocation_reconstruction.svg"
    priority = 80
    keywords = ("dislocation", "lines", "network", "3D", "volume", "boundary", "ParaView", "OVITO")

    _ewoks_inputs_to_hide_from_orange = tuple(
        name for name in Inputs.model_fields if name != "volume_file"
    )

    run_on_arrival = False
    live_view = True

    def create_view(self) -> ReconstructionView:
        self._shown = ""
        self._finder = LatestJob(self)
        self._finder.succeeded.connect(
            lambda distance: self.form["spacing"].suggest_layers(distance)
        )
        self._finder.failed.connect(lambda error: self.Information.noted(sentence_of(error)))
        return ReconstructionView()

    def create_form(self) -> ParameterForm:
        formats = {name: one.content for name, one in EXPORTS.items() if name != "nexus"}
        texts = {name: f"{name}: {content}" for name, content in formats.items()}
        exports = Choices("export", "Also write", texts, texts)
        exports.widget.setHorizontalScrollBarPolicy(qt.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return ParameterForm(
            [
                FilePath("volume_file", "Volume", "open", _NEXUS, "volume.h5"),
                Spacing("spacing", "Distances"),
                FilePath("output_file", "File of lines", "save", _NEXUS, "lines.h5"),
                Flag("overwrite", "Replace existing files"),
                Choice("method", "Method", METHODS),
                Number("threshold", "Threshold", 3, 100, 1, " sigma", step=0.5),
                Flag("correct_jitter", "Correct the jitter of layers"),
                Number("burgers_um", "Burgers vector", 1e-6, 0.01, 6, " µm", "not known", 1e-6),
                FilePath("reference", "Reference", "open", _REFERENCES, "none"),
                exports,
            ]
        )

    def is_ready(self) -> bool:
        given = (self._volume_file(), self.parameter("spacing"), self.parameter("output_file"))
        return all(given)

    def data_changed(self) -> None:
        self._find_distance()

    def parameters_changed(self, name: str) -> None:
        if name == "volume_file":
            self._find_distance()
        elif name == "output_file":
            self._show_existing()

    def result_changed(self) -> None:
        report = self.result("report")
        if report is None:
            return
        self._shown = self.result("output_file")
        self.view.show_file(self._shown)
        if report["warnings"]:
            first, *others = report["warnings"]
            self.Warning.doubtful(f"{first} (and {len(others)} more)" if others else first)

    def reset(self) -> None:
        super().reset()
        self.form["spacing"].clear()
        self._find_distance()

    def showEvent(self, event) -> None:
        super().showEvent(event)
        self._find_distance()
        self._show_existing()

    def onDeleteWidget(self) -> None:
        self._finder.stop()
        self.view.stop()
        super().onDeleteWidget()

    def _volume_file(self) -> str | None:
        return self.get_task_input_value("volume_file", None)

    def _find_distance(self) -> None:
        """Fill in the distance of layers, which takes a look into the volume."""
        path = self._volume_file()
        if path and user_path(path).is_file():
            self._finder.begin(partial(layer_distance_um, str(user_path(path))))

    def _show_existing(self) -> None:
        """Show the file of lines, where there is one; only where somebody sees it."""
        path = self.parameter("output_file") or ""
        if path == self._shown or self.is_running() or not self.isVisible():
            return
        there = bool(path) and user_path(path).is_file()
        self._shown = path if there else ""
        if there:
            self.view.show_file(str(user_path(path)))
        else:
            self.view.forget()
