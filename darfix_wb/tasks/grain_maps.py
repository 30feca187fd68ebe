"""darfix's grain plot, whose file replaces no other unasked."""

from __future__ import annotations

from typing import Any

from ewokscore.model import BaseOutputModel
from pydantic import ConfigDict, Field

from ..io.darfix.dataset import AnyDataset, dataset_files
from ..io.darfix.tasks import grain_maps
from ..io.input_files import input_files
from ..io.output import check_output, new_file
from ..io.output_names import HDF5_SUFFIXES
from .base import CancellableTask, TaskInputs


class Inputs(TaskInputs):
    dataset: AnyDataset
    """Darfix dataset with dimensions, e.g. the weak-beam signal from the beam integration."""
    filename: str = "maps.h5"
    """HDF5 file to write."""
    overwrite: bool = False
    """Whether an existing file may be replaced."""
    dimensions: tuple[int, int] = (0, 1)
    """Dimensions of the orientation maps, for a dataset with several."""
    kernel_average_misorientation_size: int = Field(1, ge=1)
    """Size of the kernel for the map of kernel average misorientation, in pixels."""


class Outputs(BaseOutputModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    dataset_with_moments: Any
    """The dataset with the moments of its rocking curves, for darfix's tasks."""
    filename: str
    """The file that was written."""


class GrainMaps(CancellableTask, input_model=Inputs, output_model=Outputs):
    """Maps of centre of mass, width, skewness and kurtosis, by darfix's grain plot."""

    def run(self) -> None:
        inputs = Inputs(**self.get_input_values())
        files = input_files(scan=dataset_files(inputs.dataset))
        allowed = {
            "overwrite": inputs.overwrite,
            "inputs": files,
            "suffixes": HDF5_SUFFIXES,
            "only_ours": False,
        }
        path = check_output(inputs.filename, **allowed)
        with new_file(path, **allowed) as partial:
            self.outputs.dataset_with_moments = grain_maps(
                inputs.dataset,
                str(partial),
                dimensions=inputs.dimensions,
                kernel_size=inputs.kernel_average_misorientation_size,
            )
        self.say_written(path)
        self.outputs.filename = str(path)
