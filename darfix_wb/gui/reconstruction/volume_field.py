"""The dislocation images of a volume on one grid for the 3D view, and surfaces in it."""

from __future__ import annotations

from typing import NamedTuple

import numpy
from silx.math.marchingcubes import MarchingCubes

from ...errors import DarfixWBError
from ...progress import SILENT, Monitor
from ...reconstruction.layer_stack import LayerStack
from .loading import IMAGE

MOST_BYTES = 128_000_000
"""Of the grid: rows and columns are binned until it is smaller."""

_CANCELLED = "Another volume was chosen."


class VolumeField(NamedTuple):
    """A dislocation image of the whole volume.

    Attributes
    ----------
    values : numpy.ndarray
        ``(layers, rows, columns)`` float32, sigma; 0 where there is no value.
    origin_um, pitch_um : tuple of float
        Centre of the first voxel, and distance of voxels: (layer, row, column).
    binning : int
        Rows and columns of the images in one of the grid.
    """

    values: numpy.ndarray
    origin_um: tuple[float, float, float]
    pitch_um: tuple[float, float, float]
    binning: int


class Surface(NamedTuple):
    """Triangles: vertices (layer, row, column) in um, normals, and the vertices of each."""

    vertices_um: numpy.ndarray
    normals: numpy.ndarray
    indices: numpy.ndarray


def read_field(
    stack: LayerStack, *, most_bytes: int = MOST_BYTES, monitor: Monitor = SILENT
) -> VolumeField:
    """Read the dislocation images, binned by the maximum so that thin lines stay bright.

    Raises
    ------
    DarfixWBError
        If the layers do not lie at even distances.
    OperationCancelled
        If the monitor is asked to stop.
    """
    images = stack.image_stack([IMAGE])
    step = images.even_step_um("The 3D view of images")
    planes = images.planes
    if len(planes) < 2:
        raise DarfixWBError("The 3D view of images needs two layers or more, got one.")
    binning = _binning(len(planes), images.image_shape, most_bytes)
    shape = tuple(side // binning for side in images.image_shape)
    if min(shape) < 2:
        raise DarfixWBError(
            f"The 3D view of images needs two rows and columns or more, got {images.image_shape}."
        )
    values = numpy.empty((len(planes), *shape), numpy.float32)
    for number, plane in enumerate(planes):
        monitor.check(_CANCELLED)
        image = numpy.nan_to_num(images.image(IMAGE, plane), nan=0.0, posinf=0.0, neginf=0.0)
        values[number] = _binned(image, binning, shape)
        monitor.report((number + 1) / len(planes))
    pitch = (step, *(binning * side for side in images.pixel_um))
    middle = (binning - 1) / 2
    origin = (
        planes[0].position_um,
        *(first + middle * side for first, side in zip(images.origin_um, images.pixel_um,
                                                         strict=True)),
    )  # fmt: skip
    return VolumeField(values, origin, pitch, binning)


def surface_at(field: VolumeField, level: float, *, monitor: Monitor = SILENT) -> Surface:
    """The surface at a value, in sigma, layer by layer so that the window stays alive.

    Raises
    ------
    OperationCancelled
        If the monitor is asked to stop.
    """
    cubes = MarchingCubes(isolevel=level)
    for below, above in zip(field.values[:-1], field.values[1:], strict=True):
        monitor.check("Another level was chosen.")
        cubes.process_slice(below, above)
    vertices = cubes.get_vertices() * numpy.float32(field.pitch_um)
    normals = cubes.get_normals() / numpy.float32(field.pitch_um)
    lengths = numpy.linalg.norm(normals, axis=1, keepdims=True)
    normals /= numpy.where(lengths > 0, lengths, 1)
    return Surface(vertices + numpy.float32(field.origin_um), normals, cubes.get_indices())


def _binning(n_planes: int, shape: tuple[int, int], most_bytes: int) -> int:
    n_bytes = 4 * n_planes * shape[0] * shape[1]
    return max(1, int(numpy.ceil(numpy.sqrt(n_bytes / most_bytes))))


def _binned(image: numpy.ndarray, binning: int, shape: tuple[int, int]) -> numpy.ndarray:
    rows, columns = shape
    image = image[: rows * binning, : columns * binning]
    return image.reshape(rows, binning, columns, binning).max(axis=(1, 3))
