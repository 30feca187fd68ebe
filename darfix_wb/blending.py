"""Values of patches spread over the pixels of a frame."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy


class Shares(NamedTuple):
    """How much each patch counts in each pixel, along one side of the frame.

    Attributes
    ----------
    weight : numpy.ndarray
        ``(n_patches, n_pixels)`` float32, 1 together in each pixel.
    start, stop : numpy.ndarray
        ``(n_patches,)`` int64: a patch counts from pixel `start` up to but not with `stop`.
    """

    weight: numpy.ndarray
    start: numpy.ndarray
    stop: numpy.ndarray

    @classmethod
    def of(cls, weight: numpy.ndarray) -> Shares:
        """Of weights ``(n_patches, n_pixels)``, each patch's in a row, of any sum."""
        weight = (weight / weight.sum(axis=0)).astype(numpy.float32)
        counts = weight > 0
        start = counts.argmax(axis=1)
        return cls(weight, start, start + counts.sum(axis=1))

    @classmethod
    def windows(cls, starts: numpy.ndarray, size: int, n_pixels: int, *, smooth: bool) -> Shares:
        """Each patch counts inside itself, evenly or (`smooth`) less towards its edges (Hann)."""
        offset = numpy.arange(n_pixels) - starts[:, None]
        weight = ((offset >= 0) & (offset < size)).astype(float)
        if smooth:
            weight *= numpy.sin(numpy.pi * (offset + 0.5) / size) ** 2
        return cls.of(weight)

    @classmethod
    def between_centres(cls, starts: numpy.ndarray, size: int, n_pixels: int) -> Shares:
        """Linear from the centre of one patch to that of the next; beyond the last ones constant.

        Examples
        --------
        >>> Shares.between_centres(numpy.array([0, 4]), 4, 8).weight[0].tolist()
        [1.0, 1.0, 0.875, 0.625, 0.375, 0.125, 0.0, 0.0]
        """
        pixels, centres = numpy.arange(n_pixels) + 0.5, starts + size / 2
        single = numpy.eye(len(starts))
        return cls.of(numpy.array([numpy.interp(pixels, centres, one) for one in single]))


class Blending(NamedTuple):
    """Shares of the patches by rows and by columns; those of a pixel are their products."""

    rows: Shares
    columns: Shares

    @property
    def shape(self) -> tuple[int, int]:
        """``(height, width)`` of the frame, in pixels."""
        return self.rows.weight.shape[1], self.columns.weight.shape[1]

    def spread(self, values: numpy.ndarray) -> numpy.ndarray:
        """Values of patches ``(n, rows, columns)`` float32 as pixels ``(n, height, width)``."""
        pixels = numpy.empty((len(values), *self.shape), numpy.float32)
        _spread(numpy.ascontiguousarray(values), self.rows, self.columns, pixels)
        return pixels


@numba.njit(nogil=True, cache=True)
def _spread(values, rows, columns, pixels):
    mixed = numpy.empty(values.shape[2], numpy.float32)
    for one in range(values.shape[0]):
        for row in range(pixels.shape[1]):
            mix_row(values[one], rows, row, mixed)
            spread_row(mixed, columns, pixels[one, row])


@numba.njit(nogil=True, cache=True)
def mix_row(values, rows, row, mixed):
    """Values of patches ``(rows, columns)`` on row `row` of pixels: one for each column of patches,
    into `mixed`."""
    mixed[:] = 0
    for i in range(values.shape[0]):
        if rows.start[i] <= row < rows.stop[i]:
            mixed += rows.weight[i, row] * values[i]


@numba.njit(nogil=True, cache=True)
def spread_row(mixed, columns, pixels):
    """One value for each column of patches as one for each pixel, into `pixels`."""
    pixels[:] = 0
    for j in range(mixed.size):
        left, right = columns.start[j], columns.stop[j]
        shares, into = columns.weight[j, left:right], pixels[left:right]
        for k in range(into.size):
            into[k] += shares[k] * mixed[j]
