"""Lines drawn as pixels of the layers of a volume."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy

from ..errors import DarfixWBError
from .image_stack import ImageStack
from .network import LineNetwork

RADIUS_UM = 0.3
"""Half of the width that a line has in the images, about."""


def draw_lines(
    network: LineNetwork, grid: ImageStack, *, radius_um: float = RADIUS_UM
) -> Iterator[numpy.ndarray]:
    """Draw lines plane by plane: a pixel is set where a line passes within `radius_um` of it.

    A plane stands for all that lies nearer to it than to its neighbours, so that every piece of
    line is drawn, in one plane or another; the distance is taken in the plane.

    Parameters
    ----------
    network : LineNetwork
        The lines.
    grid : ImageStack
        Planes and pixels; the places of layers that are missing are planes as well.
    radius_um : float
        At least half of the diagonal of a pixel, so that lines are not broken.

    Yields
    ------
    numpy.ndarray
        ``(rows, columns)`` bool, plane by plane.

    Raises
    ------
    DarfixWBError
        If the radius is too small.

    Examples
    --------
    >>> from .line import DislocationLine
    >>> steep = DislocationLine(numpy.array([[0.0, 0.0, 1.0], [1.0, 0.0, 2.0]]))
    >>> grid = ImageStack(numpy.array([0.0, 1.0]), (1, 4), (1.0, 1.0))
    >>> network = LineNetwork((steep,), numpy.array([[0, 0, 0], [1, 1, 4]]))
    >>> [plane.astype(int).tolist() for plane in draw_lines(network, grid, radius_um=0.75)]
    [[[0, 1, 1, 0]], [[0, 1, 1, 0]]]
    """
    smallest = float(numpy.hypot(*grid.pixel_um)) / 2
    if not radius_um >= smallest:
        raise DarfixWBError(
            f"The radius of drawn lines must be at least half of the diagonal of a pixel, "
            f"{smallest:.3g} um, got {radius_um:g} um. Choose a larger radius."
        )
    return _planes(network, grid, radius_um)


def _planes(network: LineNetwork, grid: ImageStack, radius_um: float) -> Iterator[numpy.ndarray]:
    begins, ends = _segments(network)
    for low, high in _slabs(grid):
        plane = numpy.zeros(grid.image_shape, dtype=bool)
        for begin, end in zip(*_clipped(begins, ends, low, high), strict=True):
            _draw(plane, begin, end, grid, radius_um)
        yield plane


def _segments(network: LineNetwork) -> tuple[numpy.ndarray, numpy.ndarray]:
    nothing = numpy.empty((0, 3))
    begins = numpy.concatenate([nothing, *(line.points_um[:-1] for line in network.lines)])
    ends = numpy.concatenate([nothing, *(line.points_um[1:] for line in network.lines)])
    return begins, ends


def _slabs(grid: ImageStack) -> Iterator[tuple[float, float]]:
    """What each plane stands for, from below to above."""
    places = numpy.array([plane.position_um for plane in grid.planes])
    middles = (places[1:] + places[:-1]) / 2
    half = grid.step_um / 2
    edges = numpy.concatenate([[places[0] - half], middles, [places[-1] + half]])
    return pairwise(edges)


def _clipped(
    begins: numpy.ndarray, ends: numpy.ndarray, low: float, high: float
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """The parts of segments between two heights, ``(n, 2)`` (row, column) each."""
    bottom = numpy.minimum(begins[:, 0], ends[:, 0])
    top = numpy.maximum(begins[:, 0], ends[:, 0])
    inside = (bottom < high) & (top >= low)
    begins, ends = begins[inside], ends[inside]
    rise = ends[:, 0] - begins[:, 0]
    steep = numpy.where(rise == 0, 1.0, rise)
    shares = numpy.stack([(low - begins[:, 0]) / steep, (high - begins[:, 0]) / steep])
    shares = numpy.where(rise == 0, [[0.0], [1.0]], numpy.clip(numpy.sort(shares, axis=0), 0, 1))
    run = (ends - begins)[:, 1:]
    return begins[:, 1:] + shares[0, :, None] * run, begins[:, 1:] + shares[1, :, None] * run


def _draw(
    plane: numpy.ndarray,
    begin: numpy.ndarray,
    end: numpy.ndarray,
    grid: ImageStack,
    radius_um: float,
) -> None:
    """Set the pixels within a distance of one segment."""
    origin, pixel = numpy.array(grid.origin_um), numpy.array(grid.pixel_um)
    low = numpy.ceil((numpy.minimum(begin, end) - radius_um - origin) / pixel).astype(int)
    high = numpy.floor((numpy.maximum(begin, end) + radius_um - origin) / pixel).astype(int) + 1
    low, high = numpy.maximum(low, 0), numpy.minimum(high, plane.shape)
    if (low >= high).any():
        return
    rows, columns = (
        origin[axis] + pixel[axis] * numpy.arange(low[axis], high[axis]) - begin[axis]
        for axis in (0, 1)
    )
    run = end - begin
    squared = max(float(run @ run), 1e-18)
    share = (rows[:, None] * run[0] + columns * run[1]) / squared
    share = numpy.clip(share, 0.0, 1.0)
    distance = numpy.hypot(rows[:, None] - share * run[0], columns - share * run[1])
    plane[low[0] : high[0], low[1] : high[1]] |= distance <= radius_um
