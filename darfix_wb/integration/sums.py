"""Sums of counts and of weights over frames, several frames at a time."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy

from ..blending import Blending, mix_row, spread_row
from ..patches import plain_counts
from ..threads import FRAMES_AT_ONCE, over_rows, same_typed

EXACT_FRAMES = 256
"""Single precision holds the sum of so many counts of 16 bits to the last digit."""

N_SUMS = 3
"""Weak beam below the peak, weak beam above it, strong beam."""


class Ramp(NamedTuple):
    """The weight of a blended probability ``p``: ``(p - middle) * slope + offset``, from 0 to 1."""

    middle: float
    slope: float
    offset: float


class BeamSums:
    """Sums over frames, weighted by what their patches show.

    Parameters
    ----------
    blending : Blending
        From patches to pixels.
    peaks : numpy.ndarray
        ``(n_curves, rows, columns)`` float32: angle of the peak of each patch.
    ramp : Ramp
        From blended probabilities to weights.
    dark : float or numpy.ndarray
        Counts that are taken off, one number or ``(height, width)``.
    n_frames : int
        How many there will be.

    Attributes
    ----------
    sums : tuple of tuple of numpy.ndarray
        Three (`N_SUMS`) pairs of ``(height, width)``: of counts times weight, and of weight; of
        float32 where that is exact (`EXACT_FRAMES`), else float64. Complete after `finish`.
    """

    def __init__(
        self,
        blending: Blending,
        peaks: numpy.ndarray,
        ramp: Ramp,
        dark: float | numpy.ndarray,
        n_frames: int,
    ) -> None:
        self._blending, self._dark = blending, dark
        self._peaks = peaks.astype(numpy.float32)
        self._ramp = tuple(numpy.float32(one) for one in ramp)
        dtype = numpy.float32 if n_frames <= EXACT_FRAMES else numpy.float64
        self.sums = tuple(
            tuple(numpy.zeros(blending.shape, dtype) for _ in range(2)) for _ in range(N_SUMS)
        )
        self._waiting: list[tuple] = []

    def add(
        self,
        counts: numpy.ndarray,
        shares: numpy.ndarray,
        angle: float,
        curve: int,
    ) -> None:
        """Take in a frame, which must stay as it is until it is added.

        Parameters
        ----------
        counts : numpy.ndarray
            ``(height, width)``.
        shares : numpy.ndarray
            ``(2, rows, columns)`` float32: of weak and of strong beam in each patch.
        angle : float
            Position of the rocking motor.
        curve : int
            Which rocking curve the frame belongs to.
        """
        if numpy.ndim(self._dark):
            counts = numpy.subtract(counts, self._dark, dtype=numpy.float32)
        self._waiting.append((plain_counts(counts), shares, angle, curve))
        if len(self._waiting) == FRAMES_AT_ONCE:
            self.finish()

    def finish(self) -> None:
        """Add the frames that wait."""
        if not self._waiting:
            return
        counts, shares, angles, curves = zip(*self._waiting, strict=True)
        self._waiting = []
        dark = numpy.float32(0 if numpy.ndim(self._dark) else self._dark)
        of_frames = (numpy.stack(shares), numpy.array(angles, numpy.float32), numpy.array(curves))
        given = (
            same_typed(counts),
            dark,
            *of_frames,
            self._peaks,
            self._blending,
            self._ramp,
        )
        over_rows(lambda *rows: _add_frames(*given, *rows, self.sums), self._blending.shape[0])

    def fill_signal(
        self, above_dark: numpy.ndarray, shares: numpy.ndarray, signal: numpy.ndarray
    ) -> None:
        """Fill the signal of a frame that its weights leave, not below 0.

        Parameters
        ----------
        above_dark, signal : numpy.ndarray
            ``(height, width)`` float32.
        shares : numpy.ndarray
            ``(rows, columns)`` float32, of each patch.
        """
        given = (above_dark, shares, self._blending, self._ramp)
        over_rows(lambda *rows: _weak_signal(*given, *rows, signal), len(signal))


@numba.njit(nogil=True, cache=True)
def _add_frames(counts, dark, shares, angles, curves, peaks, blending, ramp, first, last, sums):
    """Add frames, from one row to another."""
    width, n_columns = sums[0][0].shape[1], shares.shape[3]
    total = numpy.empty((N_SUMS, 2, width), numpy.float32)
    mixed = numpy.empty(n_columns, numpy.float32)
    weight = numpy.empty(width, numpy.float32)  # each alone: rows of one array are not vectorised
    peak, low, high = numpy.empty_like(weight), numpy.empty_like(weight), numpy.empty_like(weight)
    for row in range(first, last):
        total[:] = 0
        curve = -1
        for one in range(shares.shape[0]):
            if curves[one] != curve:
                curve = curves[one]
                mix_row(peaks[curve], blending.rows, row, mixed)
                spread_row(mixed, blending.columns, peak)
            own = counts[one][row]
            if _weigh(shares[one, 0], blending, row, ramp, mixed, weight):
                _split(weight, peak, angles[one], low, high)
                _add_row(own, dark, low, total[0, 0], total[0, 1])
                _add_row(own, dark, high, total[1, 0], total[1, 1])
            if _weigh(shares[one, 1], blending, row, ramp, mixed, weight):
                _add_row(own, dark, weight, total[2, 0], total[2, 1])
        for one in range(N_SUMS):
            for part in range(2):
                into, new = sums[one][part][row], total[one, part]
                for k in range(width):
                    into[k] += new[k]


@numba.njit(nogil=True, cache=True)
def _weigh(shares, blending, row, ramp, mixed, weight):
    """Weights of a row of pixels; False if all are 0."""
    middle, slope, offset = ramp
    zero, one = numpy.float32(0), numpy.float32(1)
    mix_row(shares, blending.rows, row, mixed)
    if (mixed.max() - middle) * slope + offset <= 0:
        return False
    spread_row(mixed, blending.columns, weight)
    for k in range(weight.size):
        value = (weight[k] - middle) * slope + offset
        value = value if value > zero else zero
        weight[k] = value if value < one else one
    return True


@numba.njit(nogil=True, cache=True)
def _split(weight, peak, angle, low, high):
    """Weight of pixels whose peak lies above the angle, and of the others."""
    zero = numpy.float32(0)
    for k in range(weight.size):
        low[k] = weight[k] if angle < peak[k] else zero
        high[k] = zero if angle < peak[k] else weight[k]


@numba.njit(nogil=True, cache=True)
def _add_row(counts, dark, weight, signal_sum, weight_sum):
    for k in range(weight.size):
        signal_sum[k] += (numpy.float32(counts[k]) - dark) * weight[k]
        weight_sum[k] += weight[k]


@numba.njit(nogil=True, cache=True)
def _weak_signal(above_dark, shares, blending, ramp, first, last, signal):
    """Counts above dark, not below 0, times their weight, from one row to another."""
    mixed = numpy.empty(shares.shape[1], numpy.float32)
    weight = numpy.empty(signal.shape[1], numpy.float32)
    for row in range(first, last):
        into = signal[row]
        into[:] = 0
        if _weigh(shares, blending, row, ramp, mixed, weight):
            for k in range(into.size):
                into[k] = max(above_dark[row, k], numpy.float32(0)) * weight[k]
