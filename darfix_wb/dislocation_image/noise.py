"""How much the counts of a pixel fluctuate where nothing is, told from the frames themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from ..extraction import PatchedScan

N_FRAMES = 6
"""Frames that the gain is measured on, from the darkest to the brightest."""

THIRD_DIFFERENCE = (1.0, -3.0, 3.0, -1.0)
"""Along a row. It takes away what the optics can image, and leaves the noise of single pixels."""

BLOCK_PX = 16
ENOUGH_PX = 1000
"""Of frames twice as large, each second block is enough in both directions."""

N_BINS = 8
LEAST_BLOCKS = 20

TEXTURE = 0.3
"""Share by which strong beam fluctuates, whatever the scan. Measured per scan, it does not tell how
much of it spoils the image: by fringes or by steps of the level."""


@dataclass(frozen=True)
class FrameNoise:
    """Variance of the counts above dark of a pixel, by the level ``B`` around it.

    ``sigma^2 + gain B + (texture B)^2``: dark noise, photons, and fringes of strong beam.

    Attributes
    ----------
    sigma : float
        Counts.
    gain : float
        Counts of variance per count.
    texture : float
        Relative.
    """

    sigma: float
    gain: float
    texture: float = TEXTURE


def measure_noise(patched: PatchedScan) -> FrameNoise:
    """The noise of a scan, from six of its frames.

    In blocks of 16x16 px, the variance of third differences along the rows is held against the mean
    level (photon transfer, Janesick, Photon Transfer, SPIE 2007); the gain is the slope, by the
    medians of bins of level, weighted by their relative accuracy.

    Parameters
    ----------
    patched : PatchedScan
        Frames and background.

    Examples
    --------
    >>> from darfix_wb.extraction import extract
    >>> from darfix_wb.scan import RockingScan
    >>> rng = numpy.random.default_rng(0)
    >>> level = numpy.array([0, 50, 400, 50, 0])[:, None, None] * numpy.linspace(0, 1, 256)
    >>> frames = rng.normal(100 + level, numpy.sqrt(16 + 2 * level), (5, 256, 256))
    >>> noise = measure_noise(extract(RockingScan(frames, numpy.arange(5))))
    >>> round(noise.sigma), round(noise.gain, 1)
    (4, 2.0)
    """
    sigma = max(float(patched.background.sigma), numpy.finfo(numpy.float32).tiny)
    blocks = _blocks(patched, sigma)
    if not blocks:
        return FrameNoise(sigma, 0.0)
    means, variances = (numpy.concatenate(part) for part in zip(*blocks, strict=True))
    return FrameNoise(sigma, sigma * _slope(means, variances - 1))


def _blocks(patched: PatchedScan, sigma: float) -> list[tuple[numpy.ndarray, numpy.ndarray]]:
    """Means and variances of the blocks of a few frames, in units of the dark noise."""
    used = numpy.flatnonzero(patched.scan.used)
    if not len(used):
        return []
    by_level = used[numpy.argsort(patched.curves[used].mean(axis=(1, 2)))]
    chosen = by_level[
        numpy.unique(numpy.linspace(0, len(by_level) - 1, N_FRAMES).round().astype(int))
    ]
    step = max(min(patched.scan.frame_shape) // ENOUGH_PX, 1)
    measured = []
    for index in chosen:
        cut = _some_blocks(patched.scan.frame(int(index)), step)
        level = patched.background.level
        cut = numpy.subtract(
            cut, level if numpy.ndim(level) == 0 else _some_blocks(level, step), dtype=numpy.float32
        ) / numpy.float32(sigma)
        weights = numpy.array(THIRD_DIFFERENCE, numpy.float32)
        n = BLOCK_PX - len(weights) + 1
        difference = sum(w * cut[..., k : k + n] for k, w in enumerate(weights))
        variance = (difference**2).mean(axis=(1, 3)) / (weights**2).sum()
        measured.append((cut.mean(axis=(1, 3)).ravel(), variance.ravel()))
    return measured


def _some_blocks(image: numpy.ndarray, step: int) -> numpy.ndarray:
    """``(rows, 16, columns, 16)``: each `step`-th block in both directions."""
    height, width = (side // BLOCK_PX * BLOCK_PX for side in image.shape)
    blocks = image[:height, :width].reshape(height // BLOCK_PX, BLOCK_PX, -1, BLOCK_PX)
    return blocks[::step, :, ::step]


def _slope(level: numpy.ndarray, excess: numpy.ndarray) -> float:
    """Of the excess variance over the level, through 0; 0 where no block is bright enough."""
    bright = level > 1
    if bright.sum() < LEAST_BLOCKS:
        return 0.0
    level, excess = level[bright], excess[bright]
    edges = numpy.quantile(level, numpy.linspace(0, 1, N_BINS + 1))
    number = numpy.clip(numpy.searchsorted(edges, level, side="right") - 1, 0, N_BINS - 1)
    slopes = [
        numpy.median(excess[number == one]) / numpy.median(level[number == one])
        for one in numpy.unique(number)
    ]
    return float(max(numpy.median(slopes), 0.0))
