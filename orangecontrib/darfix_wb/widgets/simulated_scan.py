"""The widget "Simulated scan"."""

from __future__ import annotations

from darfix_wb.gui.forms.form import FilePath, Flag, Integer, Number, ParameterForm
from darfix_wb.gui.simulation.view import ScanSummary
from darfix_wb.tasks.simulated_scan import SimulatedScan
from orangecontrib.darfix_wb.widgets._base import OWBeamWidget


class OWSimulatedScan(OWBeamWidget, ewokstaskclass=SimulatedScan):
    name = "Simulated scan"
    description = "Make a rocking scan of a simulated crystal, to try the other widgets"
    icon = "icons/simulated_scan.svg"
    priority = 5
    keywords = ("simulation", "example", "demo", "tutorial", "scan")

    _ewoks_inputs_to_hide_from_orange = (
        "output_file",
        "rows",
        "columns",
        "steps",
        "seed",
        "crystal_seed",
        "layer_z_um",
        "overwrite",
    )

    run_on_arrival = False

    def create_view(self) -> ScanSummary:
        return ScanSummary()

    def create_form(self) -> ParameterForm:
        return ParameterForm(
            [
                FilePath("output_file", "File", "save", "HDF5 (*.h5 *.hdf5 *.nxs)"),
                Flag("overwrite", "Replace an existing file"),
                Integer("rows", "Rows", 16, 8192, " px"),
                Integer("columns", "Columns", 16, 8192, " px"),
                Integer("steps", "Frames", 1, 2000),
                Integer("seed", "Seed of the noise", 0, 2**31 - 1),
                Integer("crystal_seed", "Seed of the crystal", 0, 2**31 - 1),
                Number("layer_z_um", "Height of the layer", -20, 20, 2, " um", step=0.5),
            ]
        )

    def parameters_changed(self, name: str) -> None:
        self.view.set_file(None)

    def result_changed(self) -> None:
        self.view.set_file(self.result("raw_input_file"))
