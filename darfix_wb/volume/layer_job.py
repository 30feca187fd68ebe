"""One layer of a volume, from the frames in its file to images."""

from __future__ import annotations

from dataclasses import replace

import numpy

from ..beam import BeamCondition, BeamMap
from ..classification.network import classify
from ..detection.detector import LineDetector
from ..detection.mapping import map_dislocations
from ..extraction import PatchedScan, extract
from ..integration import BeamImages, integrate
from ..integration.empty_images import image_warnings
from ..io.frame_sources import open_scan
from ..model import BeamModel
from ..patches import overlapping_stride
from ..pixels import GivenMask
from ..progress import SILENT, Monitor
from ..scan import RockingScan
from .binning import binned
from .layer import Layer
from .options import LayerOptions
from .region import RegionFrames
from .result import LayerResult


class LayerJob:
    """Classifies layers one after the other; model and detector are loaded once.

    Parameters
    ----------
    options : LayerOptions
        The same for all layers.
    mask : GivenMask, optional
        Invalid pixels of the detector, known from all layers, ``(height, width)`` of the region.
    """

    def __init__(self, options: LayerOptions, *, mask: GivenMask | None = None) -> None:
        self._options, self._mask = options, mask
        self._model = BeamModel.load(options.model_file or None)
        self._detector = None
        if options.find_dislocations:
            self._detector = LineDetector.load(options.detector_file or None)

    def __call__(self, layer: Layer, *, monitor: Monitor = SILENT) -> LayerResult:
        """Read a layer, classify and integrate it, find its lines.

        Raises
        ------
        DarfixWBError
            If its scan cannot be used, with the reason.
        """
        cutting, classifying, integrating, finding = (
            monitor.part(a, b) for a, b in ((0, 0.2), (0.2, 0.6), (0.6, 0.8), (0.8, 1))
        )
        scan = self._open(layer)
        patched = self._extract(scan, cutting)
        device = self._options.device
        beam_map = classify(patched, self._model, device=device, monitor=classifying)
        images = integrate(patched, beam_map, monitor=integrating)
        if self._detector is not None:
            found = map_dislocations(
                patched, detector=self._detector, device=device, monitor=finding
            )
            images = replace(images, dislocations=found)
        warnings = (*beam_map.warnings, *image_warnings(images))
        return LayerResult(
            _pictures(images, self._options.binning),
            beam_map.condition(),
            _summary(patched, beam_map, images),
            tuple(dict.fromkeys(warnings)),
        )

    def _open(self, layer: Layer) -> RockingScan:
        options = self._options
        scan = open_scan(layer.url, motor=options.motor)
        if options.region is None:
            return scan
        options.region.check(scan.frame_shape)
        dark = None if scan.dark is None else scan.dark[options.region.slices]
        return replace(scan, frames=RegionFrames(scan.frames, options.region), dark=dark)

    def _extract(self, scan: RockingScan, monitor: Monitor) -> PatchedScan:
        options = self._options
        size = self._model.patch_size_for(
            scan.frame_shape, options.patch_size, stride=options.stride
        )
        stride = overlapping_stride(size) if options.stride is None else options.stride
        return extract(
            scan,
            patch_size=size,
            stride=stride,
            dark=options.dark,
            mask=self._mask,
            monitor=monitor,
        )


def _pictures(images: BeamImages, binning: int) -> dict[str, numpy.ndarray]:
    pictures = {
        "weak_beam": images.weak,
        "wb_low": images.weak_low,
        "wb_high": images.weak_high,
        "strong_beam": images.strong,
    }
    if images.dislocations is not None:
        pictures["dislocation_image"] = images.dislocations.image
        pictures["line_probability"] = images.dislocations.probability
    return {name: binned(image, binning) for name, image in pictures.items()}


def _summary(patched: PatchedScan, beam_map: BeamMap, images: BeamImages) -> dict[str, float]:
    condition = beam_map.condition()
    summary = {
        "n_frames": patched.scan.n_frames,
        "n_used": int(patched.scan.used.sum()),
        **{one.name.lower(): float((condition == one).mean()) for one in BeamCondition},
        "dark": patched.background.mean_level,
    }
    if images.dislocations is not None:
        summary["lines"] = len(images.dislocations.lines)
        summary["lines_px"] = float(images.dislocations.lines.length.sum())
    return summary
