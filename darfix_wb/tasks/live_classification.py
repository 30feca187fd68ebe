"""Classify a scan while it is recorded."""

from __future__ import annotations

import logging

from ewokscore.model import BaseOutputModel
from pydantic import ConfigDict

from ..detection.tracing import THRESHOLD
from ..live.following import POLL_S, TIMEOUT_S
from ..live.options import LiveOptions
from .base import CancellableTask, TaskInputs

_logger = logging.getLogger(__name__)


class Inputs(TaskInputs):
    scan: str
    """HDF5 file or data URL of the scan; it need not exist yet and is not locked."""
    output_file: str
    """NeXus file to write; while the scan goes on, it holds what was found so far."""
    data_path: str | None = None
    """Scan to follow, e.g. "3.1", its detector or its frames; if not given, the last scan of the
    file while it goes on."""
    rocking_motor: str | None = None
    """Name of the rocking motor; if not given, the one in the scan's command, or the one that
    moves."""
    poll: float = POLL_S
    """Time between two looks at the file, in seconds."""
    timeout: float = TIMEOUT_S
    """Time without news after which the scan counts as over, in seconds."""
    model_file: str | None = None
    """Model (.safetensors); if empty, the shipped model."""
    detector_file: str | None = None
    """File of the line detector; if not given, the shipped detector."""
    patch_size: int | None = None
    """Side of a patch in pixels; if not given, chosen for frame and model."""
    stride: int | None = None
    """Distance between patches in pixels; if not given, one patch while the scan goes on and half
    a patch at its end."""
    dark: float | None = None
    """Dark level in counts; if not given, it is estimated."""
    mask_file: str | None = None
    """Mask of invalid pixels (not 0), in addition to those that are found."""
    find_dislocations: bool = True
    """Whether the dislocation image is made at the end and lines are found in it."""
    line_threshold: float = THRESHOLD
    """Least probability of a dislocation line in the table of lines, between 0 and 1."""
    device: str = "auto"
    """Processor of the networks: "auto" (CUDA where there is one), "cpu", "cuda" or
    "cuda:<number>"."""
    overwrite: bool = False
    """Whether an existing output file may be replaced."""


class Outputs(BaseOutputModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    output_file: str
    """The file that was written: classification and images of the scan."""
    n_frames: int
    """Number of frames of the result."""
    ending: str
    """How the scan ended, a sentence."""
    warnings: list[str]
    """Why the result may not be trusted, a sentence each."""


class LiveClassification(CancellableTask, input_model=Inputs, output_model=Outputs):
    """Classify the frames of a scan while it is recorded, and the whole scan at its end."""

    def run(self) -> None:
        inputs = Inputs(**self.get_input_values())
        from ..live.session import LiveSession

        given = inputs.model_dump()
        options = LiveOptions(poll_s=given.pop("poll"), timeout_s=given.pop("timeout"), **given)
        session = LiveSession(options)
        session.follow(self.monitor())
        ended = session.finish(self.monitor("Classifying the whole scan"))
        self.say_written(ended.output_file)
        beam_map = ended.result.beam_map
        for warning in beam_map.warnings:
            _logger.warning(warning)
        self.outputs.output_file = ended.output_file
        self.outputs.n_frames = beam_map.n_frames
        self.outputs.ending = ended.ending
        self.outputs.warnings = list(beam_map.warnings)
