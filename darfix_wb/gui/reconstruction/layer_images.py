"""Images of a layer in um, and the values of one along a line, read in the background."""

from __future__ import annotations

from typing import NamedTuple

import numpy

from ...dislocation_lines.line import travelled_um
from ...progress import SILENT, Monitor
from ...reconstruction.layer_stack import LayerStack
from .loading import IMAGE

NEAR_STEPS = 0.05
"""A point so near to a layer, in steps between layers, lies in it."""

_REACH_PX = 1
"""A line is as bright as the brightest pixel so near to it: it is found to less than a pixel."""


class LayerRequest(NamedTuple):
    """The image that is to be read: its name and the number of the layer in the stack."""

    name: str
    index: int


class LineValues(NamedTuple):
    """The dislocation image along a line.

    Attributes
    ----------
    along_um : numpy.ndarray
        ``(n,)`` float64: position along the line of the points that lie in a layer, ascending.
    values : numpy.ndarray
        ``(n,)`` float32, sigma; NaN where the image has no value.
    layers : numpy.ndarray
        ``(n,)`` int: number of the layer in the stack.
    """

    along_um: numpy.ndarray
    values: numpy.ndarray
    layers: numpy.ndarray


def read_layer(
    stack: LayerStack, request: LayerRequest, *, monitor: Monitor = SILENT
) -> tuple[LayerRequest, numpy.ndarray]:
    """An image ``(rows, columns)`` float32."""
    monitor.check("Another layer was chosen.")
    return request, stack.read(request.name, request.index)


def values_along(
    stack: LayerStack,
    offsets_um: numpy.ndarray,
    points_um: numpy.ndarray,
    *,
    monitor: Monitor = SILENT,
) -> LineValues:
    """Read the dislocation image where a line goes through the layers, or lies in one.

    Parameters
    ----------
    stack : LayerStack
    offsets_um : numpy.ndarray
        ``(n_layers, 2)`` float64: displacement that was taken off the lines.
    points_um : numpy.ndarray
        ``(n, 3)`` float64: the line, with points as far apart as `fine_step`.

    Raises
    ------
    OperationCancelled
        If the monitor is asked to stop.
    """
    along = travelled_um(points_um)
    nearest = numpy.abs(points_um[:, :1] - stack.layers_um).argmin(axis=1)
    away = numpy.abs(points_um[:, 0] - stack.layers_um[nearest])
    chosen = numpy.flatnonzero(away <= NEAR_STEPS * stack.step_um + 1e-9)
    values = numpy.full(len(chosen), numpy.nan, numpy.float32)
    for index in numpy.unique(nearest[chosen]):
        monitor.check("Another line was chosen.")
        here = numpy.flatnonzero(nearest[chosen] == index)
        places = points_um[chosen[here], 1:] + offsets_um[index] - stack.origin_um
        values[here] = _brightest(stack, int(index), numpy.rint(places / stack.pitch_um))
    return LineValues(along[chosen], values, nearest[chosen])


def fine_step_um(stack: LayerStack) -> float:
    """Distance of points along a line at which none passes a layer unseen."""
    return min(0.1, 2 * NEAR_STEPS * stack.step_um)


def _brightest(stack: LayerStack, index: int, pixels: numpy.ndarray) -> numpy.ndarray:
    """``(n,)``: greatest value around each pixel; NaN where none is known."""
    rows, columns = pixels.astype(int).T
    rows, columns = (
        numpy.clip(values, 0, side - 1)
        for values, side in zip((rows, columns), stack.shape, strict=True)
    )
    first, last = max(rows.min() - _REACH_PX, 0), rows.max() + _REACH_PX + 1
    image = stack.read_rows(IMAGE, slice(int(first), int(last)), [index])[0]
    image = numpy.pad(image, _REACH_PX, constant_values=numpy.nan)
    image = numpy.where(numpy.isfinite(image), image, -numpy.inf)
    size = 2 * _REACH_PX + 1
    windows = numpy.lib.stride_tricks.sliding_window_view(image, (size, size))
    found = windows[rows - first, columns].max(axis=(1, 2))
    return numpy.where(numpy.isfinite(found), found, numpy.nan)
