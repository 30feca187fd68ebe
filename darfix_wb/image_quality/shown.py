"""The transformation with which images of all methods are compared."""

from __future__ import annotations

import numpy

from .. import dislocation_image
from ..integration.background import above_background
from ..robust import robust_deviation

PROBABILITY = "probability"
"""Unit of images that say how likely a line is at each pixel, 0 to 1."""

SIGMA = "sigma"
"""Unit of images that are above their local background already, in standard deviations of their
noise: dislocation images."""


def in_sigma(image: numpy.ndarray, *, unit: str = "") -> numpy.ndarray:
    """An image above its local background, in standard deviations of its noise.

    Parameters
    ----------
    image : numpy.ndarray
        ``(rows, columns)`` float; NaN where nothing was seen.
    unit : str
        Of the image. Images in ``"sigma"`` and probabilities are taken as they are.

    Returns
    -------
    numpy.ndarray
        ``(rows, columns)`` float32, see `above_background`; NaN where the image is. Where more
        than half of the image has one value, so that its noise cannot be measured, its standard
        deviation takes the place of the noise; an image of one value becomes 0.
    """
    image = numpy.asarray(image, dtype=float)
    if unit in (SIGMA, PROBABILITY):
        return image.astype(numpy.float32)
    seen = image[numpy.isfinite(image)]
    without_noise = seen.size > 0 and robust_deviation(seen) == 0
    return above_background(image, least=float(seen.std()) if without_noise else 0.0)


def as_shown(image: numpy.ndarray, *, unit: str = "") -> numpy.ndarray:
    """An image as it is shown and compared: ``asinh(max(sigma, 0) / 3)``.

    Dislocations differ in brightness by orders of magnitude, and methods in whether their image is
    in counts, in shares or in a logarithm of them. All of them pass through the same two steps:
    the local background is taken off and the rest stated in standard deviations of the noise (see
    `in_sigma`), then what is above the noise is compressed. A dislocation image is in sigma above
    its background already and is only compressed. Probabilities are taken as they are.

    Parameters
    ----------
    image : numpy.ndarray
        ``(rows, columns)`` float; NaN where nothing was seen.
    unit : str
        Of the image.

    Returns
    -------
    numpy.ndarray
        ``(rows, columns)`` float32, the same for ``a * image + b`` with positive ``a`` unless the
        unit is ``"sigma"`` or ``"probability"``; NaN where the image is.

    Examples
    --------
    >>> image = numpy.random.default_rng(0).normal(100, 5, (64, 64))
    >>> image[20, 30] = 600
    >>> sigma = in_sigma(image)[20, 30]
    >>> bool(95 < sigma < 110), round(float(as_shown(image)[20, 30]), 1)
    (True, 4.2)
    """
    sigma = in_sigma(image, unit=unit)
    return sigma if unit == PROBABILITY else dislocation_image.as_shown(sigma)
