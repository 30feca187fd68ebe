"""A few neighbouring frames, from the faintest to the brightest, looked at pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy

from ..extraction import PatchedScan
from ..progress import Monitor
from .intensities import frame_intensities
from .photon_transfer import block_noise
from .watched_frames import finite_pixels

N_PAIRS = 8

LEAST_TRANSFER_SIDE = 10
"""Frames must be at least so high and wide (px) for noise to be measured in blocks."""

N_LEVELS = 300
"""Bins of the histogram of counts."""

MOST_PIXELS = 2**18
"""Of each frame, so many pixels at most enter the histogram."""


@dataclass(frozen=True)
class Sample:
    """What the pixels of some frames say.

    Attributes
    ----------
    frames : tuple of int
        The frames, at most 16.
    brightest : numpy.ndarray
        ``(height, width)`` in the dtype of the file: largest counts of each pixel in the sample.
    faintest : numpy.ndarray
        ``(height, width)``: smallest counts likewise.
    first : numpy.ndarray
        ``(height, width)``: one of the frames.
    levels, numbers : numpy.ndarray
        As in `Figures`.
    noise : list of (numpy.ndarray, numpy.ndarray)
        From `block_noise`, of each pair of neighbouring frames.
    """

    frames: tuple[int, ...]
    brightest: numpy.ndarray
    faintest: numpy.ndarray
    first: numpy.ndarray
    levels: numpy.ndarray
    numbers: numpy.ndarray
    noise: list[tuple[numpy.ndarray, numpy.ndarray]]


def take_sample(patched: PatchedScan, lowest: float, highest: float, *, monitor: Monitor) -> Sample:
    """Read at most 16 frames of a scan.

    Parameters
    ----------
    patched : PatchedScan
        The scan and its rocking curves, which say which frames are bright.
    lowest, highest : float
        Counts between which all pixels lie.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.
    """
    scan = patched.scan
    groups = neighbouring_frames(patched)
    edges = lowest - 1 + numpy.geomspace(1, max(highest - lowest, 1) + 2, N_LEVELS + 1)
    numbers = numpy.zeros(N_LEVELS)
    first = brightest = faintest = None
    noise = []
    invalid = None if scan.mask is None else scan.mask.invalid
    for done, group in enumerate(groups):
        monitor.check("The check of the scan was cancelled.")
        frames = [scan.frame(index) for index in group]
        for frame in frames:
            first = frame if first is None else first
            step = int(numpy.ceil(numpy.sqrt(frame.size / MOST_PIXELS)))
            some = finite_pixels(frame[::step, ::step])
            numbers += numpy.histogram(some, edges)[0]
            brightest = frame if brightest is None else numpy.fmax(brightest, frame)
            faintest = frame if faintest is None else numpy.fmin(faintest, frame)
        if len(frames) == 2 and min(scan.frame_shape) >= LEAST_TRANSFER_SIDE:
            noise.append(block_noise(*frames, invalid))
        monitor.report((done + 1) / len(groups))
    chosen = tuple(sorted({index for group in groups for index in group}))
    return Sample(chosen, brightest, faintest, first, edges, numbers, noise)


def neighbouring_frames(patched: PatchedScan) -> list[tuple[int, ...]]:
    """At most 8 pairs of neighbours on a rocking curve, of all brightnesses; else single frames.

    They are as evenly spread from the faintest to the brightest as the scan has them, on a
    logarithmic scale.

    Examples
    --------
    >>> from darfix_wb.extraction import extract
    >>> from darfix_wb.scan import RockingScan
    >>> frames = numpy.random.default_rng(0).normal(100, 4, (4, 64, 64))
    >>> frames[1] += 50
    >>> neighbouring_frames(extract(RockingScan(frames, numpy.arange(4))))
    [(2, 3), (0, 1), (1, 2)]
    """
    intensities = numpy.nan_to_num(frame_intensities(patched))
    groups = [
        (int(first), int(second))
        for frames in patched.scan.curves
        for first, second in pairwise(frames)
    ]
    groups = groups or [(index,) for index in range(patched.scan.n_frames)]
    brightness = numpy.array([max(intensities[index] for index in group) for group in groups])
    low, high = max(brightness.min(), patched.noise), max(brightness.max(), 2 * patched.noise)
    chosen = {int(brightness.argmin()), int(brightness.argmax())}
    for wanted in numpy.geomspace(low, high, N_PAIRS)[1:-1]:
        free = [one for one in range(len(groups)) if one not in chosen]
        if free:
            chosen.add(min(free, key=lambda one: abs(brightness[one] - wanted)))
    return [groups[one] for one in sorted(chosen, key=lambda one: brightness[one])]
