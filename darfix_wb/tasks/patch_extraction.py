"""Cut the frames of a dataset into patches."""

from __future__ import annotations

from ewokscore.model import BaseOutputModel
from pydantic import ConfigDict, InstanceOf

from ..extraction import PatchedScan, extract
from ..io.darfix.dataset import AnyDataset, scan_from_dataset
from ..io.frame_choice import skip_frames
from ..io.mask_files import read_mask
from ..patches import default_patch_size
from .base import CancellableTask, TaskInputs


class Inputs(TaskInputs):
    dataset: AnyDataset
    """Darfix dataset with one rocking motor, or with two motors."""
    patch_size: int | None = None
    """Side of a patch in pixels, at least 8 and at most 1.5 times the shorter side of the frame.
    If not given, 64, halved once or twice while the shorter side holds fewer than four patches, but
    not below the stride."""
    stride: int | None = None
    """Distance between patches in pixels; if not given, the patch size (no overlap)."""
    dark: float | None = None
    """Dark level in counts; if not given, taken from the dataset's dark images or estimated."""
    rocking_motor: str | None = None
    """Name of the rocking motor; if not given, the dataset's fastest dimension."""
    mask_file: str | None = None
    """Mask of invalid pixels (not 0), in addition to those that are found: .npy, HDF5, EDF or
    TIFF."""
    skip_frames: str | None = None
    """Frames to leave out of rocking curves and images, e.g. "14" or "3,7:9" (3, 7 and 8)."""


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
        scan = scan_from_dataset(inputs.dataset, rocking_motor=inputs.rocking_motor)
        size = inputs.patch_size
        if size is None:
            size = default_patch_size(scan.frame_shape, stride=inputs.stride)
        self.outputs.patches = extract(
            skip_frames(scan, inputs.skip_frames or ""),
            patch_size=size,
            stride=inputs.stride,
            dark=inputs.dark,
            mask=read_mask(inputs.mask_file) if inputs.mask_file else None,
            monitor=self.monitor("Extracting patches"),
        )
        self.outputs.dataset = inputs.dataset
