"""Images of all methods on one scale, whatever their units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy

from ..image_quality.shown import PROBABILITY, SIGMA
from ..integration.background import above_background
from .result import MethodOutcome

LEAST_NOISE = 0.2
"""The noise of an image is not below this share of its spread: sparse images have none."""

COMMON = (1.0, 99.0)
"""Percentiles between which values make up the spread; hot pixels lie beyond."""

SCALE_PERCENTILES = (1.0, 99.7)


def contrast_of(image: numpy.ndarray, unit: str) -> numpy.ndarray | None:
    """An image above its local background, in standard deviations of its noise.

    Parameters
    ----------
    image : numpy.ndarray
        ``(height, width)`` float32 in its unit.
    unit : str
        ``"sigma"`` for an image that is above its background already: it is taken as it is.

    Returns
    -------
    numpy.ndarray or None
        ``(height, width)`` float32; None for a probability, which has no noise.
    """
    if unit == PROBABILITY:
        return None
    if unit == SIGMA:
        return image
    return above_background(image, least=LEAST_NOISE * _spread(image))


def _spread(image: numpy.ndarray) -> float:
    """Standard deviation without the lowest and the highest values; 0 where there are none."""
    seen = image[numpy.isfinite(image)]
    return float(numpy.clip(seen, *numpy.percentile(seen, COMMON)).std()) if seen.size else 0.0


def contrast_range(outcomes: Sequence[MethodOutcome]) -> tuple[float, float]:
    """Contrast at the ends of a colour scale that suits all methods, in standard deviations.

    Those whose image is a probability follow it and do not count.
    """
    values = [
        numpy.nanpercentile(outcome.contrast, SCALE_PERCENTILES)
        for outcome in outcomes
        if outcome.contrast is not None
        and outcome.unit != PROBABILITY
        and numpy.isfinite(outcome.contrast).any()
    ]
    if not values:
        return 0.0, 1.0
    low, high = numpy.median(values, axis=0)
    return float(low), float(max(high, low + 1e-6))


def on_one_scale(outcomes: Sequence[MethodOutcome]) -> tuple[MethodOutcome, ...]:
    """The outcomes, those whose image is a probability with a contrast like that of the others.

    A probability has no noise to be stated in. It takes the range of the others' contrast: 0 is
    their background, and 1 the upper end of their colour scale.
    """
    _, high = contrast_range(outcomes)
    return tuple(
        replace(one, contrast=high * one.weak_image) if one.unit == PROBABILITY else one
        for one in outcomes
    )
