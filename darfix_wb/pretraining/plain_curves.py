"""Rocking curves of crystals without features: near peak and tails there is no doubt."""

from __future__ import annotations

import numpy
from scipy.ndimage import gaussian_filter

from ..beam import BeamCondition
from ..classification.plain_crystals import BOUNDARY_SHARE
from .curve_blocks import CurveBlock

STEPS = (9, 61)
FWHM_STEPS = (1.3, 16.0)
EXPONENTS = (1.2, 60.0)
SIDES = (2, 9)
PEAK_OVER_NOISE = (40.0, 2e4)


def plain_block(rng: numpy.random.Generator) -> CurveBlock:
    """A random one: peaks that move and fade slowly across the grid, and no images.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws it.
    """
    rows, columns = rng.integers(*SIDES, 2)
    n_steps = int(rng.integers(*STEPS))
    fwhm = numpy.exp(rng.uniform(*numpy.log(FWHM_STEPS)))
    drift = _smooth((rows, columns), rng) * rng.uniform(0, 0.25 * n_steps) * rng.integers(0, 2)
    centre = n_steps * rng.uniform(0.25, 0.75) + drift
    distance = (numpy.arange(n_steps)[:, None, None] - centre) / fwhm
    shape = _profile(distance, rng)
    peak = numpy.exp(rng.uniform(*numpy.log(PEAK_OVER_NOISE)))
    heights = peak * numpy.exp(_smooth((rows, columns), rng) * rng.uniform(0, 1))
    heights *= numpy.exp(rng.normal(0, rng.uniform(0, 0.3), heights.shape))
    counts = heights * shape
    share = shape / shape.max(axis=0)
    condition = numpy.where(share > BOUNDARY_SHARE, BeamCondition.STRONG, BeamCondition.WEAK)
    return CurveBlock(
        curves=counts + rng.normal(0, 1 + 0.02 * numpy.sqrt(counts)),
        angles=numpy.arange(n_steps, dtype=float),
        noise=1.0,
        lit=numpy.ones((rows, columns), dtype=bool),
        logits=numpy.zeros((*share.shape, len(BeamCondition))),
        log_spread=numpy.zeros(share.shape),
        condition=condition.astype(numpy.uint8),
        log_multiple=numpy.zeros(share.shape),
    )


def _profile(distance: numpy.ndarray, rng: numpy.random.Generator) -> numpy.ndarray:
    """Pearson VII, from nearly Lorentzian to nearly Gaussian, of distances in units of the FWHM."""
    exponent = numpy.exp(rng.uniform(*numpy.log(EXPONENTS)))
    return (1 + 4 * distance**2 * (2 ** (1 / exponent) - 1)) ** -exponent


def _smooth(shape: tuple[int, int], rng: numpy.random.Generator) -> numpy.ndarray:
    """Slow changes across a grid, from about -1 to 1."""
    field = gaussian_filter(rng.normal(size=shape), 3, mode="nearest")
    slopes = rng.uniform(-1, 1, 2)
    rows, columns = numpy.indices(shape, sparse=True)
    field = field / max(float(numpy.abs(field).max()), 1e-9) * rng.uniform(0, 1)
    return field + slopes[0] * (rows / shape[0] - 0.5) + slopes[1] * (columns / shape[1] - 0.5)
