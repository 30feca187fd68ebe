"""Sum the weak-beam and the strong-beam signal of a dataset."""

from __future__ import annotations

from typing import Any, Literal

import numpy
from ewokscore.model import BaseOutputModel
from pydantic import ConfigDict, InstanceOf

from ..beam import BeamMap
from ..extraction import extract
from ..integration import BeamImages, integrate
from ..io.beam_files import save_beam_file
from ..io.darfix.dataset import (
    AnyDataset,
    dataset_files,
    dataset_with_frames,
    pixel_axes,
    scan_from_dataset,
)
from ..io.input_files import input_files
from ..io.output import check_output
from ..io.provenance import Provenance
from ..scan import RockingScan
from .base import CancellableTask, TaskInputs

EXTRACTION_SHARE = 0.3


class Inputs(TaskInputs):
    dataset: AnyDataset
    """The dataset that was classified."""
    classification: InstanceOf[BeamMap]
    """Probabilities of its patches, from the weak-beam classifier."""
    mode: Literal["default", "paper"] = "default"
    """"default": mean counts above dark of the contributing frames; "paper": as published."""
    threshold: float | None = None
    """Level of the binary map: sigma above the local background (5 if not given), or, in the
    mode "paper", a share of the brightest pixel (0.6)."""
    output_file: str | None = None
    """NeXus file to write; none if empty."""
    overwrite: bool = False
    """Whether an existing output file may be replaced."""
    dark: float | None = None
    """Counts of a dark pixel; from the dataset's dark images, else estimated, if not given."""
    rocking_motor: str | None = None
    """Name of the rocking motor; the dataset's fastest dimension if not given."""


class Outputs(BaseOutputModel):
    model_config = ConfigDict(use_attribute_docstrings=True, arbitrary_types_allowed=True)

    dataset: AnyDataset
    """The dataset with the weak-beam signal only, ``(n_frames, height, width)`` float32."""
    weak_beam_image: Any
    """``(height, width)`` float32, mean counts of the weak-beam frames, NaN where none."""
    strong_beam_image: Any
    """``(height, width)`` float32, the same of the strong-beam frames."""
    binary_map: Any
    """``(height, width)`` bool, where the weak-beam image rises above the threshold."""
    images: InstanceOf[BeamImages]
    """These images and those of the two flanks, and the numbers of contributing frames."""
    output_file: str | None
    """The file that was written, if any."""


class BeamIntegration(CancellableTask, input_model=Inputs, output_model=Outputs):
    """Integrate the weak-beam and the strong-beam signal over the rocking curve."""

    def run(self) -> None:
        inputs = Inputs(**self.get_input_values())
        if inputs.output_file:
            files = input_files(scan=dataset_files(inputs.dataset))
            check_output(inputs.output_file, inputs.overwrite, inputs=files)
        scan = scan_from_dataset(inputs.dataset, inputs.rocking_motor)
        weak_frames = numpy.empty(scan.frames.shape, dtype=numpy.float32)
        images = self._integrate(inputs, scan, weak_frames)
        if inputs.output_file:
            self._save(inputs, scan, images)
        self.outputs.dataset = dataset_with_frames(inputs.dataset, weak_frames)
        self.outputs.weak_beam_image = images.weak
        self.outputs.strong_beam_image = images.strong
        self.outputs.binary_map = images.binary_map
        self.outputs.images = images
        self.outputs.output_file = inputs.output_file or None

    def _integrate(
        self, inputs: Inputs, scan: RockingScan, weak_frames: numpy.ndarray
    ) -> BeamImages:
        grid = inputs.classification.grid
        patched = extract(
            scan,
            grid.patch_size,
            grid.stride,
            inputs.dark,
            progress=self.reporter("Extracting patches", 0, EXTRACTION_SHARE),
            cancelled=self.is_cancelled,
        )
        return integrate(
            patched,
            inputs.classification,
            inputs.mode,
            inputs.threshold,
            weak_frames,
            progress=self.reporter("Integrating", EXTRACTION_SHARE),
            cancelled=self.is_cancelled,
        )

    @staticmethod
    def _save(inputs: Inputs, scan: RockingScan, images: BeamImages) -> None:
        provenance = Provenance(
            {"mode": images.mode, "threshold": images.threshold, "dark": inputs.dark},
            scan.source,
            inputs.classification.model_hash,
        )
        save_beam_file(
            inputs.output_file,
            inputs.classification,
            images,
            scan,
            provenance,
            pixel_axes(inputs.dataset),
            inputs.overwrite,
            inputs=input_files(scan=dataset_files(inputs.dataset)),
        )
