"""Find the network of dislocation lines in a volume."""

from __future__ import annotations

import logging
import math
from typing import Any

from ewokscore.model import BaseOutputModel
from pydantic import ConfigDict

from ..reconstruction.options import METHODS, ReconstructionOptions
from .base import CancellableTask, TaskInputs

_logger = logging.getLogger(__name__)


class Inputs(TaskInputs):
    volume_file: str
    """Volume file, from the volume classification."""
    spacing: list[float]
    """Distances between layers, between rows and between columns of the images, in um."""
    output_file: str
    """NeXus file to write the lines to."""
    reference: str | None = None
    """Lines or a volume of boolean values to compare with; if empty, nothing is compared."""
    method: str = METHODS[0]
    """How lines are found: "linking" beads from layer to layer, or "skeleton"."""
    threshold: float = ReconstructionOptions.threshold
    """How far a bead must stand out, in sigma."""
    correct_jitter: bool = True
    """Whether the displacement of single layers is estimated from the beads and corrected."""
    burgers_um: float | None = None
    """Length of the Burgers vector in um, for the misorientation of boundaries; if not given, the
    misorientation is not computed."""
    export: str | list[str] | None = None
    """Formats to write beside the output file, e.g. ["vtp", "csv"]; if empty, none."""
    overwrite: bool = False
    """Whether existing output files may be replaced."""


class Outputs(BaseOutputModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    report: dict[str, Any]
    """Lines, their length, density, junctions and boundaries; how they compare with the reference;
    warnings."""
    output_file: str
    """The file of the lines."""


class DislocationReconstruction(CancellableTask, input_model=Inputs, output_model=Outputs):
    """Find the dislocation lines of a volume, and compare them with a reference."""

    def run(self) -> None:
        from ..reconstruction.files import reconstruct_file

        inputs = Inputs(**self.get_input_values())
        formats = [inputs.export] if isinstance(inputs.export, str) else inputs.export
        exports = tuple(filter(None, formats or ()))
        report = reconstruct_file(
            inputs.volume_file,
            inputs.spacing,
            inputs.output_file,
            reconstruction_options(inputs),
            reference=inputs.reference or "",
            export=exports,
            overwrite=inputs.overwrite,
            monitor=self.monitor("Reconstructing"),
        )
        for warning in report.warnings:
            _logger.warning(warning)
        self.say_written(inputs.output_file, beside=exports)
        self.outputs.report = report.as_dict()
        self.outputs.output_file = inputs.output_file


def reconstruction_options(inputs: Inputs) -> ReconstructionOptions:
    """How the task finds lines."""
    return ReconstructionOptions(
        method=inputs.method,
        threshold=inputs.threshold,
        correct_jitter=inputs.correct_jitter,
        burgers_um=math.nan if inputs.burgers_um is None else inputs.burgers_um,
    )
