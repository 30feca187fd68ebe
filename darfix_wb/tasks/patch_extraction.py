"""Cut the frames of a dataset into patches."""

from __future__ import annotations

from ewokscore.model import BaseOutputModel
from pydantic import ConfigDict, InstanceOf

from ..extraction import PatchedScan, extract
from ..io.darfix.dataset import AnyDataset, scan_from_dataset
from ..patches import DEFAULT_PATCH_SIZE
from .base import CancellableTask, TaskInputs


class Inputs(TaskInputs):
    dataset: AnyDataset
    """Darfix dataset with one rocking motor, or with two motors."""
    patch_size: int = DEFAULT_PATCH_SIZE
    """Side of a patch in pixels, at least 8 and at most 1.5 times the shorter side of the
    frame."""
    stride: int | None = None
    """Distance between patches in pixels; if not given, the patch size (no overlap)."""
    dark: float | None = None
    """Dark level in counts; if not given, taken from the dataset's dark images or estimated."""
    rocking_motor: str | None = None
    """Name of the rocking motor; if not given, the dataset's fastest dimension."""


class Outputs(BaseOutputModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    dataset: AnyDataset
    """The input dataset."""
    patches: InstanceOf[PatchedScan]
    """Grid, background and rocking curves ``(n_frames, rows, columns)`` of the patches."""


class PatchExtraction(CancellableTask, input_model=Inputs, output_model=Outputs):
    """Cut each frame into patches and measure the dark level and the patches' rocking curves."""

    def run(self) -> None:
        inputs = Inputs(**self.get_input_values())
        self.outputs.patches = extract(
            scan_from_dataset(inputs.dataset, rocking_motor=inputs.rocking_motor),
            patch_size=inputs.patch_size,
            stride=inputs.stride,
            dark=inputs.dark,
            monitor=self.monitor("Extracting patches"),
        )
        self.outputs.dataset = inputs.dataset
