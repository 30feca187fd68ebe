"""A frame cut into patches, and values of patches stitched back into a frame."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numba
import numpy

from .blending import Blending, Shares
from .errors import DarfixWBError

SMALLEST_PATCH_SIZE = 8
LARGEST_SHARE = 1.5
"""Largest patch, in shorter sides of the frame: a third of it may be padding."""

DEFAULT_PATCH_SIZE = 64
SMALLEST_DEFAULT = 16

LEAST_IN_FRAME = 4
"""Patches that the shorter side of the frame holds where the size is chosen by the frame."""


def default_patch_size(
    frame_shape: tuple[int, int],
    *,
    largest: int = DEFAULT_PATCH_SIZE,
    smallest: int = SMALLEST_DEFAULT,
    stride: int | None = None,
) -> int:
    """The patch size in pixels where the user has chosen none.

    It is `largest`, halved until the frame's shorter side holds at least 4 patches, but not to less
    than `smallest`, or than the stride that the user has chosen.

    Parameters
    ----------
    frame_shape : tuple of int
        ``(height, width)`` in pixels.
    largest, smallest : int
        In pixels; of a model, its own size and the smallest that it takes.
    stride : int, optional
        Distance between patches in pixels, where it is chosen.

    Examples
    --------
    >>> [default_patch_size((shorter, 2560)) for shorter in (2160, 256, 255, 128, 127, 40)]
    [64, 64, 32, 32, 16, 16]
    >>> default_patch_size((115, 83), smallest=64)
    64
    """
    size, smallest = largest, max(smallest, stride or 0)
    while size * LEAST_IN_FRAME > min(frame_shape) and size // 2 >= smallest:
        size //= 2
    return size


def overlapping_stride(patch_size: int) -> int:
    """The stride of a classification unless another is chosen: half a patch, in pixels.

    Patches that overlap so far are blended into images without block edges.
    """
    return patch_size // 2


@dataclass(frozen=True)
class PatchGrid:
    """Square patches at regular distances, which together cover every pixel of a frame.

    Patches that reach beyond the lower or right border are padded by reflection, so that no row
    or column of the detector is lost.

    Parameters
    ----------
    frame_shape : tuple of int
        ``(rows, columns)`` of the frame, in pixels.
    patch_size : int
        Side of a patch in pixels.
    stride : int, optional
        Distance between patches in pixels; `patch_size` if not given (no overlap).

    Raises
    ------
    DarfixWBError
        If the patch does not fit in the frame, or the stride leaves gaps.

    Examples
    --------
    >>> grid = PatchGrid((2160, 2560), patch_size=64)
    >>> grid.shape, grid.n_patches
    ((34, 40), 1360)
    >>> PatchGrid((2160, 2560), patch_size=64, stride=32).shape
    (67, 79)
    """

    frame_shape: tuple[int, int]
    patch_size: int = DEFAULT_PATCH_SIZE
    stride: int | None = None

    def __post_init__(self) -> None:
        shape = tuple(int(side) for side in self.frame_shape)
        object.__setattr__(self, "frame_shape", shape)
        shorter = min(shape)
        largest = int(LARGEST_SHARE * shorter)
        if not SMALLEST_PATCH_SIZE <= self.patch_size <= largest:
            raise DarfixWBError(
                f"patch_size must be at least {SMALLEST_PATCH_SIZE} px and at most {largest} px, "
                f"which is {LARGEST_SHARE} times the frame's shorter side, got {self.patch_size}. "
                + (
                    "Use larger frames."
                    if largest < SMALLEST_PATCH_SIZE
                    else "Choose another patch_size."
                )
            )
        if self.stride is None:
            object.__setattr__(self, "stride", self.patch_size)
        if not 1 <= self.stride <= self.patch_size:
            raise DarfixWBError(
                f"stride must be at least 1 px and at most patch_size ({self.patch_size} px), "
                f"got {self.stride}. A larger one would leave pixels unclassified."
            )

    @property
    def shape(self) -> tuple[int, int]:
        """``(rows, columns)`` of the grid, in patches."""
        return tuple(
            1 + max(0, -(-(side - self.patch_size) // self.stride)) for side in self.frame_shape
        )

    @property
    def n_patches(self) -> int:
        """Number of patches in a frame."""
        rows, columns = self.shape
        return rows * columns

    @property
    def overlaps(self) -> bool:
        """Whether neighbouring patches share pixels."""
        return self.stride < self.patch_size

    @cached_property
    def origins(self) -> numpy.ndarray:
        """``(n_patches, 2)`` int64: row and column of each patch's first pixel, row by row."""
        return numpy.stack(numpy.meshgrid(*self._starts, indexing="ij"), axis=-1).reshape(-1, 2)

    @property
    def padded_shape(self) -> tuple[int, int]:
        """Shape of the frame once padded, in pixels."""
        return tuple((count - 1) * self.stride + self.patch_size for count in self.shape)

    def pad(self, frame: numpy.ndarray) -> numpy.ndarray:
        """The frame continued by reflection to `padded_shape`; itself where nothing is missing."""
        self._check_frame_shape(frame.shape)
        missing = [
            (0, padded - side)
            for padded, side in zip(self.padded_shape, self.frame_shape, strict=True)
        ]
        if not any(after for _, after in missing):
            return frame
        return numpy.pad(frame, missing, mode="reflect")

    def view(self, frame: numpy.ndarray) -> numpy.ndarray:
        """Patches of a frame.

        Parameters
        ----------
        frame : numpy.ndarray
            ``frame_shape``, any dtype.

        Returns
        -------
        numpy.ndarray
            ``(rows, columns, patch_size, patch_size)``; a view on the frame where it needs no
            padding, on its padded copy elsewhere. Read-only where patches overlap.
        """
        size = self.patch_size
        padded = self.pad(frame)
        windows = numpy.lib.stride_tricks.sliding_window_view(
            padded, (size, size), writeable=not self.overlaps and padded.flags.writeable
        )
        return windows[:: self.stride, :: self.stride]

    def means(self, frame: numpy.ndarray) -> numpy.ndarray:
        """Mean of the frame's own pixels in each patch (padding left out).

        Returns
        -------
        numpy.ndarray
            ``(rows, columns)`` float64.
        """
        self._check_frame_shape(frame.shape)
        step = math.gcd(self.patch_size, self.stride)
        counts = plain_counts(frame)
        sum_blocks = _sum_whole_counts if counts.dtype == numpy.uint16 else _sum_blocks
        blocks = sum_blocks(counts, step)
        total = numpy.pad(blocks.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
        top, left = (start // step for start in self._starts)
        bottom, right = (-(-stop // step) for stop in self._stops)
        sums = (
            total[numpy.ix_(bottom, right)]
            - total[numpy.ix_(top, right)]
            - total[numpy.ix_(bottom, left)]
            + total[numpy.ix_(top, left)]
        )
        return sums / self._pixel_counts

    def stitch(self, values: numpy.ndarray) -> numpy.ndarray:
        """Spread a value per patch over the pixels, blending where patches overlap.

        Overlapping patches are weighted by a raised cosine (Hann window) that falls towards
        their edges, so that no edge of a patch is seen in the result.

        Parameters
        ----------
        values : numpy.ndarray
            ``(rows, columns)`` or ``(rows, columns, n)``.

        Returns
        -------
        numpy.ndarray
            ``frame_shape`` or ``(*frame_shape, n)`` float32.
        """
        values = numpy.asarray(values, dtype=numpy.float32)
        if values.shape[:2] != self.shape:
            raise DarfixWBError(
                f"Values must have the grid's shape {self.shape}, got {values.shape[:2]}. "
                "Use the grid with which they were made."
            )
        layers = numpy.moveaxis(values.reshape(*self.shape, -1), -1, 0)
        pixels = self.blending.spread(layers)
        return numpy.moveaxis(pixels, 0, -1).reshape(*self.frame_shape, *values.shape[2:])

    @cached_property
    def _starts(self) -> tuple[numpy.ndarray, numpy.ndarray]:
        return tuple(numpy.arange(count) * self.stride for count in self.shape)

    @cached_property
    def _stops(self) -> tuple[numpy.ndarray, numpy.ndarray]:
        return tuple(
            numpy.minimum(start + self.patch_size, side)
            for start, side in zip(self._starts, self.frame_shape, strict=True)
        )

    @cached_property
    def _pixel_counts(self) -> numpy.ndarray:
        heights, widths = (
            stop - start for start, stop in zip(self._starts, self._stops, strict=True)
        )
        return numpy.outer(heights, widths)

    @cached_property
    def blending(self) -> Blending:
        """How `stitch` blends: windows of the patches, smooth where they overlap."""
        return self._blending(partial(Shares.windows, smooth=self.overlaps))

    @cached_property
    def interpolation(self) -> Blending:
        """Linear between the centres of patches, instead."""
        return self._blending(Shares.between_centres)

    def _blending(self, shares: Callable[[numpy.ndarray, int, int], Shares]) -> Blending:
        sides = zip(self._starts, self.frame_shape, strict=True)
        return Blending(*(shares(starts, self.patch_size, side) for starts, side in sides))

    def _check_frame_shape(self, shape: tuple[int, ...]) -> None:
        if tuple(shape) != self.frame_shape:
            raise DarfixWBError(
                f"A frame must have the grid's frame_shape {self.frame_shape}, got {tuple(shape)}. "
                "Make a grid for these frames."
            )


def plain_counts(frame: numpy.ndarray) -> numpy.ndarray:
    """Counts as compiled loops take them: uint16 as they are, all others as float32."""
    known = frame.dtype if frame.dtype == numpy.uint16 else numpy.float32
    return numpy.ascontiguousarray(frame, dtype=known)


@numba.njit(nogil=True, cache=True, fastmath={"reassoc"})
def _sum_blocks(frame, step):
    """Sums over blocks of `step` px, ``(rows, columns)`` float64; the last ones may be smaller."""
    height, width = frame.shape
    sums = numpy.zeros((-(-height // step), -(-width // step)))
    for row in range(height):
        for column in range(sums.shape[1]):
            total = 0.0
            for j in range(column * step, min((column + 1) * step, width)):
                total += frame[row, j]
            sums[row // step, column] += total
    return sums


@numba.njit(nogil=True, cache=True)
def _sum_whole_counts(frame, step):
    """As `_sum_blocks`, of uint16; integers make it four times as fast."""
    height, width = frame.shape
    sums = numpy.zeros((-(-height // step), -(-width // step)))
    for row in range(height):
        for column in range(sums.shape[1]):
            part = frame[row, column * step : min((column + 1) * step, width)]
            total = numpy.int64(0)
            for k in range(part.size):
                total += numpy.int64(part[k])
            sums[row // step, column] += total
    return sums
