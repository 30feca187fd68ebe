"""Simulate a scan and write it to a file, to try the other tasks."""

from __future__ import annotations

import json
from pathlib import Path

from ewokscore.model import BaseOutputModel
from pydantic import ConfigDict

from ..errors import DarfixWBError
from ..io.hdf5_access import open_hdf5
from ..io.output import check_output
from ..io.output_names import HDF5_SUFFIXES
from ..io.paths import user_path
from ..simulation import (
    SampleParameters,
    ScanParameters,
    SimulationParameters,
    simulate_scan,
    write_scan,
)
from .base import CancellableTask, TaskInputs


class Inputs(TaskInputs):
    output_file: str = "simulated_scan.h5"
    """HDF5 file of the scan; if it holds the same simulation already, it is used as it is."""
    rows: int = 256
    """Rows of a frame, in pixels."""
    columns: int = 320
    """Columns of a frame, in pixels."""
    steps: int = 31
    """Number of frames in the rocking curve."""
    seed: int = 0
    """Seed of the noise, the sensor and the beam."""
    crystal_seed: int = 0
    """Seed of the crystal: its dislocations, sub-grains and orientation."""
    layer_z_um: float = 0.0
    """Height of the layer in the crystal, from -20 to 20 um."""
    overwrite: bool = False
    """Whether an existing file that holds something else may be replaced."""


class Outputs(BaseOutputModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    raw_input_file: str
    """Path of the file, with frames at /1.1/instrument/pco_ff/data and
    motors at /1.1/instrument/positioners."""


class SimulatedScan(CancellableTask, input_model=Inputs, output_model=Outputs):
    """Simulate a rocking scan of a crystal with dislocations, unless its file exists already."""

    def run(self) -> None:
        inputs = Inputs(**self.get_input_values())
        parameters = SimulationParameters(
            sample=SampleParameters(crystal_seed=inputs.crystal_seed, layer_z_um=inputs.layer_z_um),
            scan=ScanParameters(
                shape=(inputs.rows, inputs.columns), steps=inputs.steps, seed=inputs.seed
            ),
        )
        path = user_path(inputs.output_file)
        if not _holds(path, parameters):
            check_output(path, overwrite=inputs.overwrite, suffixes=HDF5_SUFFIXES)
            scan = simulate_scan(parameters, monitor=self.monitor("Simulating"))
            write_scan(path, scan, overwrite=inputs.overwrite)
            self.say_written(path)
        self.outputs.raw_input_file = str(path)


def _holds(path: Path, parameters: SimulationParameters) -> bool:
    """Whether a file holds the scan with these parameters."""
    try:
        with open_hdf5(path) as file:
            text = file["truth/parameters"].asstr()[()]
        return SimulationParameters.from_dict(json.loads(text)) == parameters
    except (DarfixWBError, AttributeError, KeyError, TypeError, ValueError):
        return False
