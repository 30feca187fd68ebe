"""What a decomposition gives, and what its modules share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy

from ..extraction import PatchedScan
from ..progress import SILENT, Monitor
from ..scan import RockingScan
from .regions import Regions

SCORE_LIMIT = 20.0
"""Scores lie within this distance of 0: a share of nothing has no logarithm."""

LEAST_SNR = 3.0
"""In sigma of a patch's mean: what a frame must show of it to be compared at all."""


@dataclass(frozen=True)
class Decomposition:
    """A scan as the sum of a few images, each times its rocking curve.

    Attributes
    ----------
    method : str
        ``"gso"``, ``"pca"``, ``"nmf"``, ``"nica"`` or ``"nica-nmf"``.
    images : numpy.ndarray
        ``(n, height, width)`` float32, the components; of binned pixels where `binning` is above 1.
    curves : numpy.ndarray
        ``(n_frames, n)`` float64, the weight of each image in each frame, in the order of the
        frames.
    weak : numpy.ndarray
        ``(n,)`` bool: components that show weak beam.
    weak_image : numpy.ndarray
        ``(height, width)`` float32 of the whole frame, in `unit`.
    unit : str
        ``"counts"`` (summed over the frames) or ``"sigma of a pixel"`` (of its noise, with the
        background: not the unit of images above their background, ``"sigma"``).
    scores : numpy.ndarray
        ``(n_frames, rows, columns)`` float64 of the scan's grid, finite: natural logarithm of the
        strong components' share of a patch over that of the weak ones, within +-20. The higher,
        the rather strong beam; 0 where both are equal, -20 where nothing shows (`log_shares`).
    note : str
        What the user must know; empty where there is nothing.
    binning : int
        Side in px of the squares of pixels that make one pixel of `images`.
    regions : Regions or None
        Those of Gram-Schmidt, chosen or found.
    """

    method: str
    images: numpy.ndarray
    curves: numpy.ndarray
    weak: numpy.ndarray
    weak_image: numpy.ndarray
    unit: str
    scores: numpy.ndarray
    note: str = ""
    binning: int = 1
    regions: Regions | None = None


def log_shares(
    patched: PatchedScan, strong: numpy.ndarray, weak: numpy.ndarray, least: float
) -> numpy.ndarray:
    """``log(strong / weak)`` within +-20; -20 where a patch does not rise above 3 sigma in a frame.

    What does not show is no strong beam, and the ratio of its shares says nothing.

    Parameters
    ----------
    patched : PatchedScan
        Whose `curves` tell what shows.
    strong, weak : numpy.ndarray
        ``(n_frames, rows, columns)``, not below 0.
    least : float
        Added to both, so that shares below it count as nearly equal; in their unit, above 0.

    Returns
    -------
    numpy.ndarray
        ``(n_frames, rows, columns)`` float64.
    """
    ratio = numpy.log(strong + least) - numpy.log(weak + least)
    ratio[patched.curves <= LEAST_SNR * patched.noise] = -SCORE_LIMIT
    return numpy.clip(ratio, -SCORE_LIMIT, SCORE_LIMIT)


def steps_of(scan: RockingScan) -> numpy.ndarray:
    """``(n_frames,)`` int64: the place of each frame within its own rocking curve."""
    steps = numpy.zeros(scan.n_frames, dtype=numpy.int64)
    for frames in scan.curves:
        steps[frames] = numpy.arange(len(frames))
    return steps


def frames_of(
    scan: RockingScan, what: str, *, monitor: Monitor = SILENT
) -> Iterator[tuple[int, numpy.ndarray]]:
    """Read the frames of a scan one at a time.

    Parameters
    ----------
    scan : RockingScan
        The frames.
    what : str
        What is done, for the message of `OperationCancelled`.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Yields
    ------
    tuple
        Index and frame; of a frame that is left out, the nearest one that is not.

    Raises
    ------
    OperationCancelled
        If the monitor is asked to stop.
    """
    for index in range(scan.n_frames):
        monitor.check(f"{what} was cancelled.")
        yield index, scan.frame(scan.nearest_used(index))
        monitor.report((index + 1) / scan.n_frames)
