"""How far the brightest pixels of an image stand out, for scans whose lines are not known."""

from __future__ import annotations

import math

import numpy

from ..robust import robust_deviation

BRIGHTEST = 0.01


def bright_contrast(image: numpy.ndarray) -> float:
    """Contrast to noise of the brightest 1 % of the pixels against the rest.

    The median of the brightest 1 % less the median of the rest, in robust standard deviations of
    the rest. White noise has about 2.6. It does not tell what the bright pixels are: warm pixels
    and edges count as dislocations do.

    Parameters
    ----------
    image : numpy.ndarray
        ``(rows, columns)`` float, without its local background; NaN is left out.

    Returns
    -------
    float
        The same for ``a * image + b`` with positive ``a``; nan where fewer than 100 pixels were
        seen or the rest has no spread.

    Examples
    --------
    >>> image = numpy.random.default_rng(0).normal(size=(200, 200))
    >>> round(bright_contrast(image), 1)
    2.6
    """
    image = numpy.asarray(image, dtype=float)
    values = numpy.sort(image[numpy.isfinite(image)])
    n_bright = int(BRIGHTEST * len(values))
    if not n_bright:
        return math.nan
    rest, brightest = values[:-n_bright], values[-n_bright:]
    noise = robust_deviation(rest) or rest.std()
    if not noise > 0:
        return math.nan
    return float((numpy.median(brightest) - numpy.median(rest)) / noise)
