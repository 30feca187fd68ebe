"""The result when a scan is over: everything anew, as ``darfix-wb classify`` does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

from ..beam import BeamMap
from ..classification.network import classify
from ..detection.detector import LineDetector
from ..detection.mapping import map_dislocations
from ..extraction import PatchedScan, extract
from ..integration import BeamImages, integrate
from ..integration.empty_images import image_warnings
from ..integration.files import beam_provenance, save_beam_file
from ..io.frame_sources import open_scan
from ..io.mask_files import read_mask
from ..io.output import InputFile
from ..model import BeamModel
from ..patches import overlapping_stride
from ..progress import Monitor
from .options import LiveOptions


class FinalResult(NamedTuple):
    """What the output file has.

    Attributes
    ----------
    patched : PatchedScan
        The scan as it was recorded.
    beam_map : BeamMap
        Its classification, with all warnings.
    images : BeamImages
        Its images.
    """

    patched: PatchedScan
    beam_map: BeamMap
    images: BeamImages


def classify_recorded(
    options: LiveOptions,
    detector: LineDetector | None,
    data_path: str,
    frames: str | None,
    monitor: Monitor,
) -> FinalResult:
    """Classify a scan that was recorded, by the functions and defaults of ``darfix-wb classify``.

    Parameters
    ----------
    options : LiveOptions
        The scan and how it is classified.
    detector : LineDetector or None
        Of the lines; None to look for none.
    data_path : str
        Data set of its frames.
    frames : str or None
        Range of the frames that are whole, e.g. ``"0:17"``; None for all.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Raises
    ------
    DarfixWBError
        If the scan cannot be used, with the reason.
    """
    cutting, classifying, integrating, finding = (
        monitor.part(a, b) for a, b in ((0, 0.2), (0.2, 0.6), (0.6, 0.8), (0.8, 1))
    )
    scan = open_scan(options.scan, data_path=data_path, motor=options.rocking_motor, frames=frames)
    model = BeamModel.load(options.model_file)
    size = model.patch_size_for(scan.frame_shape, options.patch_size, stride=options.stride)
    stride = overlapping_stride(size) if options.stride is None else options.stride
    mask = read_mask(options.mask_file) if options.mask_file else None
    patched = extract(
        scan, patch_size=size, stride=stride, dark=options.dark, mask=mask, monitor=cutting
    )
    beam_map = classify(patched, model, device=options.device, monitor=classifying)
    images = integrate(patched, beam_map, monitor=integrating)
    if detector is not None:
        found = map_dislocations(
            patched,
            detector=detector,
            threshold=options.line_threshold,
            device=options.device,
            monitor=finding,
        )
        images = replace(images, dislocations=found)
    beam_map = replace(beam_map, warnings=(*beam_map.warnings, *image_warnings(images)))
    return FinalResult(patched, beam_map, images)


def save_final(
    path: Path, result: FinalResult, options: LiveOptions, inputs: Sequence[InputFile]
) -> None:
    """Write the result to the output, in the place of what was preliminary."""
    scan = result.patched.scan
    provenance = beam_provenance(result.beam_map, scan, asdict(options))
    save_beam_file(
        path, result.beam_map, result.images, scan, provenance, overwrite=True, inputs=inputs
    )
