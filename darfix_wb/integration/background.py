"""How far an image rises above its background."""

from __future__ import annotations

import numpy

from ..local_background import local_background
from ..robust import robust_deviation


def above_background(
    image: numpy.ndarray, *, count: numpy.ndarray | float = 1.0, least: float = 0.0
) -> numpy.ndarray:
    """How far each pixel rises above the local background, in standard deviations of the noise.

    Parameters
    ----------
    image : numpy.ndarray
        ``(height, width)`` float; NaN is left out.
    count : numpy.ndarray or float
        ``(height, width)`` number of frames in each pixel: fewer frames, more noise.
    least : float
        The noise of one frame is measured where the image shows nothing, and is not taken to be
        below this: where a background was subtracted, most pixels may be 0.

    Returns
    -------
    numpy.ndarray
        ``(height, width)`` float32; NaN where the image is.
    """
    seen = numpy.isfinite(image)
    if not seen.any():
        return numpy.full(image.shape, numpy.nan, dtype=numpy.float32)
    residual = (image - local_background(image)) * numpy.sqrt(count)
    sigma = max(robust_deviation(residual[seen]), least, numpy.finfo(float).tiny)
    return (residual / sigma).astype(numpy.float32)


def paper_post_processing(image: numpy.ndarray) -> numpy.ndarray:
    """Published post-processing: minus mean + 1 std, clipped at 0, divided by the maximum.

    An image that does not rise above mean + 1 std anywhere becomes 0. NaN is left out.

    Source: arXiv 2509.05017, section 2.
    """
    seen = image[numpy.isfinite(image)]
    if not seen.size:
        return image.copy()
    lifted = numpy.maximum(image - (seen.mean() + seen.std()), 0)
    top = numpy.nanmax(lifted)
    return lifted / top if top > 0 else lifted
