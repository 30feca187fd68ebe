"""Statistics of small blocks of pixels, which tell dark places and bad frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numba
import numpy

from .patches import plain_counts

BLOCK_SIZE = 16


@dataclass(frozen=True)
class Blocks:
    """Statistics of blocks of 16x16 px, the last ones of a frame left out where they are smaller.

    Attributes
    ----------
    ranks, means, spreads : numpy.ndarray
        ``(n_frames, rows, columns)`` float64: mean over the even columns, mean and standard
        deviation over the odd ones, counts.
    """

    ranks: numpy.ndarray
    means: numpy.ndarray
    spreads: numpy.ndarray

    @classmethod
    def of(cls, frames: Iterable[numpy.ndarray]) -> Blocks:
        """Measure frames, ``(height, width)`` each, read once."""
        return cls.measured([measure_blocks(frame) for frame in frames])

    @classmethod
    def measured(cls, frames: Sequence[numpy.ndarray]) -> Blocks:
        """Those of frames that `measure_blocks` has measured."""
        return cls(*numpy.array(frames).swapaxes(0, 1))

    def of_frames(self, frames: numpy.ndarray) -> Blocks:
        """Those of some frames, by their indices or by ``(n_frames,)`` bool."""
        return Blocks(self.ranks[frames], self.means[frames], self.spreads[frames])


def measure_blocks(frame: numpy.ndarray) -> numpy.ndarray:
    """``(3, rows, columns)`` float64: the attributes of `Blocks`, of one frame."""
    counts, size = plain_counts(frame), min(BLOCK_SIZE, *frame.shape)
    if counts.dtype == numpy.uint16 and size == BLOCK_SIZE:
        return _measure_whole_counts(counts)
    return _measure_blocks(counts, size)


@numba.njit(nogil=True, cache=True, fastmath={"reassoc"})
def _measure_blocks(frame, size):
    """What `measure_blocks` says."""
    rows, columns = frame.shape[0] // size, frame.shape[1] // size
    n_even, n_odd = size * ((size + 1) // 2), size * (size // 2)
    sums = numpy.zeros((3, rows, columns))
    for row in range(rows * size):
        for column in range(columns):
            left, right = column * size, (column + 1) * size
            # Sums above the block's first pixel: in a constant block they are 0 to the last bit.
            base = numpy.float64(frame[row // size * size, left])
            even = odd = squares = 0.0
            for j in range(left, right, 2):
                even += frame[row, j] - base
            for j in range(left + 1, right, 2):
                value = frame[row, j] - base
                odd += value
                squares += value * value
            sums[0, row // size, column] += even
            sums[1, row // size, column] += odd
            sums[2, row // size, column] += squares
    for row in range(rows):
        for column in range(columns):
            base = numpy.float64(frame[row * size, column * size])
            mean = sums[1, row, column] / n_odd
            variance = sums[2, row, column] / n_odd - mean * mean
            sums[0, row, column] = base + sums[0, row, column] / n_even
            sums[1, row, column] = base + mean
            sums[2, row, column] = numpy.sqrt(max(variance, 0.0))
    return sums


@numba.njit(nogil=True, cache=True)
def _measure_whole_counts(frame):
    """As `_measure_blocks`, of uint16 and blocks of 16 px; integers make it three times as fast."""
    rows, columns = frame.shape[0] // BLOCK_SIZE, frame.shape[1] // BLOCK_SIZE
    half, n = BLOCK_SIZE // 2, BLOCK_SIZE * BLOCK_SIZE // 2
    measured = numpy.zeros((3, rows, columns))
    sums = numpy.zeros((3, columns), numpy.int64)
    base = numpy.zeros(columns, numpy.int32)
    for row in range(rows):
        sums[:] = 0
        for column in range(columns):
            base[column] = frame[row * BLOCK_SIZE, column * BLOCK_SIZE]
        for i in range(BLOCK_SIZE):
            line = frame[row * BLOCK_SIZE + i]
            for column in range(columns):
                part = line[column * BLOCK_SIZE : (column + 1) * BLOCK_SIZE]
                even, odd, squares = numpy.int32(0), numpy.int32(0), numpy.int64(0)
                for j in range(half):
                    even += numpy.int32(part[2 * j]) - base[column]
                    value = numpy.int32(part[2 * j + 1]) - base[column]
                    odd += value
                    squares += numpy.int64(value) * value
                sums[0, column] += even
                sums[1, column] += odd
                sums[2, column] += squares
        for column in range(columns):
            mean = sums[1, column] / n
            variance = sums[2, column] / n - mean * mean
            measured[0, row, column] = base[column] + sums[0, column] / n
            measured[1, row, column] = base[column] + mean
            measured[2, row, column] = numpy.sqrt(max(variance, 0.0))
    return measured
