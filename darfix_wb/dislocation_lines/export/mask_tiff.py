"""Drawn lines as a stack of images, for ImageJ and programs that compare volumes."""

from __future__ import annotations

import os

import numpy
import tifffile

from ...errors import DarfixWBError
from ...io.output import check_room, new_file
from ..drawing import RADIUS_UM, draw_lines
from ..image_stack import ImageStack
from ..network import LineNetwork
from .frame import FRAME

MOST_BYTES = 2**32 - 2**24
"""A TIFF file that ImageJ reads takes no more, with some room for its header."""


def write_mask_tiff(
    path: str | os.PathLike,
    network: LineNetwork,
    grid: ImageStack,
    *,
    radius_um: float = RADIUS_UM,
    overwrite: bool = False,
) -> None:
    """Write a page for each layer, uint8 (row, column): 255 on lines, 0 elsewhere.

    ImageJ finds the distances of layers, rows and columns in it; a layer that is missing has its
    page, on which lines that pass it are drawn.

    Parameters
    ----------
    path : str or path-like
        File to write; it appears when it is complete.
    network : LineNetwork
        The lines.
    grid : ImageStack
        Layers and pixels.
    radius_um : float
        As in `darfix_wb.dislocation_lines.drawing.draw_lines`.
    overwrite : bool
        Whether a file that exists may be replaced.

    Raises
    ------
    DarfixWBError
        If the file exists or cannot be written, the radius is too small, the layers lie at uneven
        distances, or the stack has more than 4 GB.
    """
    step = grid.even_step_um("A TIFF stack")
    shape = (len(grid.planes), *grid.image_shape)
    size = int(numpy.prod(shape))
    if size > MOST_BYTES:
        raise DarfixWBError(
            f"A TIFF stack may have at most 4.29 GB, and {shape[0]} x {shape[1]} x {shape[2]} "
            f"pixels have {size / 1e9:.2f} GB. Export a part of the volume, or the lines alone."
        )
    planes = draw_lines(network, grid, radius_um=radius_um)
    check_room(path, size)
    metadata = {"axes": "ZYX", "spacing": step, "unit": "um", "Info": _info(grid, radius_um)}
    with new_file(path, overwrite=overwrite) as partial:
        tifffile.imwrite(
            partial,
            (plane.astype(numpy.uint8) * numpy.uint8(255) for plane in planes),
            shape=shape,
            dtype=numpy.uint8,
            imagej=True,
            resolution=(1 / grid.pixel_um[1], 1 / grid.pixel_um[0]),
            metadata=metadata,
        )


def _info(grid: ImageStack, radius_um: float) -> str:
    first = grid.planes[0].position_um
    return (
        f"{FRAME}\nCentre of the first pixel of the first page, x, y, z in um: "
        f"{grid.origin_um[1]:.10g} {grid.origin_um[0]:.10g} {first:.10g}\n"
        f"Radius of the lines, um: {radius_um:g}\n"
    )
