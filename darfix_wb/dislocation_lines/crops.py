"""Images of a volume along lines, straightened, as tools that find Burgers vectors take them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy
from scipy.ndimage import map_coordinates

from ..errors import DarfixWBError
from ..progress import SILENT, Monitor
from .crop_places import Sampling, sampling_of
from .image_stack import ImageStack
from .line import DislocationLine
from .line_crop import LineCrop

WIDTH_UM = 6.0
"""Side of a crop: strain contrast of a lone dislocation fades within about 3 um."""


def crop_lines(
    images: ImageStack,
    lines: Sequence[DislocationLine],
    *,
    width_um: float = WIDTH_UM,
    monitor: Monitor = SILENT,
) -> tuple[list[LineCrop], tuple[str, ...]]:
    """Cut images along each line, in one pass over the volume.

    A line that was found from layer to layer, or whose kind is not known and which goes through
    more than a layer, is cut in each layer between its ends, around the place where it crosses
    that layer. Another one is cut in the layer next to it, along itself: its pixels are as wide as
    the smaller side of a pixel, and at most as long.

    Parameters
    ----------
    images : ImageStack
        E.g. ``wb_low`` and ``wb_high`` of a volume; one image is in memory at a time.
    lines : sequence of DislocationLine
        The lines.
    width_um : float
        Side of a crop, or its width across the line.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    list of LineCrop
        In the order of the lines, without those that cannot be cut: those that turn back between
        layers, lie outside the layers, or have no length.
    tuple of str
        How many were left out and why, in a sentence; empty where none was.

    Raises
    ------
    DarfixWBError
        If there are no images, no line can be cut, or the width is below two pixels.
    """
    if not width_um >= 2 * max(images.pixel_um):
        raise DarfixWBError(
            f"A crop must be at least two pixels wide, {2 * max(images.pixel_um):.3g} um, got "
            f"{width_um:g} um. Choose a larger width."
        )
    if not images.units:
        raise DarfixWBError(
            "Crops are cut from images, and the volume was given without any. Give wb_low and "
            "wb_high, or other images."
        )
    planes = images.planes
    samplings, warnings = _samplings(lines, images, width_um)
    wanted = sorted({place for sampling in samplings for place in sampling.places})
    for count, place in enumerate(wanted):
        monitor.check("Cutting out lines was cancelled.")
        for name in images.units:
            _fill(name, images.image(name, planes[place]), place, samplings)
        monitor.report((count + 1) / len(wanted))
    return [sampling.crop for sampling in samplings], warnings


def _samplings(
    lines: Sequence[DislocationLine], images: ImageStack, width_um: float
) -> tuple[list[Sampling], tuple[str, ...]]:
    samplings, reasons = [], []
    for number, line in enumerate(lines):
        try:
            samplings.append(sampling_of(number, line, images, width_um))
        except DarfixWBError as error:
            reasons.append(str(error))
    if not reasons:
        return samplings, ()
    if not samplings:
        raise DarfixWBError(reasons[0])
    sentence = f"{len(reasons)} of {len(lines)} lines were left out. The first: {reasons[0]}"
    return samplings, (sentence,)


def _fill(name: str, image: numpy.ndarray, place: int, samplings: Sequence[Sampling]) -> None:
    for sampling in samplings:
        if place in sampling.places:
            index, pixels = sampling.places[place]
            sampling.crop.images[name][index] = map_coordinates(
                image, pixels, order=1, mode="constant", cval=numpy.nan
            )
