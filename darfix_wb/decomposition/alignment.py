"""Sub-grains whose peaks lie far from the others', moved by whole frames before Gram-Schmidt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy
from scipy import ndimage

from ..extraction import PatchedScan
from ..progress import SILENT, Monitor
from .result import frames_of, steps_of

BLUR = 9
TAU = 10.0
LARGE_PERCENTILE = 99.5
SUBSAMPLE = 2**18


@dataclass(frozen=True)
class Shifts:
    """By how many steps the rocking curve of each pixel is moved.

    Attributes
    ----------
    values : numpy.ndarray
        ``(n,)`` int64, the different shifts; 0 is the first. Aligned, a pixel of shift d shows in
        step k what it showed in step k + d.
    index : numpy.ndarray or None
        ``(height, width)`` uint16, which of `values` each pixel has; None where all have the first.
    """

    values: numpy.ndarray
    index: numpy.ndarray | None = None

    def sources(self, curves: Sequence[numpy.ndarray], n_frames: int) -> numpy.ndarray:
        """``(n, n_frames)`` int64: the frame that an aligned frame is taken from.

        Beyond the ends of its rocking curve, a pixel keeps showing the first or the last frame.

        Parameters
        ----------
        curves : sequence of numpy.ndarray
            Frames of each rocking curve, as in `RockingScan`.
        n_frames : int
            Of the scan.
        """
        found = numpy.tile(numpy.arange(n_frames), (len(self.values), 1))
        for row, shift in zip(found, self.values, strict=True):
            for frames in curves:
                steps = numpy.arange(len(frames)) + shift
                row[frames] = frames[numpy.clip(steps, 0, len(frames) - 1)]
        return found


NO_SHIFTS = Shifts(numpy.zeros(1, dtype=numpy.int64))


def log2_counts(frame: numpy.ndarray, patched: PatchedScan) -> numpy.ndarray:
    """``log2(max(I - dark, 1))``, ``(height, width)`` float32."""
    counts = patched.background.subtract(frame)
    return numpy.log2(numpy.maximum(counts, 1, out=counts), out=counts)


def centre_of_mass(patched: PatchedScan, *, monitor: Monitor = SILENT) -> numpy.ndarray:
    """Centre of mass of each pixel's rocking curve of log counts; frames are read once.

    Averaged over 9x9 px, of those pixels that have one.

    Parameters
    ----------
    patched : PatchedScan
        Scan and background.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    numpy.ndarray
        ``(height, width)`` float64 in steps of the rocking curve; NaN where no pixel nearby has
        any counts above the 1st percentile.

    Raises
    ------
    OperationCancelled
        If the monitor is asked to stop.

    Notes
    -----
    Section "grain alignment" of Huang, Coffee and Dresselhaus-Marais, IMMI 12:83 (2023).
    """
    steps = steps_of(patched.scan)
    total = numpy.zeros(patched.scan.frame_shape)
    moment = numpy.zeros_like(total)
    sample = LowEnd(patched)
    for index, frame in frames_of(patched.scan, "The alignment", monitor=monitor):
        logs = log2_counts(frame, patched)
        sample.add(logs)
        total += logs
        moment += float(steps[index]) * logs
    low = sample.percentile()
    total -= low * len(steps)
    moment -= low * steps.sum()
    seen = total > 0
    centre = numpy.divide(moment, total, out=numpy.zeros_like(total), where=seen)
    near = ndimage.uniform_filter(seen.astype(float), BLUR)
    blurred = ndimage.uniform_filter(centre, BLUR)
    return numpy.where(near > 0.5 / BLUR**2, blurred / numpy.maximum(near, 1e-9), numpy.nan)


class LowEnd:
    """The 1st percentile of the log counts of a scan, of some 2e5 pixels of all frames."""

    def __init__(self, patched: PatchedScan) -> None:
        n_pixels = patched.scan.n_frames * int(numpy.prod(patched.scan.frame_shape))
        self._stride = -(-n_pixels // SUBSAMPLE)
        self._values: list[numpy.ndarray] = []

    def add(self, logs: numpy.ndarray) -> None:
        """Take one frame in."""
        self._values.append(logs.ravel()[:: self._stride].copy())

    def percentile(self) -> float:
        """Of the frames so far."""
        return float(numpy.percentile(numpy.concatenate(self._values), 1))


def sub_grain_shifts(centre: numpy.ndarray, *, tau: float = TAU) -> Shifts:
    """Shifts of sub-grains, i.e. of large regions whose peak lies far from the median one.

    A region is connected and lies beyond `tau` on one side; it is large at or above the 99.5th
    percentile of the regions' areas. It is moved by a whole number of steps. The published code
    moves by one and wraps round the end of the curve.

    Parameters
    ----------
    centre : numpy.ndarray
        ``(height, width)``, of `centre_of_mass`, in steps.
    tau : float
        In steps.
    """
    offset = centre - (numpy.nanmedian(centre) if numpy.isfinite(centre).any() else 0)
    regions = numpy.zeros(centre.shape, dtype=numpy.int64)
    for side in (offset > tau, offset < -tau):
        labelled, _ = ndimage.label(side)
        regions[side] = labelled[side] + regions.max()
    if not regions.any():
        return NO_SHIFTS
    areas = numpy.bincount(regions.ravel())[1:]
    large = 1 + numpy.flatnonzero(areas >= numpy.percentile(areas, LARGE_PERCENTILE))
    moved = numpy.zeros(len(areas) + 1, dtype=numpy.int64)
    moved[large] = numpy.round(ndimage.mean(offset, regions, large))
    values = numpy.unique(moved[moved != 0])
    values = numpy.concatenate([[0], values])
    number = numpy.searchsorted(values[1:], moved) + 1
    return Shifts(values, numpy.where(moved == 0, 0, number).astype(numpy.uint16)[regions])
