"""Sum the weak-beam and the strong-beam signal of a dataset."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy
from ewokscore.model import BaseOutputModel
from pydantic import ConfigDict, InstanceOf

from ..beam import BeamMap
from ..detection.dislocation_map import DislocationMap
from ..detection.lines import Lines
from ..detection.mapping import map_dislocations
from ..detection.tracing import THRESHOLD, check_line_threshold
from ..extraction import PatchedScan
from ..integration import BeamImages, integrate
from ..integration.empty_images import image_warnings
from ..integration.files import beam_provenance, save_beam_file
from ..integration.threshold import check_threshold
from ..io.darfix.dataset import AnyDataset, dataset_files, dataset_with_frames, pixel_axes
from ..io.input_files import input_files
from ..io.output import InputFile, check_output
from ..io.output_names import HDF5_SUFFIXES
from .base import CancellableTask, TaskInputs, optional_instance
from .classified_patches import extract_again, take_patches

if TYPE_CHECKING:
    from ..detection.detector import LineDetector

EXTRACTION_SHARE = 0.3
INTEGRATION_SHARE = 0.7

_logger = logging.getLogger(__name__)


class Inputs(TaskInputs):
    dataset: AnyDataset
    """Darfix dataset that was classified."""
    classification: InstanceOf[BeamMap]
    """Classification of its patches, from the weak-beam classifier."""
    mode: Literal["default", "paper"] = "default"
    """How frames are integrated: "default" gives the mean counts above dark of the contributing
    frames, "paper" the sum of counts, as published."""
    threshold: float | None = None
    """Threshold of the binary map: standard deviations above the local background (5 if not given)
    or, in the mode "paper", a fraction of the brightest pixel (0.6 if not given)."""
    output_file: str | None = None
    """NeXus file to write; if empty, no file is written."""
    overwrite: bool = False
    """Whether an existing output file may be replaced."""
    dark: float | None = None
    """Dark level in counts; if not given, that of the classification."""
    rocking_motor: str | None = None
    """Name of the rocking motor; if not given, that of the classification."""
    patches: optional_instance(PatchedScan) = None
    """Patches that were classified, from the same weak-beam classifier; without them the frames
    are read again."""
    find_dislocations: bool = True
    """Whether the dislocation image is made and lines are found in it."""
    line_threshold: float = THRESHOLD
    """Least probability of a dislocation line in the table of lines, between 0 and 1."""
    detector_file: str | None = None
    """File of the line detector; if not given, the shipped detector."""
    device: str = "auto"
    """Processor of the detector: "auto" (CUDA where there is one), "cpu", "cuda" or
    "cuda:<number>"."""


class Outputs(BaseOutputModel):
    model_config = ConfigDict(use_attribute_docstrings=True, arbitrary_types_allowed=True)

    dataset: AnyDataset
    """The dataset with the weak-beam signal only, ``(n_frames, height, width)`` float32."""
    weak_beam_image: Any
    """Mean counts of the weak-beam frames, ``(height, width)`` float32; NaN without any."""
    strong_beam_image: Any
    """Mean counts of the strong-beam frames, ``(height, width)`` float32; NaN without any."""
    binary_map: Any
    """Pixels where the weak-beam image rises above the threshold, ``(height, width)`` bool."""
    images: InstanceOf[BeamImages]
    """These images, those of the two flanks, the numbers of contributing frames, and the map of
    dislocations."""
    dislocation_image: Any
    """The image in which dislocations stand out, in sigma of its noise, ``(height, width)``
    float32; NaN where nothing is lit. None if it was not asked for."""
    line_probability: Any
    """Probability of a dislocation line within 3 px of each pixel, ``(height, width)`` float32;
    None if it was not asked for."""
    lines: InstanceOf[Lines] | None
    """Table of the dislocation lines: row, column, length, direction, score and asymmetry; None if
    it was not asked for."""
    output_file: str | None
    """The file that was written, if any."""


class BeamIntegration(CancellableTask, input_model=Inputs, output_model=Outputs):
    """Integrate the weak-beam and the strong-beam signal over the rocking curve."""

    def run(self) -> None:
        inputs = Inputs(**self.get_input_values())
        check_threshold(inputs.mode, inputs.threshold)
        check_line_threshold(inputs.line_threshold)
        if inputs.output_file:
            files = _input_files(inputs)
            check_output(
                inputs.output_file,
                overwrite=inputs.overwrite,
                inputs=files,
                suffixes=HDF5_SUFFIXES,
            )
        detector = _detector(inputs)
        patched = self._patches(inputs)
        weak_frames = numpy.empty(patched.scan.frames.shape, dtype=numpy.float32)
        images = self._integrate(inputs, patched, weak_frames)
        if detector is not None:
            images = replace(images, dislocations=self._dislocations(inputs, patched, detector))
        for warning in image_warnings(images):
            _logger.warning(warning)
        if inputs.output_file:
            self._save(inputs, patched, images)
            self.say_written(inputs.output_file)
        self.outputs.dataset = dataset_with_frames(inputs.dataset, weak_frames)
        self.outputs.weak_beam_image = images.weak
        self.outputs.strong_beam_image = images.strong
        self.outputs.binary_map = images.binary_map
        self.outputs.images = images
        found = images.dislocations
        self.outputs.dislocation_image = None if found is None else found.image
        self.outputs.line_probability = None if found is None else found.probability
        self.outputs.lines = None if found is None else found.lines
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
        stop = INTEGRATION_SHARE if inputs.find_dislocations else 1.0
        return integrate(
            patched,
            inputs.classification,
            mode=inputs.mode,
            threshold=inputs.threshold,
            weak_frames=weak_frames,
            monitor=self.monitor("Integrating", start=start, stop=stop),
        )

    def _dislocations(
        self, inputs: Inputs, patched: PatchedScan, detector: LineDetector
    ) -> DislocationMap:
        return map_dislocations(
            patched,
            detector=detector,
            threshold=inputs.line_threshold,
            device=inputs.device,
            monitor=self.monitor("Finding dislocations", start=INTEGRATION_SHARE),
        )

    @staticmethod
    def _save(inputs: Inputs, patched: PatchedScan, images: BeamImages) -> None:
        parameters = {
            "mode": images.mode,
            "threshold": images.threshold,
            "dark": patched.background.describe_level(),
            "rocking_motor": patched.scan.motor,
            "line_threshold": inputs.line_threshold if inputs.find_dislocations else None,
            "detector_file": inputs.detector_file,
        }
        warnings = (*inputs.classification.warnings, *image_warnings(images))
        save_beam_file(
            inputs.output_file,
            replace(inputs.classification, warnings=warnings),
            images,
            patched.scan,
            beam_provenance(inputs.classification, patched.scan, parameters),
            axes=pixel_axes(inputs.dataset),
            overwrite=inputs.overwrite,
            inputs=_input_files(inputs),
        )


def _detector(inputs: Inputs) -> LineDetector | None:
    """The detector, if lines are to be found; refused before the work if it cannot be."""
    from ..detection.detector import LineDetector
    from ..device import resolve_device

    if not inputs.find_dislocations:
        return None
    resolve_device(inputs.device)
    return LineDetector.load(inputs.detector_file)


def _input_files(inputs: Inputs) -> tuple[InputFile, ...]:
    record = inputs.classification.record
    mask_file = None if record is None else record.mask_file
    return input_files(
        scan=dataset_files(inputs.dataset), detector=inputs.detector_file, mask_file=mask_file
    )
