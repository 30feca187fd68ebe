"""How much of one image is the texture of another."""

from __future__ import annotations

import math

import numpy
from scipy import fft

from ..local_background import local_background

BACKGROUND_PX = 256
"""What varies over longer distances is illumination and tilt, no texture."""

BAND_POWER = (0.1, 0.9)
"""The texture's band holds the power between these shares, from long waves to short ones."""


def leaked_share(image: numpy.ndarray, texture: numpy.ndarray, where: numpy.ndarray) -> float:
    """Share of an image's variance that is proportional to a texture.

    With both images freed from their background, and with ``i`` the image and ``i_b``, ``t_b``
    the parts of image and texture in the texture's band of spatial frequencies, all sums over
    `where`, it is ``sum(i_b^2) / sum(i^2)``, the share of the variance in the band, times
    ``sum(i_b t_b)^2 / (sum(i_b^2) sum(t_b^2))``, the squared correlation in the band.

    Parameters
    ----------
    image, texture : numpy.ndarray
        ``(rows, columns)`` float, finite in `where`.
    where : numpy.ndarray
        ``(rows, columns)`` bool: pixels that count.

    Returns
    -------
    float
        0 to 1; nan where no pixel counts, or one of the images is flat.
    """
    if not where.any():
        return math.nan
    image, texture = (_detrended(one, where) for one in (image, texture))
    spectrum = fft.rfft2(texture)
    band = _band(spectrum, image.shape)
    in_band, texture = (
        fft.irfft2(waves * band, image.shape)[where] for waves in (fft.rfft2(image), spectrum)
    )
    scale = float(numpy.sum(texture**2)) * float(numpy.sum(image**2))
    if not scale > 0:
        return math.nan
    return min(1.0, float(numpy.sum(in_band * texture)) ** 2 / scale)


def _detrended(image: numpy.ndarray, where: numpy.ndarray) -> numpy.ndarray:
    """Above its background and of mean 0 and mean square 1, float64; 0 elsewhere."""
    image = numpy.where(where, image, numpy.nan)
    residual = image - local_background(image, size=BACKGROUND_PX)
    residual -= numpy.nanmean(residual)
    deviation = numpy.nanstd(residual)
    return numpy.nan_to_num(residual / deviation if deviation > 0 else 0 * residual)


def _band(spectrum: numpy.ndarray, shape: tuple[int, int]) -> numpy.ndarray:
    """``(rows, columns // 2 + 1)`` bool: the waves that hold most of a spectrum's power."""
    frequency = numpy.hypot(fft.fftfreq(shape[0])[:, None], fft.rfftfreq(shape[1]))
    ring = numpy.rint(frequency * max(shape)).astype(int)
    power = numpy.bincount(ring.ravel(), weights=(numpy.abs(spectrum) ** 2).ravel())
    first, last = numpy.searchsorted(power.cumsum(), numpy.multiply(BAND_POWER, power.sum()))
    return (ring >= first) & (ring <= last)
