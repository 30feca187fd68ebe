"""Means and quantiles of values that count differently."""

from __future__ import annotations

import numpy


def share(chosen: numpy.ndarray, weights: numpy.ndarray) -> float:
    """Share of the weights that is chosen; NaN where there is nothing."""
    total = weights.sum()
    return float(weights[chosen].sum() / total) if total > 0 else numpy.nan


def quantiles(
    values: numpy.ndarray, weights: numpy.ndarray, fractions: tuple[float, ...]
) -> tuple[float, ...]:
    """Values below which fractions of the weights lie; NaN where there is nothing.

    Parameters
    ----------
    values, weights : numpy.ndarray
        ``(n,)`` float64.
    fractions : tuple of float
        From 0 to 1.

    Examples
    --------
    >>> quantiles(numpy.array([3.0, 1.0, 2.0]), numpy.ones(3), (0.5, 0.95))
    (2.0, 3.0)
    >>> quantiles(numpy.array([3.0, 1.0, 2.0]), numpy.array([1.0, 8.0, 1.0]), (0.5,))
    (1.0,)
    """
    if not len(values):
        return (numpy.nan,) * len(fractions)
    order = numpy.argsort(values, kind="stable")
    reached = numpy.cumsum(weights[order])
    places = numpy.searchsorted(reached, numpy.array(fractions) * reached[-1] * (1 - 1e-12))
    return tuple(float(values[order[min(place, len(values) - 1)]]) for place in places)


def mean(values: numpy.ndarray, weights: numpy.ndarray) -> float:
    """Weighted mean; NaN where there is nothing."""
    total = weights.sum()
    return float((values * weights).sum() / total) if total > 0 else numpy.nan


def harmonic(precision: float, recall: float) -> float:
    """F1 of precision and recall; NaN where one of them is, 0 where both are 0."""
    total = precision + recall
    return float(2 * precision * recall / total) if total else 0.0
