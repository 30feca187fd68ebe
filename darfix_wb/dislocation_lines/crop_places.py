"""Which places of which layers a crop along a line takes its values from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy
from scipy.ndimage import gaussian_filter1d

from ..errors import DarfixWBError
from .image_stack import ImageStack
from .line import SPAN_UM, DislocationLine, LineKind
from .line_crop import LineCrop


@dataclass(frozen=True, eq=False)
class Sampling:
    """Where a crop takes its values from: entries of each plane, and where these go."""

    crop: LineCrop
    places: dict[int, tuple[tuple, numpy.ndarray]]
    """By plane the index into the crop, and ``(2, ...)`` rows and columns in pixels."""


def sampling_of(
    number: int, line: DislocationLine, images: ImageStack, width_um: float
) -> Sampling:
    """Where the crop of a line lies; as `darfix_wb.dislocation_lines.crops.crop_lines` says.

    Raises
    ------
    DarfixWBError
        If the line cannot be cut out.
    """
    rise = numpy.ptp(line.points_um[:, 0])
    through = line.kind == LineKind.THROUGH_LAYERS or (
        line.kind == LineKind.UNKNOWN and rise > images.step_um
    )
    cut = _through_layers if through else _in_layer
    return cut(number, line, images, width_um)


def _through_layers(
    number: int, line: DislocationLine, images: ImageStack, width_um: float
) -> Sampling:
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
    return Sampling(crop, places)


def _in_layer(number: int, line: DislocationLine, images: ImageStack, width_um: float) -> Sampling:
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
    return Sampling(crop, {place: ((...,), _pixels(wanted, images))})


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
