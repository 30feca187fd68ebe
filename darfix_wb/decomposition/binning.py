"""A whole scan in memory, in larger pixels."""

from __future__ import annotations

import math

import numpy

from ..errors import DarfixWBError
from ..extraction import PatchedScan
from ..progress import SILENT, Monitor
from ..scan import RockingScan
from .result import frames_of

SMALL_STACK = 64 * 2**20
"""Bytes of float32 up to which a scan is taken as it is."""

LARGEST_STACK = 2**30
FULL_FRAME_BINNING = 4


def automatic_binning(scan: RockingScan) -> int:
    """1 for a scan of up to 64 MiB as float32; else 4, or as much more as keeps it below 1 GiB."""
    size = 4 * scan.n_frames * math.prod(scan.frame_shape)
    if size <= SMALL_STACK:
        return 1
    binning = FULL_FRAME_BINNING
    while size / binning**2 > LARGEST_STACK:
        binning *= 2
    return min(binning, *scan.frame_shape)


def binned_stack(patched: PatchedScan, binning: int, *, monitor: Monitor = SILENT) -> numpy.ndarray:
    """All frames, dark subtracted, each pixel the mean of a square; frames are read one at a time.

    Parameters
    ----------
    patched : PatchedScan
        Scan and background.
    binning : int
        Side of the squares, px.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    numpy.ndarray
        ``(n_frames, ceil(height / binning), ceil(width / binning))`` float32, counts above dark.
        Squares that reach beyond the frame are filled up with its border.

    Raises
    ------
    DarfixWBError
        If `binning` is below 1 or above the frame's shorter side.
    OperationCancelled
        If the monitor is asked to stop.
    """
    height, width = patched.scan.frame_shape
    if not 1 <= binning <= min(height, width):
        raise DarfixWBError(
            f"binning must be at least 1 px and at most the frame's shorter side "
            f"({min(height, width)} px), got {binning}. Choose another one."
        )
    rows, columns = -(-height // binning), -(-width // binning)
    missing = ((0, rows * binning - height), (0, columns * binning - width))
    stack = numpy.empty((patched.scan.n_frames, rows, columns), dtype=numpy.float32)
    for k, frame in frames_of(patched.scan, "The decomposition", monitor=monitor):
        counts = numpy.pad(patched.background.subtract(frame), missing, mode="edge")
        stack[k] = counts.reshape(rows, binning, columns, binning).mean(axis=(1, 3))
    return stack


def enlarged(image: numpy.ndarray, binning: int, shape: tuple[int, int]) -> numpy.ndarray:
    """An image of binned pixels in those of the frame.

    Parameters
    ----------
    image : numpy.ndarray
        ``(ceil(height / binning), ceil(width / binning))``.
    binning : int
        Side of a binned pixel, px.
    shape : tuple of int
        ``(height, width)`` of the frame.

    Returns
    -------
    numpy.ndarray
        ``(height, width)``, dtype of `image`.
    """
    return image.repeat(binning, axis=0).repeat(binning, axis=1)[: shape[0], : shape[1]]
