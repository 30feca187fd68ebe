"""Spread of values that a few bright ones do not move."""

from __future__ import annotations

import numpy

SIGMA_PER_MAD = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""


def robust_deviation(values: numpy.ndarray) -> float:
    """Standard deviation from the median absolute deviation; 0 where most values are the same.

    Parameters
    ----------
    values : numpy.ndarray
        ``(n,)`` float, finite; at least one.
    """
    return float(SIGMA_PER_MAD * numpy.median(numpy.abs(values - numpy.median(values))))
