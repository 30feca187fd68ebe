"""Sum the weak-beam and the strong-beam signal of a dataset."""

from __future__ import annotations

from typing import Any, Literal

import numpy
from ewokscore.model import BaseOutputModel
from pydantic import ConfigDict, InstanceOf

from ..beam import BeamMap
from ..extraction import PatchedScan
from ..integration import BeamImages, integrate
from ..io.beam_files import beam_provenance, save_beam_file
from ..io.darfix.dataset import AnyDataset, dataset_files, dataset_with_frames, pixel_axes
from ..io.input_files import input_files
from ..io.output import check_output
from .base import CancellableTask, TaskInputs, optional_instance
from .classified_patches import extract_again, take_patches

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
    """Counts of a dark pixel; that of the classification if not given."""
    rocking_motor: str | None = None
    """Name of the rocking motor; that of the classification if not given."""
    patches: optional_instance(PatchedScan) = None
    """What was classified, from the same weak-beam classifier; without it the frames are read once
    more."""


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
            check_output(inputs.output_file, overwrite=inputs.overwrite, inputs=files)
        patched = self._patches(inputs)
        weak_frames = numpy.empty(patched.scan.frames.shape, dtype=numpy.float32)
        images = self._integrate(inputs, patched, weak_frames)
        if inputs.output_file:
            self._save(inputs, patched, images)
        self.outputs.dataset = dataset_with_frames(inputs.dataset, weak_frames)
        self.outputs.weak_beam_image = images.weak
        self.outputs.strong_beam_image = images.strong
        self.outputs.binary_map = images.binary_map
        self.outputs.images = images
        self.outputs.output_file = inputs.output_file or None

    def _patches(self, inputs: Inputs) -> PatchedScan:
        given = (inputs.dataset, inputs.classification)
        asked = {"dark": inputs.dark, "rocking_motor": inputs.rocking_motor}
        if inputs.patches is not None:
            return take_patches(inputs.patches, *given, **asked)
        monitor = self.monitor("Extracting patches", stop=EXTRACTION_SHARE)
        return extract_again(*given, **asked, monitor=monitor)

    def _integrate(
        self, inputs: Inputs, patched: PatchedScan, weak_frames: numpy.ndarray
    ) -> BeamImages:
        start = EXTRACTION_SHARE if inputs.patches is None else 0.0
        return integrate(
            patched,
            inputs.classification,
            mode=inputs.mode,
            threshold=inputs.threshold,
            weak_frames=weak_frames,
            monitor=self.monitor("Integrating", start=start),
        )

    @staticmethod
    def _save(inputs: Inputs, patched: PatchedScan, images: BeamImages) -> None:
        parameters = {
            "mode": images.mode,
            "threshold": images.threshold,
            "dark": patched.background.describe_level(),
            "rocking_motor": patched.scan.motor,
        }
        save_beam_file(
            inputs.output_file,
            inputs.classification,
            images,
            patched.scan,
            beam_provenance(inputs.classification, patched.scan, parameters),
            axes=pixel_axes(inputs.dataset),
            overwrite=inputs.overwrite,
            inputs=input_files(scan=dataset_files(inputs.dataset)),
        )
