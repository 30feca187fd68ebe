"""Images of a volume as ImageData (.vti) and RectilinearGrid (.vtr) of VTK, for ParaView."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy

from ..image_stack import ImageStack
from .frame import FRAME
from .vtk_xml import VtkXmlFile


def write_vti(path: str | os.PathLike, images: ImageStack, *, overwrite: bool = False) -> None:
    """Write images whose layers lie at even distances; a missing layer is a plane of NaN.

    A value stands at the centre of its pixel (point data); the column runs fastest. One image is
    in memory at a time.

    Parameters
    ----------
    path : str or path-like
        File to write; it appears when it is complete.
    images : ImageStack
        What is written, as float32.
    overwrite : bool
        Whether a file that exists may be replaced.

    Raises
    ------
    DarfixWBError
        If the file exists or cannot be written, or the layers lie at uneven distances.
    """
    step = images.even_step_um("A .vti file")
    first = images.planes[0].position_um
    place = {
        "Origin": _numbers(images.origin_um[1], images.origin_um[0], first),
        "Spacing": _numbers(images.pixel_um[1], images.pixel_um[0], step),
    }
    _write(path, "ImageData", images, place, [], VtkXmlFile("ImageData"), overwrite)


def write_vtr(path: str | os.PathLike, images: ImageStack, *, overwrite: bool = False) -> None:
    """Write images with the position of each layer, at any distances; otherwise as `write_vti`."""
    file = VtkXmlFile("RectilinearGrid")
    rows, columns = (
        origin + pixel * numpy.arange(count)
        for origin, pixel, count in zip(
            images.origin_um, images.pixel_um, images.image_shape, strict=True
        )
    )
    layers = numpy.array([plane.position_um for plane in images.planes])
    axes = zip("xyz", (columns, rows, layers), strict=True)
    arrays = [file.array(f"{name}_um", values) for name, values in axes]
    coordinates = [file.section("Coordinates", arrays)]
    _write(path, "RectilinearGrid", images, {}, coordinates, file, overwrite)


def _write(
    path: str | os.PathLike,
    kind: str,
    images: ImageStack,
    place: dict[str, str],
    coordinates: list[str],
    file: VtkXmlFile,
    overwrite: bool,
) -> None:
    shape = (len(images.planes), *images.image_shape)
    extent = " ".join(f"0 {side - 1}" for side in reversed(shape))
    arrays = [_array(file, images, name, shape) for name in images.units]
    data = file.section("PointData", arrays, Scalars=next(iter(images.units), ""))
    piece = file.section("Piece", [data, *coordinates], Extent=extent)
    parts = [file.text("frame", FRAME), piece]
    body = file.section(kind, parts, WholeExtent=extent, **place)
    file.write(path, body, overwrite=overwrite)


def _array(file: VtkXmlFile, images: ImageStack, name: str, shape: tuple[int, ...]) -> str:
    def blocks() -> Iterator[numpy.ndarray]:
        return (images.image(name, plane) for plane in images.planes)

    count = int(numpy.prod(shape))
    return file.streamed_array(name, numpy.dtype(numpy.float32), (count, 1), blocks)


def _numbers(*values: float) -> str:
    return " ".join(repr(float(value)) for value in values)
