"""Rocking scans as a detector gives them: offset, noise, fixed pattern, warm pixels, lines."""

import numpy
import pytest
from scipy import ndimage

OFFSET, SIGMA, GAIN = 105.0, 4.6, 2.14
SHAPE = (96, 128)


@pytest.fixture
def make_frames():
    """Frames ``(n_frames, height, width)`` uint16 of a crystal that is lit all over or in part."""

    def make(rng, n_frames=15, shape=SHAPE, width=None, peaks=1, top=800.0):
        angles = numpy.arange(n_frames)
        width = width or rng.uniform(1.0, 3.0)
        centre = n_frames / 2 + ndimage.gaussian_filter(rng.normal(0, 1, shape), 20) * 20
        lit = ndimage.gaussian_filter(rng.random(shape), 12)
        lit = ndimage.gaussian_filter((lit > numpy.quantile(lit, 0.3)).astype(float), 1.2)
        signal = numpy.zeros((n_frames, *shape))
        for peak in range(peaks):
            offset = (peak - (peaks - 1) / 2) * 8 * width
            z = (angles[:, None, None] - centre - offset) / width
            signal += top * (numpy.exp(-(z**2) / 2) + 0.01 / (1 + z**2))
        signal *= lit * (1 + lines(rng, shape))
        photons = rng.poisson(signal / GAIN) * GAIN
        noise = rng.normal(0, SIGMA, signal.shape) + rng.normal(0, 1, shape)
        return (OFFSET + photons + noise).round().astype(numpy.uint16)

    return make


def lines(rng, shape):
    """Bright lines and spots, as blurred as optics and scintillator make them."""
    image = numpy.zeros(shape)
    for _ in range(3):
        image[rng.integers(shape[0])] += 4
        image[:, rng.integers(shape[1])] += 4
        image[rng.integers(shape[0]), rng.integers(shape[1])] += 20
    return ndimage.gaussian_filter(image, rng.uniform(0.9, 1.5))
