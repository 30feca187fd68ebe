"""darfix's weak beam: values above n standard deviations of their pixel's curve are blanked."""

from __future__ import annotations

import numpy

from ..extraction import PatchedScan
from ..io.darfix.tasks import weak_beam_of_darfix
from ..progress import SILENT, Monitor
from .result import frames_of

SCORE_LIMIT = 1e6
"""Of values of pixels whose curve is flat, which any number of standard deviations is below."""

BLOCK_BYTES = 512 * 2**20
"""Of the rows that are held at once, as float32; darfix copies them once."""


def nstd_scores(patched: PatchedScan, *, monitor: Monitor = SILENT) -> numpy.ndarray:
    """Median over each patch of value / standard deviation of the pixel's curve, dark subtracted.

    More than half of a patch's pixels are blanked at n where its score is above n (for patches of
    an odd number of pixels exactly, else but for the two values in the middle). Frames are read
    one at a time, three times.

    Parameters
    ----------
    patched : PatchedScan
        Scan, grid and background.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    numpy.ndarray
        ``(n_frames, rows, columns)`` float64, finite: higher for strong beam.

    Raises
    ------
    OperationCancelled
        If the monitor is asked to stop.
    """
    std = curve_std(patched, monitor=monitor.part(0, 2 / 3))
    scores = numpy.empty(patched.curves.shape)
    for k, frame in _frames(patched, monitor=monitor.part(2 / 3, 1)):
        counts = patched.background.subtract(frame).astype(float)
        ratio = numpy.divide(counts, std, out=numpy.sign(counts) * SCORE_LIMIT, where=std > 0)
        scores[k] = _medians(ratio, patched)
    return numpy.clip(scores, -SCORE_LIMIT, SCORE_LIMIT)


def curve_std(patched: PatchedScan, *, monitor: Monitor = SILENT) -> numpy.ndarray:
    """Standard deviation of each pixel's curve.

    Frames are read one at a time, twice: once for the mean.

    Parameters
    ----------
    patched : PatchedScan
        Scan and background.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    numpy.ndarray
        ``(height, width)`` float64, counts.

    Raises
    ------
    OperationCancelled
        If the monitor is asked to stop.
    """
    mean = numpy.zeros(patched.scan.frame_shape)
    for _, frame in _frames(patched, monitor=monitor.part(0, 0.5)):
        mean += patched.background.subtract(frame)
    mean /= patched.scan.n_frames
    square = numpy.zeros_like(mean)
    for _, frame in _frames(patched, monitor=monitor.part(0.5, 1)):
        square += (patched.background.subtract(frame) - mean) ** 2
    return numpy.sqrt(square / patched.scan.n_frames)


def nstd_image(patched: PatchedScan, n: float, *, monitor: Monitor = SILENT) -> numpy.ndarray:
    """What darfix leaves of each pixel at `n`, averaged over the frames where it is left.

    Rows are taken in blocks of up to 512 MiB, and all frames read once for each block.

    Parameters
    ----------
    patched : PatchedScan
        Scan and background.
    n : float
        In standard deviations.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    numpy.ndarray
        ``(height, width)`` float32, mean counts above dark; NaN where every value is blanked.

    Raises
    ------
    OperationCancelled
        If the monitor is asked to stop.
    """
    n_frames, (height, width) = patched.scan.n_frames, patched.scan.frame_shape
    rows = max(1, BLOCK_BYTES // (4 * n_frames * width))
    image = numpy.full((height, width), numpy.nan, dtype=numpy.float32)
    for top in range(0, height, rows):
        block = numpy.empty((n_frames, min(rows, height - top), width), dtype=numpy.float32)
        part = monitor.part(top / height, (top + block.shape[1]) / height)
        for k, frame in _frames(patched, monitor=part):
            block[k] = patched.background.subtract(frame)[top : top + rows]
        image[top : top + rows] = _mean_of_what_stays(block, n)
    return image


def _mean_of_what_stays(block: numpy.ndarray, n: float) -> numpy.ndarray:
    left = weak_beam_of_darfix(block, n)
    count = sum((ours != 0) | (own == 0) for ours, own in zip(left, block, strict=True))
    mean = numpy.full(count.shape, numpy.nan)
    return numpy.divide(left.sum(axis=0, dtype=float), count, out=mean, where=count > 0)


def _medians(values: numpy.ndarray, patched: PatchedScan) -> numpy.ndarray:
    """Median of each patch's own pixels, padding left out, ``(rows, columns)``."""
    size = patched.grid.patch_size
    medians = [
        numpy.median(values[row : row + size, column : column + size])
        for row, column in patched.grid.origins
    ]
    return numpy.reshape(medians, patched.grid.shape)


def _frames(patched: PatchedScan, monitor: Monitor):
    return frames_of(patched.scan, "The n-std rule", monitor=monitor)
