"""Sums over the frames of a scan, each weighed by how little it fluctuates where nothing is."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy
from scipy.ndimage import gaussian_filter

from ..extraction import PatchedScan
from ..normalization import Background
from ..patches import plain_counts
from ..progress import SILENT, Monitor
from ..rocking_curves import CurveMaps, peak_positions
from .noise import FrameNoise, measure_noise

STEP = 8
"""Side of the blocks on which background and weights are known, px."""

BACKGROUND_PX = 20.0
"""Standard deviation of the Gaussian whose mean is the background of a pixel."""

EDGES = (-4.8, -2.4, -1.2, 0.0, 1.2, 2.4, 4.8)
"""Between the bins: distance from the peak of the pixel, in standard deviations of its curve."""

N_BINS = len(EDGES) + 1
N_LOW = N_BINS // 2
"""Bins below the peak."""


@dataclass(frozen=True)
class FrameSums:
    """Sums over the frames in each bin of distance from the local peak.

    Attributes
    ----------
    signal : numpy.ndarray
        ``(8, height, width)`` float32: ``sum (I - B) / v``, with the counts ``I``, the background
        ``B`` and the variance ``v`` of a pixel in a frame, all in units of the dark noise.
    weight : numpy.ndarray
        ``(8, rows, columns)`` float32: ``sum 1 / v`` in blocks of 8x8 px.
    level : numpy.ndarray
        ``(8, rows, columns)`` float32: ``sum B / v`` in these blocks.
    noise : FrameNoise
        That gives ``v``, and the unit.
    """

    signal: numpy.ndarray
    weight: numpy.ndarray
    level: numpy.ndarray
    noise: FrameNoise

    def significance(self, bins: slice) -> numpy.ndarray:
        """``(height, width)`` float32: the sum over some bins, in its standard deviations."""
        return _significance(self.signal[bins], self.weight[bins].sum(axis=0))


def sum_frames(patched: PatchedScan, *, monitor: Monitor = SILENT) -> FrameSums:
    """Sum the frames of a scan, read one at a time.

    Parameters
    ----------
    patched : PatchedScan
        Frames with their mask, background, and rocking curves of patches.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Notes
    -----
    The weight is the inverse variance, as for the mean of values of unequal accuracy. Strong beam
    fluctuates by its fringes, so that frames near the peak hardly count.
    """
    scan, noise = patched.scan, measure_noise(patched)
    blocks = tuple(-(-side // STEP) for side in scan.frame_shape)
    signal = numpy.zeros((N_BINS, *scan.frame_shape), numpy.float32)
    weight, level = numpy.zeros((2, N_BINS, *blocks), numpy.float32)
    sigma = numpy.float32(noise.sigma)
    gain, texture = numpy.float32(noise.gain / noise.sigma), numpy.float32(noise.texture)
    positions = _Positions(patched)
    for index in numpy.flatnonzero(scan.used):
        monitor.check("The dislocation image was cancelled.")
        counts, dark = _counts(scan.frame(int(index)), patched.background)
        means = (_block_means(counts) - numpy.float32(dark)) / sigma
        smooth = gaussian_filter(means, BACKGROUND_PX / STEP, mode="nearest")
        lit = numpy.maximum(smooth, 0)
        inverse = 1 / (1 + gain * lit + (texture * lit) ** 2)
        bins = positions.bins(int(index))
        _add(counts, smooth * sigma + numpy.float32(dark), inverse / sigma, bins, signal)
        _add_blocks(lit, inverse, bins, weight, level)
        monitor.report((index + 1) / scan.n_frames)
    return FrameSums(signal, weight, level, noise)


class _Positions:
    """In which bin each block of a frame lies."""

    def __init__(self, patched: PatchedScan) -> None:
        self._angles = patched.scan.angles
        self._peaks, self._widths = (
            CurveMaps(patched, values, reduce=_at_blocks) for values in peak_positions(patched)
        )

    def bins(self, index: int) -> numpy.ndarray:
        """``(rows, columns)`` int64: the bin of each block in frame `index`."""
        distance = (self._angles[index] - self._peaks(index)) / self._widths(index)
        return numpy.searchsorted(EDGES, distance, side="right")


def _at_blocks(image: numpy.ndarray) -> numpy.ndarray:
    """``(rows, columns)`` float64: values in the middle of the blocks."""
    rows, columns = (
        numpy.minimum(numpy.arange(STEP // 2, side + STEP // 2, STEP), side - 1)
        for side in image.shape
    )
    return image[numpy.ix_(rows, columns)].astype(float)


def _counts(frame: numpy.ndarray, background: Background) -> tuple[numpy.ndarray, float]:
    """Counts of a frame, in a type that the loops take, and the dark level that they contain."""
    if numpy.ndim(background.level):
        return background.subtract(frame), 0.0
    return plain_counts(frame), float(background.level)


@numba.njit(nogil=True, cache=True, parallel=True)
def _block_means(counts):
    """Means of blocks, ``(rows, columns)`` float32; the last ones may be smaller."""
    height, width = counts.shape
    means = numpy.empty((-(-height // STEP), -(-width // STEP)), numpy.float32)
    for row in numba.prange(means.shape[0]):
        _mean_row(counts[row * STEP : (row + 1) * STEP], means[row])
    return means


@numba.njit(nogil=True, cache=True)
def _mean_row(counts, means):
    n_whole = counts.shape[1] // STEP
    totals = numpy.zeros(means.size, numpy.float32)
    for line in counts:
        for column in range(n_whole):
            total = numpy.float32(0)
            for k in range(STEP):
                total += numpy.float32(line[column * STEP + k])
            totals[column] += total
        for value in line[n_whole * STEP :]:
            totals[n_whole] += numpy.float32(value)
    for column in range(means.size):
        across = min(STEP, counts.shape[1] - column * STEP)
        means[column] = totals[column] / numpy.float32(counts.shape[0] * across)


@numba.njit(nogil=True, cache=True, parallel=True)
def _add(counts, background, inverse, bins, signal):
    """Add ``(counts - background) * inverse`` to the bins of the blocks.

    `background` and `inverse` are values at the centres of blocks, between them linear.
    """
    for row in numba.prange(background.shape[0]):
        for i in range(row * STEP, min((row + 1) * STEP, counts.shape[0])):
            ground, weight = pixel_row(background, i), pixel_row(inverse, i)
            _add_row(counts[i], ground, weight, bins[row], signal[:, i])


@numba.njit(nogil=True, cache=True)
def _add_blocks(lit, inverse, bins, weight, level):
    """Add the weight of each block, and the weighted level, to its bin."""
    for row in range(bins.shape[0]):
        for column in range(bins.shape[1]):
            one, own = bins[row, column], inverse[row, column]
            weight[one, row, column] += own
            level[one, row, column] += own * lit[row, column]


@numba.njit(nogil=True, cache=True)
def _add_row(counts, ground, weight, bins, signal):
    """Add a row of pixels; neighbouring blocks of one bin are one run."""
    first = 0
    for column in range(1, bins.size + 1):
        if column < bins.size and bins[column] == bins[first]:
            continue
        left, right = first * STEP, min(column * STEP, counts.size)
        into = signal[bins[first], left:right]
        own, below, scale = counts[left:right], ground[left:right], weight[left:right]
        for k in range(into.size):
            into[k] += (numpy.float32(own[k]) - below[k]) * scale[k]
        first = column


@numba.njit(nogil=True, cache=True)
def pixel_row(blocks, i):
    """Values of blocks on row `i` of pixels, linear between the centres of blocks.

    Returns
    -------
    numpy.ndarray
        ``(STEP * (columns + 1) - STEP / 2,)`` float32: up to half a block beyond the last one.
    """
    place = (i + 0.5) / STEP - 0.5
    above = int(numpy.floor(place))
    share = numpy.float32(place - above)
    first, second = blocks[max(above, 0)], blocks[min(above + 1, blocks.shape[0] - 1)]
    n, half = blocks.shape[1], STEP // 2
    values = numpy.empty(STEP * (n + 1), numpy.float32)
    before = first[0] + share * (second[0] - first[0])
    for column in range(n + 1):
        at = min(column, n - 1)
        after = first[at] + share * (second[at] - first[at])
        slope = (after - before) / numpy.float32(STEP)
        for k in range(STEP):
            values[column * STEP + k] = before + (numpy.float32(k) + numpy.float32(0.5)) * slope
        before = after
    return values[half:]


@numba.njit(nogil=True, cache=True, parallel=True)
def _significance(signal, weight):
    """``sum(signal) / sqrt(weight)``, 0 where nothing was summed."""
    image = numpy.empty(signal.shape[1:], numpy.float32)
    for i in numba.prange(image.shape[0]):
        row, total = pixel_row(weight, i), image[i]
        total[:] = 0
        for one in range(signal.shape[0]):
            for k in range(total.size):
                total[k] += signal[one, i, k]
        for k in range(total.size):
            total[k] = total[k] / numpy.sqrt(row[k]) if row[k] > 0 else numpy.float32(0)
    return image
