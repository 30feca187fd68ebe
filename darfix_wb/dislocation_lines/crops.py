"""Images of a volume along one line, straightened, as tools that find Burgers vectors take them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy
from scipy.ndimage import gaussian_filter1d, map_coordinates

from ..errors import DarfixWBError
from ..progress import SILENT, Monitor
from .image_stack import ImageStack
from .line import SPAN_UM, DislocationLine, LineKind

WIDTH_UM = 6.0
"""Side of a crop: strain contrast of a lone dislocation fades within about 3 um."""


@dataclass(frozen=True, eq=False)
class LineCrop:
    """Images along a line.

    Attributes
    ----------
    number : int
        Number of the line.
    kind : LineKind
        THROUGH_LAYERS: images are ``(layer, row, column)``, the line stands in the middle pixel of
        each layer. IN_LAYER: images are ``(along, across)``, the line is the middle column;
        across goes to greater rows where along goes to greater columns.
    images : dict of str to numpy.ndarray
        float32, interpolated linearly; NaN outside the images and where a layer is missing.
    units : mapping of str to str
        Unit of each image.
    along_um : numpy.ndarray
        ``(n,)`` float64: positions of the layers, or length along the line.
    offsets_um : tuple of numpy.ndarray
        Distance from the line of each row and each column, or of each pixel across.
    points_um : numpy.ndarray
        ``(n, 3)`` float64 (layer, row, column): the line at each place along it.
    layer_um : float
        Position of the layer, if IN_LAYER; NaN otherwise.
    burgers_um : numpy.ndarray or None
        As of the line.
    """

    number: int
    kind: LineKind
    images: dict[str, numpy.ndarray]
    units: Mapping[str, str]
    along_um: numpy.ndarray
    offsets_um: tuple[numpy.ndarray, ...]
    points_um: numpy.ndarray
    layer_um: float = numpy.nan
    burgers_um: numpy.ndarray | None = None


@dataclass(frozen=True, eq=False)
class _Sampling:
    """Where a crop takes its values from: entries of each plane, and where these go."""

    crop: LineCrop
    places: dict[int, tuple[tuple, numpy.ndarray]]
    """By plane the index into the crop, and ``(2, ...)`` rows and columns in pixels."""


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
) -> tuple[list[_Sampling], tuple[str, ...]]:
    samplings, reasons = [], []
    for number, line in enumerate(lines):
        try:
            samplings.append(_sampling(number, line, images, width_um))
        except DarfixWBError as error:
            reasons.append(str(error))
    if not reasons:
        return samplings, ()
    if not samplings:
        raise DarfixWBError(reasons[0])
    sentence = f"{len(reasons)} of {len(lines)} lines were left out. The first: {reasons[0]}"
    return samplings, (sentence,)


def _fill(name: str, image: numpy.ndarray, place: int, samplings: Sequence[_Sampling]) -> None:
    for sampling in samplings:
        if place in sampling.places:
            index, pixels = sampling.places[place]
            sampling.crop.images[name][index] = map_coordinates(
                image, pixels, order=1, mode="constant", cval=numpy.nan
            )


def _sampling(number: int, line: DislocationLine, images: ImageStack, width_um: float) -> _Sampling:
    rise = numpy.ptp(line.points_um[:, 0])
    through = line.kind == LineKind.THROUGH_LAYERS or (
        line.kind == LineKind.UNKNOWN and rise > images.step_um
    )
    cut = _through_layers if through else _in_layer
    return cut(number, line, images, width_um)


def _through_layers(
    number: int, line: DislocationLine, images: ImageStack, width_um: float
) -> _Sampling:
    rises = line.points_um[0, 0] <= line.points_um[-1, 0]
    points = line.points_um if rises else line.points_um[::-1]
    heights = points[:, 0]
    if (numpy.diff(heights) < 0).any():
        raise DarfixWBError(
            f"A line that is cut layer by layer must cross each layer once, and line {number} "
            "turns back between layers. Split it where it turns, or leave it out."
        )
    inside = [
        (place, plane)
        for place, plane in enumerate(images.planes)
        if heights[0] <= plane.position_um <= heights[-1]
    ]
    _check_inside(number, inside)
    along = numpy.array([plane.position_um for _, plane in inside])
    columns = (numpy.interp(along, heights, values) for values in points.T)
    centres = numpy.stack(list(columns), axis=1)
    offsets = tuple(_offsets(width_um, pixel) for pixel in images.pixel_um)
    shape = (len(along), *(len(one) for one in offsets))
    mesh = numpy.stack(numpy.meshgrid(*offsets, indexing="ij"))
    places = {
        place: ((entry,), _pixels(centres[entry, 1:, None, None] + mesh, images))
        for entry, (place, _) in enumerate(inside)
    }
    crop = LineCrop(
        number,
        LineKind.THROUGH_LAYERS,
        _nothing(images, shape),
        images.units,
        along,
        offsets,
        centres,
        burgers_um=line.burgers_um,
    )
    return _Sampling(crop, places)


def _in_layer(number: int, line: DislocationLine, images: ImageStack, width_um: float) -> _Sampling:
    if line.length_um == 0:
        raise DarfixWBError(
            f"A line that is cut along itself must have a length, and line {number} has none. "
            "Leave it out."
        )
    step = min(images.pixel_um)
    centres = line.resampled(step)
    middle = float(numpy.mean(centres[:, 0]))
    half = images.step_um / 2
    near = sorted(
        (abs(plane.position_um - middle), place, plane) for place, plane in enumerate(images.planes)
    )
    _check_inside(number, [one for one in near if one[0] <= half * 1.001])
    _, place, plane = near[0]
    across = _offsets(width_um, step)
    normals = _normals(centres[:, 1:], line.length_um / (len(centres) - 1))
    wanted = centres[:, 1:].T[:, :, None] + normals.T[:, :, None] * across
    crop = LineCrop(
        number,
        LineKind.IN_LAYER,
        _nothing(images, wanted.shape[1:]),
        images.units,
        numpy.linspace(0.0, line.length_um, len(centres)),
        (across,),
        centres,
        layer_um=plane.position_um,
        burgers_um=line.burgers_um,
    )
    return _Sampling(crop, {place: ((...,), _pixels(wanted, images))})


def _check_inside(number: int, planes: Sequence[tuple[object, ...]]) -> None:
    if not planes:
        raise DarfixWBError(
            f"A line must cross a layer of the volume or lie in one, and line {number} does not. "
            "Give the volume that it was found in, or leave the line out."
        )


def _offsets(width_um: float, pixel_um: float) -> numpy.ndarray:
    half = int(numpy.ceil(width_um / 2 / pixel_um - 1e-9))
    return pixel_um * numpy.arange(-half, half + 1)


def _normals(places: numpy.ndarray, step_um: float) -> numpy.ndarray:
    """``(n, 2)`` unit vectors (row, column) across a curve, whose directions are smoothed."""
    tangents = numpy.gradient(places, axis=0)
    tangents = gaussian_filter1d(tangents, SPAN_UM / 2 / step_um, axis=0, mode="nearest")
    lengths = numpy.linalg.norm(tangents, axis=1, keepdims=True)
    tangents = tangents / numpy.where(lengths > 0, lengths, 1.0)
    return numpy.stack([tangents[:, 1], -tangents[:, 0]], axis=1)


def _pixels(places_um: numpy.ndarray, images: ImageStack) -> numpy.ndarray:
    extra = (1,) * (places_um.ndim - 1)
    origin = numpy.array(images.origin_um).reshape(2, *extra)
    return (places_um - origin) / numpy.array(images.pixel_um).reshape(2, *extra)


def _nothing(images: ImageStack, shape: tuple[int, ...]) -> dict[str, numpy.ndarray]:
    return {name: numpy.full(shape, numpy.nan, numpy.float32) for name in images.units}
