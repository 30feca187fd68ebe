"""Classify the layers of a crystal into one file."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from ewokscore.model import BaseOutputModel
from pydantic import ConfigDict

from ..io.mask_files import read_mask
from ..volume.finding import find_layers
from ..volume.options import LayerOptions
from ..volume.region import Region
from ..volume.summary import LayerState, VolumeSummary
from .base import CancellableTask, TaskInputs

if TYPE_CHECKING:
    from ..volume.writer import OnLayer

_logger = logging.getLogger(__name__)


class Inputs(TaskInputs):
    layers: str | list[str]
    """Layers, one rocking scan each: data URLs, HDF5 files with one or more scans, a pattern of
    them, or folders or patterns of EDF or TIFF files."""
    output_file: str
    """NeXus file to write; an existing one is continued, unless resume is false."""
    model_file: str | None = None
    """Model (.safetensors); if empty, the shipped model."""
    scheduler: str | None = None
    """Dask workers that compute: "local" for one process on each core of this machine, or the
    address or the scheduler file of a scheduler; if empty, this process computes."""
    resume: bool = True
    """Whether an existing output of the same layers and options is continued: layers that are
    pending or failed are computed."""
    overwrite: bool = False
    """Whether an existing output is replaced and started anew."""
    z_motor: str | None = None
    """Motor that moves from layer to layer; if not given, it is found."""
    rocking_motor: str | None = None
    """Name of the rocking motor; if not given, the motor that moves in each scan."""
    patch_size: int | None = None
    """Side of a patch in pixels; if not given, chosen by model and frame."""
    stride: int | None = None
    """Distance between patches in pixels; if not given, they lie side by side."""
    dark: float | None = None
    """Dark level in counts; if not given, from dark images, else estimated layer by layer."""
    region: str | None = None
    """Part of the frames to read, rows and columns in pixels, e.g. "100:612,0:256"; if not given,
    all of it."""
    binning: int = 1
    """Side, in pixels of the frames, of the squares whose mean is one pixel of the images."""
    mask_file: str | None = None
    """Mask of invalid pixels (not 0), in addition to those that are found in all layers; if empty,
    none."""
    find_dislocations: bool = True
    """Whether the dislocation image is made and lines are found in it."""
    detector_file: str | None = None
    """File of the line detector; if not given, the shipped detector."""
    device: str = "auto"
    """Processor of the networks: "auto" (CUDA where there is one), "cpu", "cuda" or
    "cuda:<number>"."""


class Outputs(BaseOutputModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    output_file: str
    """The file of the volume."""
    summary: dict[str, Any]
    """Numbers of layers that are done, failed and pending, and of each layer its state, seconds,
    warnings and the reason of a failure."""


class VolumeClassification(CancellableTask, input_model=Inputs, output_model=Outputs):
    """Classify the layers of a crystal and integrate their beams, into one file.

    Parameters
    ----------
    on_layer : callable, optional
        Called with the `LayerRecord` of each layer that is in the file, from another thread.
    """

    def __init__(self, *args, on_layer: OnLayer | None = None, **kwargs) -> None:
        self._on_layer = on_layer
        super().__init__(*args, **kwargs)

    def run(self) -> None:
        inputs = Inputs(**self.get_input_values())
        summary = self._classify(inputs)
        for record in summary.layers:
            if record.state == LayerState.FAILED:
                _logger.warning("Layer %s failed: %s", record.name, record.reason)
        self.say_written(summary.output_file)
        self.outputs.output_file = summary.output_file
        self.outputs.summary = summary.as_dict()

    def _classify(self, inputs: Inputs) -> VolumeSummary:
        from ..volume.runner import classify_volume

        options = layer_options(inputs)
        found = find_layers(inputs.layers, z_motor=inputs.z_motor or None)
        for warning in found.warnings:
            _logger.warning(warning)
        return classify_volume(
            *(found.layers, options, inputs.output_file),
            motor=found.motor,
            unit=found.unit,
            looks=found.looks(options),
            mask=read_mask(inputs.mask_file) if inputs.mask_file else None,
            scheduler=inputs.scheduler or "",
            resume=inputs.resume,
            overwrite=inputs.overwrite,
            on_layer=self._on_layer,
            monitor=self.monitor(f"{len(found.layers)} layers"),
        )


def layer_options(inputs: Inputs) -> LayerOptions:
    """How the task classifies each layer."""
    return LayerOptions(
        model_file=inputs.model_file or "",
        detector_file=inputs.detector_file or "",
        patch_size=inputs.patch_size,
        stride=inputs.stride,
        dark=inputs.dark,
        motor=inputs.rocking_motor or None,
        region=Region.parse(inputs.region) if inputs.region else None,
        binning=inputs.binning,
        find_dislocations=inputs.find_dislocations,
        device=inputs.device,
    )
