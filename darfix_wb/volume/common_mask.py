"""One mask of hot, warm and dead pixels for all layers of a volume."""

from __future__ import annotations

from collections.abc import Sequence

import numpy

from ..errors import DarfixWBError
from ..frame_checks import sample_frames
from ..io.frame_sources import open_scan
from ..pixels import (
    IN_MEDIAN_LAYER,
    IN_MOST_LAYERS,
    GivenMask,
    PixelMask,
    find_invalid_pixels,
    isolated_pixels,
)
from ..progress import SILENT, Monitor
from ..scan import RockingScan
from .layer import Layer
from .options import LayerOptions
from .region import RegionFrames

MOST_LAYERS = 9
"""Layers that are looked at, spread over the volume."""

LEAST_LAYERS = 3
"""With fewer, the median over layers does not tell a pixel from what the crystal shows."""

DARKEST = 4
"""Frames of a layer whose mean shows its warm pixels: those with the least signal."""


def common_mask(
    layers: Sequence[Layer],
    options: LayerOptions,
    *,
    given: GivenMask | None = None,
    monitor: Monitor = SILENT,
) -> PixelMask | None:
    """Find the pixels of the detector that are invalid in all layers.

    A pixel is invalid that `darfix_wb.pixels.find_invalid_pixels` finds in most of the layers that
    are looked at, or, where there are three or more, that stands out alone in the median over these
    layers of their darkest frames.
    A dislocation that stands on one layer is a spot there only, and the optics blur it over
    several pixels: it is neither.

    At most twelve frames of one layer are in memory, and one float32 image of each layer looked at:
    with what is computed of them 500 MB for frames of 2160x2560 px, whatever their number.

    Parameters
    ----------
    layers : sequence of Layer
        All layers; at most `MOST_LAYERS` are read. Those that cannot be are left aside.
    options : LayerOptions
        Their rocking motor and region.
    given : GivenMask, optional
        Invalid pixels beside those that are found, ``(height, width)`` of the region.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    PixelMask or None
        ``(height, width)`` of the region, or of the frames where there is none. None where no layer
        can be read, or their frames have different shapes.

    Raises
    ------
    DarfixWBError
        If the given mask does not fit.
    """
    places = numpy.linspace(0, len(layers) - 1, min(MOST_LAYERS, len(layers))).round().astype(int)
    darkest, masks = [], []
    for place, part in zip(places, monitor.parts(len(places)), strict=True):
        monitor.check("The search for invalid pixels was cancelled.")
        try:
            image, mask = _look_at(layers[place], options, part)
        except DarfixWBError:
            continue
        darkest.append(image)
        masks.append(mask)
    if len({image.shape for image in darkest}) != 1:
        return None
    votes = numpy.sum([mask.invalid for mask in masks], axis=0, dtype=numpy.uint8)
    found = PixelMask(
        numpy.zeros(votes.shape, dtype=bool),
        zeros_are_counts=2 * sum(mask.zeros_are_counts for mask in masks) > len(masks),
        wrapped=any(mask.wrapped for mask in masks),
    )
    found = found.add(IN_MOST_LAYERS, 2 * votes > len(masks))
    if len(darkest) >= LEAST_LAYERS:
        for pixels in isolated_pixels(_median(darkest)):
            found = found.add(IN_MEDIAN_LAYER, pixels)
    return found if given is None else found.add_given(given)


def _look_at(
    layer: Layer, options: LayerOptions, monitor: Monitor
) -> tuple[numpy.ndarray, PixelMask]:
    """Mean of the darkest frames, float32, and the pixels that are invalid in the layer."""
    scan = open_scan(layer.url, motor=options.motor)
    if options.region is not None:
        options.region.check(scan.frame_shape)
        scan = RockingScan(
            RegionFrames(scan.frames, options.region), scan.angles, left_out=scan.left_out
        )
    frames = list(sample_frames(scan, monitor=monitor).values())
    mask = find_invalid_pixels(frames)
    frames.sort(key=_level)
    total = numpy.zeros(scan.frame_shape, numpy.float32)
    chosen = frames[:DARKEST]
    for frame in chosen:
        total += frame if frame.dtype.kind in "ui" else mask.mend(frame)
    return total / len(chosen), mask


def _level(frame: numpy.ndarray) -> float:
    return float(numpy.nanmean(frame[::8, ::8]))


def _median(images: Sequence[numpy.ndarray]) -> numpy.ndarray:
    """``(height, width)`` float32: the median over images; rows at a time, to spare memory."""
    median = numpy.empty(images[0].shape, numpy.float32)
    for top in range(0, len(median), 64):
        rows = slice(top, top + 64)
        median[rows] = numpy.median([image[rows] for image in images], axis=0)
    return median
