"""Tell weak beam from strong beam in each patch of each frame."""

from __future__ import annotations

import logging
from typing import Literal

from ewokscore.model import BaseOutputModel
from pydantic import ConfigDict, Field, InstanceOf

from ..beam import BeamMap
from ..extraction import PatchedScan, extract
from ..io.darfix.dataset import AnyDataset, scan_from_dataset
from ..io.frame_choice import skip_frames
from ..io.mask_files import read_mask
from ..patches import default_patch_size, overlapping_stride
from ..scan import RockingScan
from ..unused_options import changed, refuse_unused
from .base import CancellableTask, TaskInputs

EXTRACTION_SHARE = 0.3

OF_NETWORK = {"model_file": None, "decode": True, "batch_size": 128, "device": "auto"}
"""Inputs of the method "network" alone, with their defaults."""

_logger = logging.getLogger(__name__)


class Inputs(TaskInputs):
    dataset: AnyDataset
    """Darfix dataset; if it is not loaded yet, it is read frame by frame."""
    model_file: str | None = None
    """Model file (.safetensors); if empty, the shipped model."""
    method: Literal["network", "angle-rule"] = "network"
    """How patches are classified: by the "network" of the model, or by the "angle-rule", from the
    distance to the peak of the rocking curve."""
    stride: int | None = None
    """Distance between patches in pixels; if not given, half a patch, so that patches overlap."""
    decode: bool = True
    """Whether the other frames of the rocking curve are used to classify a frame."""
    batch_size: int = Field(128, ge=1)
    """Patches per batch of the network."""
    device: str = "auto"
    """Processor: "auto" (CUDA where there is one), "cpu", "cuda" or "cuda:<number>"."""
    patch_size: int | None = None
    """Side of a patch in pixels; a model takes those that it was trained on. If not given, the
    model's own size or 64, halved while the frame's shorter side holds fewer than four patches and
    the model takes smaller ones."""
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
    classification: InstanceOf[BeamMap]
    """Probabilities ``(n_frames, rows, columns, 3)`` of weak, strong and empty, ambiguous patches
    where the model has conformal thresholds, and warnings."""
    patches: InstanceOf[PatchedScan]
    """Patches that were classified, for the integration: their grid, background and rocking curves
    ``(n_frames, rows, columns)``."""


class WeakBeamClassification(CancellableTask, input_model=Inputs, output_model=Outputs):
    """Classify each patch of each frame as weak beam, strong beam or empty."""

    def run(self) -> None:
        inputs = Inputs(**self.get_input_values())
        by_method = self._by_network if inputs.method == "network" else self._by_angle
        patched, beam_map = by_method(inputs)
        for warning in beam_map.warnings:
            _logger.warning(warning)
        self.outputs.dataset = inputs.dataset
        self.outputs.classification = beam_map
        self.outputs.patches = patched

    def _by_network(self, inputs: Inputs) -> tuple[PatchedScan, BeamMap]:
        from ..classification.network import classify
        from ..device import resolve_device
        from ..model import BeamModel

        resolve_device(inputs.device)
        model = BeamModel.load(inputs.model_file)
        scan = _scan(inputs)
        size = model.patch_size_for(scan.frame_shape, inputs.patch_size, stride=inputs.stride)
        patched = self._extract(inputs, scan, size, EXTRACTION_SHARE)
        beam_map = classify(
            patched,
            model,
            device=inputs.device,
            batch_size=inputs.batch_size,
            use_context=inputs.decode,
            monitor=self.monitor("Classifying", start=EXTRACTION_SHARE),
        )
        return patched, beam_map

    def _by_angle(self, inputs: Inputs) -> tuple[PatchedScan, BeamMap]:
        from ..classification.angle_rule import angle_rule

        given = changed(dict(inputs), OF_NETWORK)
        refuse_unused(given, "with the method 'angle-rule', which takes no network")
        scan, size = _scan(inputs), inputs.patch_size
        if size is None:
            size = default_patch_size(scan.frame_shape, stride=inputs.stride)
        patched = self._extract(inputs, scan, size, 1.0)
        return patched, angle_rule(patched)

    def _extract(
        self, inputs: Inputs, scan: RockingScan, patch_size: int, share: float
    ) -> PatchedScan:
        return extract(
            scan,
            patch_size=patch_size,
            stride=overlapping_stride(patch_size) if inputs.stride is None else inputs.stride,
            dark=inputs.dark,
            mask=read_mask(inputs.mask_file) if inputs.mask_file else None,
            monitor=self.monitor("Extracting patches", stop=share),
        )


def _scan(inputs: Inputs) -> RockingScan:
    scan = scan_from_dataset(inputs.dataset, rocking_motor=inputs.rocking_motor)
    return skip_frames(scan, inputs.skip_frames or "")
