"""The transformation of all images, and figures that need no truth."""

import math

import numpy
import pytest
from scipy import ndimage

from darfix_wb.image_quality.bright_contrast import bright_contrast
from darfix_wb.image_quality.shown import as_shown, in_sigma
from darfix_wb.integration.background import above_background

SHAPE = (192, 256)


@pytest.fixture(scope="module")
def noise():
    return numpy.random.default_rng(0).normal(size=SHAPE)


@pytest.fixture(scope="module")
def spots():
    mask = numpy.zeros(SHAPE)
    mask[20:180:40, 20:240:40] = 1
    return ndimage.gaussian_filter(mask, 2) * 25


def test_an_image_is_shown_as_the_formula_says(noise, spots):
    image = 300 + 20 * (noise + 30 * spots)
    sigma = above_background(image)
    numpy.testing.assert_array_equal(in_sigma(image), sigma)
    expected = numpy.arcsinh(numpy.maximum(sigma, 0) / 3)
    numpy.testing.assert_allclose(as_shown(image), expected, rtol=1e-6)
    assert 2.5 < as_shown(image).max() < 3.5
    assert as_shown(image).dtype == numpy.float32


@pytest.mark.parametrize(("scale", "offset"), [(1e-4, 0.0), (40.0, -7.0), (3.0, 1e5)])
def test_brightness_and_gradients_do_not_matter(noise, spots, scale, offset):
    image = noise + 30 * spots
    slope = numpy.linspace(0, 4, SHAPE[1])
    numpy.testing.assert_allclose(as_shown(scale * image + offset), as_shown(image), atol=0.01)
    shown = as_shown(image + slope)
    assert numpy.corrcoef(shown.ravel(), as_shown(image).ravel())[0, 1] > 0.97


def test_probabilities_are_taken_as_they_are(spots):
    image = spots / spots.max()
    numpy.testing.assert_allclose(as_shown(image, unit="probability"), image, rtol=1e-6)
    assert (as_shown(image) != as_shown(image, unit="probability")).any()


def test_what_was_not_seen_stays_so(noise, spots):
    image = noise + 30 * spots
    image[:40] = numpy.nan
    shown = as_shown(image)
    numpy.testing.assert_array_equal(numpy.isnan(shown), numpy.isnan(image))
    assert numpy.isnan(as_shown(numpy.full(SHAPE, numpy.nan))).all()


def test_images_without_noise_stay_finite():
    sparse = numpy.zeros(SHAPE)
    sparse[50, 60] = 8.0
    assert in_sigma(sparse)[50, 60] == pytest.approx(8 / sparse.std(), rel=1e-3)
    assert numpy.isfinite(as_shown(sparse)).all()
    numpy.testing.assert_array_equal(as_shown(numpy.full(SHAPE, 7.0)), 0)


def test_noise_has_its_own_contrast(noise):
    assert bright_contrast(noise) == pytest.approx(2.58, abs=0.15)


@pytest.mark.parametrize("height", [10, 100])
def test_contrast_of_bright_pixels_is_in_sigma(noise, height):
    image = noise.copy()
    image.ravel()[::100] += height
    assert bright_contrast(image) == pytest.approx(height, rel=0.05)
    assert bright_contrast(7 * image - 300) == pytest.approx(bright_contrast(image))


def test_contrast_leaves_out_what_was_not_seen(noise):
    image = noise.copy()
    image[:96] = numpy.nan
    assert bright_contrast(image) == pytest.approx(bright_contrast(noise[96:]))
    assert math.isnan(bright_contrast(numpy.full(SHAPE, numpy.nan)))
    assert math.isnan(bright_contrast(numpy.full(SHAPE, 7.0)))
    assert math.isnan(bright_contrast(noise[:9, :11]))


def test_a_dislocation_image_is_in_sigma_already(noise, spots):
    image = noise + 30 * spots + numpy.linspace(0, 4, SHAPE[1])
    numpy.testing.assert_allclose(in_sigma(image, unit="sigma"), image, rtol=1e-6)
    expected = numpy.arcsinh(numpy.maximum(image, 0) / 3)
    numpy.testing.assert_allclose(as_shown(image, unit="sigma"), expected, rtol=1e-5)
    assert numpy.abs(in_sigma(image) - image).max() > 1
    for other in ("sigma of a pixel", "counts"):
        numpy.testing.assert_array_equal(as_shown(image, unit=other), as_shown(image))
