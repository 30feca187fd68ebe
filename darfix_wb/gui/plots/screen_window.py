"""Which part of an image a plot shows, and how many of its pixels share one of the screen's."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy
from silx.gui.plot import PlotWidget

ENOUGH = 250_000
"""Pixels that a scale of colours is chosen by, about."""


@dataclass(frozen=True)
class ScreenWindow:
    """A part of an image, cut into blocks of pixels.

    Attributes
    ----------
    first, last : tuple of int
        Row and column where the part begins, multiples of `block`, and where it ends (exclusive).
    block : tuple of int
        Rows and columns of a block.
    """

    first: tuple[int, int]
    last: tuple[int, int]
    block: tuple[int, int]

    @property
    def part(self) -> tuple[slice, slice]:
        """Rows and columns of the part."""
        return tuple(map(slice, self.first, self.last))

    @property
    def shape(self) -> tuple[int, int]:
        """Number of blocks down and across."""
        sides = zip(self.first, self.last, self.block, strict=True)
        return tuple(-(-(last - first) // block) for first, last, block in sides)

    def centres(self) -> tuple[numpy.ndarray, numpy.ndarray]:
        """``(rows,)`` and ``(columns,)`` float64: centres of the blocks, in pixels."""
        sides = zip(self.first, self.block, self.shape, strict=True)
        return tuple(first + (numpy.arange(n) + 0.5) * block for first, block, n in sides)

    def holds(self, other: ScreenWindow) -> bool:
        """Whether what the other shows lies within this one, in blocks of the same size."""
        return (
            self.block == other.block
            and all(map(int.__le__, self.first, other.first))
            and all(map(int.__ge__, self.last, other.last))
        )


def window_of(
    plot: PlotWidget,
    shape: tuple[int, int],
    origin: tuple[float, float] = (0.0, 0.0),
    scale: tuple[float, float] = (1.0, 1.0),
) -> ScreenWindow | None:
    """The part of an image that a plot shows; None where it shows nothing of it.

    Blocks are as large as they can be without being larger than a pixel of the screen.

    Parameters
    ----------
    plot : PlotWidget
        With linear axes.
    shape : tuple of int
        ``(height, width)`` of the image.
    origin, scale : tuple of float
        ``(x, y)``, as in silx.
    """
    limits = plot.getYAxis().getLimits(), plot.getXAxis().getLimits()
    sides = plot.getPlotBoundsInPixels()[:1:-1]
    first, last, blocks = [], [], []
    for axis in range(2):
        start, step = origin[1 - axis], scale[1 - axis]
        begin, end = sorted((limit - start) / step for limit in limits[axis])
        on_screen = max(sides[axis] * plot.devicePixelRatioF(), 1.0)
        block = max(int((end - begin) / on_screen), 1)
        begin, end = max(int(begin) // block * block, 0), min(int(end) + 1, shape[axis])
        if begin >= end:
            return None
        first.append(begin)
        last.append(min(-(-end // block) * block, shape[axis]))
        blocks.append(block)
    return ScreenWindow(tuple(first), tuple(last), tuple(blocks))


def block_means(image: numpy.ndarray, block: tuple[int, int]) -> numpy.ndarray:
    """The mean of each block of pixels; NaN is left out, the last blocks may be smaller.

    Parameters
    ----------
    image : numpy.ndarray
        ``(height, width)``.
    block : tuple of int
        Rows and columns of a block.

    Returns
    -------
    numpy.ndarray
        ``(ceil(height / rows), ceil(width / columns))`` float32, NaN where a block has no number;
        the image itself for blocks of one pixel.

    Examples
    --------
    >>> block_means(numpy.array([[1, 3, 5], [1, 3, 9]]), (2, 2)).tolist()
    [[2.0, 7.0]]
    >>> block_means(numpy.array([[1.0, 3.0, 5.0], [numpy.nan, 2.0, numpy.nan]]), (1, 2)).tolist()
    [[2.0, 5.0], [2.0, nan]]
    """
    if block == (1, 1):
        return image
    known = numpy.isfinite(image) if image.dtype.kind == "f" else numpy.True_
    if known.all():
        sizes = (
            numpy.diff(numpy.append(numpy.arange(0, side, step), side))
            for side, step in zip(image.shape, block, strict=True)
        )
        return _block_sums(image, block) / numpy.multiply.outer(*sizes).astype(numpy.float32)
    number = _block_sums(known, block)
    means = numpy.full(number.shape, numpy.nan, dtype=numpy.float32)
    total = _block_sums(numpy.where(known, image, 0), block)
    return numpy.divide(total, number, out=means, where=number > 0)


def _block_sums(image: numpy.ndarray, block: tuple[int, int]) -> numpy.ndarray:
    """Sum of each block, float32: rows first, then columns, which is faster than one block."""
    rows, columns = block
    down = numpy.zeros((-(-image.shape[0] // rows), image.shape[1]), dtype=numpy.float32)
    for offset in range(min(rows, image.shape[0])):
        some = image[offset::rows]
        down[: len(some)] += some
    sums = numpy.zeros((len(down), -(-image.shape[1] // columns)), dtype=numpy.float32)
    for offset in range(min(columns, image.shape[1])):
        some = down[:, offset::columns]
        sums[:, : some.shape[1]] += some
    return sums


def some_pixels(image: numpy.ndarray) -> numpy.ndarray:
    """``(n,)`` pixels of an image, evenly spread, for a scale of colours; all of a small one.

    The step from one to the next has no factor in common with the width, so that they do not lie
    in columns.

    Examples
    --------
    >>> some_pixels(numpy.zeros((2160, 2560))).size
    240418
    >>> some_pixels(numpy.zeros((2, 3))).size
    6
    """
    step = max(image.size // ENOUGH, 1)
    while math.gcd(step, image.shape[1]) > 1:
        step += 1
    return image.ravel()[::step]


def finite_pixels(image: numpy.ndarray) -> numpy.ndarray:
    """``(n,)``: those of `some_pixels` that are numbers."""
    some = some_pixels(image)
    return some[numpy.isfinite(some)]
