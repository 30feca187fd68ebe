"""Patches that a single frame cannot tell, without features or with those of no known crystal."""

from __future__ import annotations

import numpy
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from ..beam import AMBIGUOUS
from ..training.augment import COUNTS_PER_PHOTON, margin_for
from ..training.data import LARGEST_SIGNAL, TrainingSet, allocate_signals

LEVELS = (2.0, 3000.0)
"""Mean counts above dark in sigma; what is fainter may well be weak beam without dislocations."""

FIXED_PATTERN = 0.6
WARM_SHARE, WARM_LEVEL = 0.006, 6.0
"""Of the sensor, in sigma: foreign patches must not be told from others by its cleanliness."""

SIGMAS = (1.5, 10.0)
SCALES_PX = (0.5, 40.0)
RELATIVE_STD = (0.05, 0.8)
GAIN_FACTORS = (0.2, 2.5)
GRADIENT = 0.8
NO_TEXTURE_SHARE = 0.3


def foreign_patches(n: int, patch_size: int, seed: int, *, scan_index: int = -1) -> TrainingSet:
    """Patches whose condition nobody could tell: even, sloping, mottled, striped or cellular.

    Parameters
    ----------
    n : int
        Number of patches.
    patch_size : int
        Side in pixels.
    seed : int
        The same seed gives the same patches.
    scan_index : int
        Number that `TrainingSet.scan` gets.

    Returns
    -------
    TrainingSet
        Its targets are AMBIGUOUS.
    """
    rng = numpy.random.default_rng(seed)
    window = patch_size + 2 * margin_for(patch_size)
    signals = allocate_signals(n, window)
    sigma = numpy.exp(rng.uniform(*numpy.log(SIGMAS), n)).astype(numpy.float32)
    levels = numpy.exp(rng.uniform(*numpy.log(LEVELS), n))
    for index in range(n):
        signal = levels[index] * texture((window, window), rng)
        shot = COUNTS_PER_PHOTON * rng.uniform(*GAIN_FACTORS) / sigma[index]
        noise = rng.normal(size=signal.shape) * numpy.sqrt(1 + shot * signal)
        noise += _sensor(signal.shape, rng)
        signals[index] = numpy.clip(signal + noise, -LARGEST_SIGNAL, LARGEST_SIGNAL)
    return TrainingSet(
        signals,
        sigma,
        numpy.full(n, AMBIGUOUS, dtype=numpy.uint8),
        numpy.full(n, scan_index, dtype=numpy.int32),
        numpy.arange(n, dtype=numpy.int32),
        patch_size,
    )


def texture(shape: tuple[int, int], rng: numpy.random.Generator) -> numpy.ndarray:
    """``shape`` float64 of mean about 1, positive: a slope times one texture or none."""
    rows, columns = numpy.indices(shape, sparse=True)
    slopes = rng.uniform(-GRADIENT, GRADIENT, 2) * rng.integers(0, 2)
    field = 1 + slopes[0] * (rows / shape[0] - 0.5) + slopes[1] * (columns / shape[1] - 0.5)
    if rng.random() < NO_TEXTURE_SHARE:
        return field
    make = (_mottled, _striped, _cellular)[rng.integers(3)]
    pattern = make(shape, numpy.exp(rng.uniform(*numpy.log(SCALES_PX))), rng)
    pattern -= pattern.mean()
    pattern *= rng.uniform(*RELATIVE_STD) / max(float(pattern.std()), 1e-9)
    pattern = numpy.exp(pattern) if rng.random() < 0.5 else numpy.maximum(1 + pattern, 0.05)
    return field * pattern / pattern.mean()


def _sensor(shape: tuple[int, int], rng: numpy.random.Generator) -> numpy.ndarray:
    """Fixed pattern and warm pixels, in sigma."""
    pattern = rng.normal(0, rng.uniform(0, FIXED_PATTERN), shape)
    return pattern + (rng.random(shape) < WARM_SHARE) * rng.exponential(WARM_LEVEL, shape)


def _mottled(shape: tuple[int, int], scale: float, rng: numpy.random.Generator) -> numpy.ndarray:
    return gaussian_filter(rng.normal(size=shape), scale, mode="wrap")


def _striped(shape: tuple[int, int], scale: float, rng: numpy.random.Generator) -> numpy.ndarray:
    axis = int(rng.integers(2))
    stripes = gaussian_filter1d(rng.normal(size=shape[axis]), scale, mode="wrap")
    return numpy.broadcast_to(numpy.expand_dims(stripes, 1 - axis), shape).copy()


def _cellular(shape: tuple[int, int], scale: float, rng: numpy.random.Generator) -> numpy.ndarray:
    """Areas of one level each with soft borders, as of mosaic grains."""
    smooth = gaussian_filter(rng.normal(size=shape), scale, mode="wrap")
    levels = numpy.floor(2 * smooth / max(float(smooth.std()), 1e-9))
    return gaussian_filter(levels + rng.normal(0, 1e-3, shape), 1)
