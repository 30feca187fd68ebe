"""One layer of a volume, from the frames in its file to images."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

import numpy

from ..beam import BeamCondition, BeamMap
from ..classification.network import classify
from ..detection.detector import LineDetector
from ..detection.features import detector_features
from ..detection.mapping import find_lines
from ..detection.mosaic import Mosaic, mosaic
from ..dislocation_image import DislocationImage, dislocation_image
from ..extraction import PatchedScan, extract
from ..integration.empty_images import nothing_summed
from ..integration.images import sum_images
from ..io.frame_sources import open_scan
from ..memory import free_memory
from ..model import BeamModel
from ..pixels import PixelMask
from ..progress import SILENT, Monitor
from ..scan import HeldFrames, RockingScan
from .binning import binned
from .layer import Layer
from .options import LayerOptions
from .region import RegionFrames
from .result import LayerResult

HELD_SHARE = 0.25
"""Of the free memory, which the frames of a layer may take."""

PICTURES = {
    "weak_beam": "weak",
    "wb_low": "weak_low",
    "wb_high": "weak_high",
    "strong_beam": "strong",
}
"""Names in the volume, and in the images of a scan."""


class LayerJob:
    """Classifies layers one after the other; model and detector are loaded once.

    Patches lie side by side unless another stride was asked for, and their probabilities are
    interpolated: images are as good as those of half-overlapping patches, in a quarter of the time.

    Parameters
    ----------
    options : LayerOptions
        The same for all layers.
    mask : PixelMask, optional
        Invalid pixels of the detector, ``(height, width)`` of the region; found in each layer if
        not given.
    """

    def __init__(self, options: LayerOptions, *, mask: PixelMask | None = None) -> None:
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
        seen = self._look_at_frames(layer, monitor)
        pictures, summary, warnings = seen.pictures, seen.summary, seen.warnings
        if self._detector is not None:
            found = find_lines(
                seen.dislocations,
                seen.mosaic,
                self._detector,
                features=seen.features,
                device=self._options.device,
                monitor=monitor.part(0.8, 1),
            )
            pictures["dislocation_image"] = self._binned(found.image)
            pictures["line_probability"] = self._binned(found.probability)
            summary["lines"] = len(found.lines)
            summary["lines_px"] = float(found.lines.length.sum())
            warnings = (*warnings, *found.warnings)
        return LayerResult(pictures, seen.conditions, summary, tuple(dict.fromkeys(warnings)))

    def classified(self, layer: Layer, *, monitor: Monitor = SILENT) -> tuple[PatchedScan, BeamMap]:
        """The patches of a layer and their probabilities, without images.

        Raises
        ------
        DarfixWBError
            If its scan cannot be used, with the reason.
        """
        patched = self._extract(self._open(layer), monitor.part(0, 0.3))
        beam_map = classify(
            patched, self._model, device=self._options.device, monitor=monitor.part(0.3, 1)
        )
        return patched, beam_map

    def _look_at_frames(self, layer: Layer, monitor: Monitor) -> _Seen:
        """All that the frames are needed for; they are let go of at the end."""
        shares = ((0, 0.2), (0.2, 0.7), (0.7, 0.8))
        cutting, classifying, integrating = (monitor.part(*share) for share in shares)
        patched = self._extract(self._open(layer), cutting)
        with ThreadPoolExecutor(1) as beside:
            found = beside.submit(self._dislocations, patched, monitor.quiet)
            if not isinstance(patched.scan.frames, HeldFrames):  # one thread at a time reads files
                found.result()
            beam_map = classify(
                patched, self._model, device=self._options.device, monitor=classifying
            )
        side_by_side = not patched.grid.overlaps
        images = sum_images(patched, beam_map, interpolate=side_by_side, monitor=integrating)
        warnings = nothing_summed(weak=images["weak_count"], strong=images["strong_count"])
        pictures = {name: self._binned(images.pop(own)) for name, own in PICTURES.items()}
        conditions = beam_map.condition()
        return _Seen(
            pictures,
            conditions,
            _summary(patched, conditions),
            (*beam_map.warnings, *warnings),
            *found.result(),
            mosaic(patched),
        )

    def _dislocations(
        self, patched: PatchedScan, monitor: Monitor
    ) -> tuple[DislocationImage | None, numpy.ndarray | None]:
        """The dislocation image and what the detector sees of it, without the large sums."""
        if self._detector is None:
            return None, None
        found = dislocation_image(patched, monitor=monitor)
        return replace(found, sums=None), detector_features(found)

    def _open(self, layer: Layer) -> RockingScan:
        options = self._options
        scan = replace(open_scan(layer.url, motor=options.motor), mask=self._mask)
        if options.region is None:
            return scan
        options.region.check(scan.frame_shape)
        dark = None if scan.dark is None else scan.dark[options.region.slices]
        return replace(scan, frames=RegionFrames(scan.frames, options.region), dark=dark)

    def _extract(self, scan: RockingScan, monitor: Monitor) -> PatchedScan:
        options = self._options
        return extract(
            scan,
            patch_size=self._model.patch_size_for(
                scan.frame_shape, options.patch_size, stride=options.stride
            ),
            stride=options.stride,
            dark=options.dark,
            hold=self._holds(scan),
            monitor=monitor,
        )

    def _holds(self, scan: RockingScan) -> bool:
        if self._options.hold_frames is not None:
            return self._options.hold_frames
        free = free_memory()
        needed = math.prod(scan.frames.shape) * scan.frames.dtype.itemsize
        return free is None or needed < HELD_SHARE * free

    def _binned(self, image: numpy.ndarray) -> numpy.ndarray:
        return binned(image, self._options.binning)


class _Seen(NamedTuple):
    """What the frames of a layer showed."""

    pictures: dict[str, numpy.ndarray]
    conditions: numpy.ndarray
    summary: dict[str, float]
    warnings: tuple[str, ...]
    dislocations: DislocationImage | None
    features: numpy.ndarray | None
    mosaic: Mosaic


def _summary(patched: PatchedScan, conditions: numpy.ndarray) -> dict[str, float]:
    return {
        "n_frames": patched.scan.n_frames,
        "n_used": int(patched.scan.used.sum()),
        **{one.name.lower(): float((conditions == one).mean()) for one in BeamCondition},
        "dark": patched.background.mean_level,
    }
