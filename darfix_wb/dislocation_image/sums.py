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
from ..threads import FRAMES_AT_ONCE, over_rows, same_typed
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

    def significance(self) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
        """The sums over all bins, over those below the peak and over those above it.

        Returns
        -------
        tuple of numpy.ndarray
            ``(height, width)`` float32 each, in standard deviations of the sums.
        """
        weights = self.weight[:N_LOW].sum(axis=0), self.weight[N_LOW:].sum(axis=0)
        images = tuple(numpy.empty((3, *self.signal.shape[1:]), numpy.float32))
        height = self.signal.shape[1]
        over_rows(lambda *rows: _significance(self.signal, *weights, *rows, *images), height)
        return images


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
    positions, waiting = _Positions(patched), []
    used = numpy.flatnonzero(scan.used)
    for number, index in enumerate(used):
        monitor.check("The dislocation image was cancelled.")
        counts, dark = _counts(scan.frame(int(index)), patched.background)
        means = (_block_means(counts) - numpy.float32(dark)) / sigma
        smooth = gaussian_filter(means, BACKGROUND_PX / STEP, mode="nearest")
        lit = numpy.maximum(smooth, 0)
        inverse = 1 / (1 + gain * lit + (texture * lit) ** 2)
        bins = positions.bins(int(index))
        waiting.append((counts, smooth * sigma + numpy.float32(dark), inverse / sigma, bins))
        _add_blocks(lit, inverse, bins, weight, level)
        if len(waiting) == FRAMES_AT_ONCE or number == len(used) - 1:
            _add_to_bins(waiting, signal)
            waiting.clear()
        monitor.report((number + 1) / len(used))
    return FrameSums(signal, weight, level, noise)


def _add_to_bins(frames: list[tuple[numpy.ndarray, ...]], signal: numpy.ndarray) -> None:
    """Add some frames, each with its background, weights and bins."""
    counts, *maps = zip(*frames, strict=True)
    given = (same_typed(counts), *map(numpy.stack, maps))
    over_rows(lambda *rows: _add(*given, *rows, signal), signal.shape[1])


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


def _block_means(counts: numpy.ndarray) -> numpy.ndarray:
    """Means of blocks, ``(rows, columns)`` float32; the last ones may be smaller."""
    means = numpy.empty(tuple(-(-side // STEP) for side in counts.shape), numpy.float32)
    over_rows(lambda *rows: _mean_rows(counts, *rows, means), len(means))
    return means


@numba.njit(nogil=True, cache=True)
def _mean_rows(counts, first, last, means):
    for row in range(first, last):
        _mean_row(counts[row * STEP : (row + 1) * STEP], means[row])


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


@numba.njit(nogil=True, cache=True)
def _add(counts, background, inverse, bins, first, last, signal):
    """Add ``(counts - background) * inverse`` to the bins of the blocks, in some rows of pixels.

    `background` and `inverse` are values at the centres of blocks, between them linear.
    """
    padded, lowest = STEP * (background.shape[2] + 1), background.shape[1] - 1
    ground_above = numpy.empty(padded, numpy.float32)  # each alone: rows of one array are slower
    ground_below, scale_above = numpy.empty_like(ground_above), numpy.empty_like(ground_above)
    scale_below, excess = numpy.empty_like(ground_above), numpy.empty_like(ground_above)
    row = first
    while row < last:
        above, _ = _between(row)
        end = min(STEP * (above + 1) + STEP // 2, last)
        top, bottom = max(above, 0), min(above + 1, lowest)
        for one in range(background.shape[0]):
            _across(background[one, top], ground_above)
            _across(background[one, bottom], ground_below)
            _across(inverse[one, top], scale_above)
            _across(inverse[one, bottom], scale_below)
            ground, scale = (ground_above, ground_below), (scale_above, scale_below)
            for i in range(row, end):
                _, share = _between(i)
                _weigh(counts[one][i], ground, scale, share, excess)
                _add_row(excess[: counts[one].shape[1]], bins[one, i // STEP], signal[:, i])
        row = end


@numba.njit(nogil=True, cache=True)
def _weigh(counts, ground, scale, share, excess):
    """``(counts - ground) * scale`` of a row between two rows of blocks."""
    ground_above, ground_below = ground
    scale_above, scale_below = scale
    half = STEP // 2
    for k in range(counts.size):
        below = ground_above[half + k] + share * (ground_below[half + k] - ground_above[half + k])
        own = scale_above[half + k] + share * (scale_below[half + k] - scale_above[half + k])
        excess[k] = (numpy.float32(counts[k]) - below) * own


@numba.njit(nogil=True, cache=True)
def _add_blocks(lit, inverse, bins, weight, level):
    """Add the weight of each block, and the weighted level, to its bin."""
    for row in range(bins.shape[0]):
        for column in range(bins.shape[1]):
            one, own = bins[row, column], inverse[row, column]
            weight[one, row, column] += own
            level[one, row, column] += own * lit[row, column]


@numba.njit(nogil=True, cache=True)
def _add_row(excess, bins, signal):
    """Add a row of pixels; neighbouring blocks of one bin are one run."""
    first = 0
    for column in range(1, bins.size + 1):
        if column < bins.size and bins[column] == bins[first]:
            continue
        left, right = first * STEP, min(column * STEP, excess.size)
        into, own = signal[bins[first], left:right], excess[left:right]
        for k in range(into.size):
            into[k] += own[k]
        first = column


@numba.njit(nogil=True, cache=True)
def pixel_row(blocks, i):
    """Values of blocks on row `i` of pixels, linear between the centres of blocks.

    Returns
    -------
    numpy.ndarray
        ``(STEP * (columns + 1) - STEP / 2,)`` float32: up to half a block beyond the last one.
    """
    above, share = _between(i)
    first, second = blocks[max(above, 0)], blocks[min(above + 1, blocks.shape[0] - 1)]
    values = numpy.empty(STEP * (blocks.shape[1] + 1), numpy.float32)
    _across(first + share * (second - first), values)
    return values[STEP // 2 :]


@numba.njit(nogil=True, cache=True)
def _between(i):
    """The row of blocks above row `i` of pixels, and how far this is on the way to the next."""
    place = (i + 0.5) / STEP - 0.5
    above = int(numpy.floor(place))
    return above, numpy.float32(place - above)


@numba.njit(nogil=True, cache=True)
def _across(blocks, values):
    """A row of blocks as pixels, from half a block before the first one on."""
    before = blocks[0]
    for column in range(blocks.size + 1):
        after = blocks[min(column, blocks.size - 1)]
        slope = (after - before) / numpy.float32(STEP)
        for k in range(STEP):
            values[column * STEP + k] = before + (numpy.float32(k) + numpy.float32(0.5)) * slope
        before = after


@numba.njit(nogil=True, cache=True)
def _significance(signal, low_weight, high_weight, first, last, whole, low, high):
    """``sum(signal) / sqrt(weight)``, 0 where nothing was summed, in some rows."""
    for i in range(first, last):
        low_row, high_row = pixel_row(low_weight, i), pixel_row(high_weight, i)
        _total(signal[:N_LOW, i], low[i])
        _total(signal[N_LOW:, i], high[i])
        whole[i] = low[i] + high[i]
        _divide(whole[i], low_row + high_row)
        _divide(low[i], low_row)
        _divide(high[i], high_row)


@numba.njit(nogil=True, cache=True)
def _total(rows, total):
    total[:] = 0
    for one in range(rows.shape[0]):
        row = rows[one]
        for k in range(total.size):
            total[k] += row[k]


@numba.njit(nogil=True, cache=True)
def _divide(total, weight):
    zero = numpy.float32(0)
    for k in range(total.size):
        total[k] = total[k] / numpy.sqrt(weight[k]) if weight[k] > 0 else zero
