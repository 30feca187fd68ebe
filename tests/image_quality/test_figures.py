"""Figures of images whose lines are known."""

import math
import time

import numpy
import pytest
from scipy import ndimage

from darfix_wb.errors import DarfixWBError
from darfix_wb.image_quality.figures import image_quality
from darfix_wb.image_quality.line_detection import detection_scores

SHAPE = (256, 320)


@pytest.fixture(scope="module")
def lines():
    """Two long lines and a short one, 9 px wide."""
    mask = numpy.zeros(SHAPE, dtype=bool)
    mask[40:49, 30:250] = True
    mask[100:220, 200:209] = True
    mask[180:189, 60:90] = True
    return mask


@pytest.fixture(scope="module")
def shown(lines):
    """An image of these lines without noise."""
    return ndimage.gaussian_filter(lines.astype(float), 3)


@pytest.fixture(scope="module")
def noise():
    """White noise."""
    return numpy.random.default_rng(0).normal(size=SHAPE)


@pytest.fixture(scope="module")
def texture():
    """Blotches of some ten pixels, as in strong beam."""
    rough = numpy.random.default_rng(1).normal(size=SHAPE)
    blotches = ndimage.gaussian_filter(rough, 4)
    return 500 * numpy.exp(blotches / blotches.std())


def test_a_perfect_image_finds_every_line_and_no_other(shown, lines):
    quality = image_quality(shown, lines)
    assert quality.average_precision > 0.97
    assert quality.best_f1 > 0.95
    assert image_quality(lines, lines).average_precision > 0.97


def test_noise_finds_lines_as_often_as_chance(noise, lines):
    quality = image_quality(noise, lines)
    near = ndimage.distance_transform_edt(~lines) <= 3
    assert quality.base_rate == pytest.approx(near.mean())
    assert quality.average_precision == pytest.approx(quality.base_rate, rel=0.25)
    assert quality.best_f1 == pytest.approx(2 / (1 + 1 / quality.base_rate), rel=0.25)
    assert quality.contrast_to_noise == pytest.approx(0, abs=0.1)


def test_more_noise_finds_less(shown, noise, lines):
    qualities = [image_quality(shown + level * noise, lines) for level in (0.1, 0.5, 2, 8)]
    for name in ("average_precision", "best_f1", "contrast_to_noise"):
        values = [getattr(quality, name) for quality in qualities]
        assert values == sorted(values, reverse=True)


def test_dark_lines_are_not_found(shown, noise, lines):
    quality = image_quality(0.1 * noise - shown, lines)
    assert quality.average_precision < quality.base_rate
    assert quality.contrast_to_noise < -3


def test_the_tolerance_is_three_pixels(lines):
    by_rows = [image_quality(numpy.roll(_thin(lines), shift, axis=0), lines) for shift in (0, 3, 9)]
    assert by_rows[0].average_precision > 0.97
    assert by_rows[1].average_precision > 0.8
    assert by_rows[2].average_precision < 0.6


def _thin(lines):
    """Middle lines, a pixel wide, made soft."""
    middle = ndimage.distance_transform_edt(lines) == 5
    return ndimage.gaussian_filter(middle.astype(float), 1.5)


def test_contrast_is_measured_in_noise_of_the_surroundings(noise, lines):
    for sigma, height in ((1.0, 5.0), (4.0, 5.0), (1.0, 0.0)):
        image = sigma * noise + height * lines + 100
        found = image_quality(image, lines).contrast_to_noise
        assert found == pytest.approx(height / sigma, abs=0.15 + 0.03 * height / sigma)


def test_a_slope_is_no_noise(noise, lines):
    slope = numpy.linspace(0, 50, SHAPE[0])[:, None]
    found = image_quality(noise + 5 * lines + slope, lines).contrast_to_noise
    assert found == pytest.approx(5, abs=1)


def test_units_do_not_matter(shown, noise, texture, lines):
    image = shown + 0.3 * noise + 1e-4 * texture
    image[10:30, 10:30] = numpy.nan
    expected = image_quality(image, lines, strong_image=texture)
    for scale, offset in ((1e-4, 0.0), (700.0, -3e4), (3.0, 1e3)):
        found = image_quality(scale * image + offset, lines, strong_image=2 * texture - 40)
        for name, value in found.to_dict().items():
            assert value == pytest.approx(getattr(expected, name), rel=2e-3, abs=1e-6), name


def test_leakage_grows_with_the_texture_that_leaks(shown, noise, texture, lines):
    weights = (0, 0.3, 1, 3, 10)
    relative = texture / texture.std()
    leaked = [
        image_quality(shown + noise + weight * relative, lines, strong_image=texture).leakage
        for weight in weights
    ]
    assert leaked == sorted(leaked)
    assert leaked[0] < 0.005
    assert leaked[2] == pytest.approx(0.4, abs=0.1)  # 80 % of half of the variance
    assert leaked[-1] == pytest.approx(0.8, abs=0.1)


def test_another_texture_of_the_same_kind_is_no_leakage(noise, texture, lines):
    other = texture[::-1, ::-1]
    assert image_quality(noise + other / other.std(), lines, strong_image=texture).leakage < 0.05
    assert image_quality(texture, lines, strong_image=texture).leakage > 0.7


def test_lines_themselves_are_no_leakage(noise, texture, lines):
    faint = noise + 0.3 * texture / texture.std()
    with_lines = image_quality(faint + 100 * lines, lines, strong_image=texture).leakage
    assert with_lines == pytest.approx(
        image_quality(faint, lines, strong_image=texture).leakage, rel=1e-6
    )


def test_what_was_not_seen_is_not_found(shown, lines):
    half = shown.copy()
    half[:, 160:] = numpy.nan
    quality = image_quality(half, lines)
    assert 0.3 < quality.average_precision < 0.6
    left = numpy.zeros(SHAPE, dtype=bool)
    left[:, :160] = True
    assert image_quality(half, lines, region=left).average_precision > 0.95


@pytest.mark.filterwarnings("error")
def test_what_cannot_be_had_is_nan(shown, noise, texture, lines):
    nothing = image_quality(numpy.full(SHAPE, numpy.nan), lines, strong_image=texture)
    assert nothing.to_dict() == {
        "average_precision": None,
        "best_f1": None,
        "base_rate": pytest.approx(image_quality(noise, lines).base_rate),
        "contrast_to_noise": None,
        "leakage": None,
    }
    no_lines = image_quality(noise, numpy.zeros(SHAPE, dtype=bool), strong_image=texture)
    assert math.isnan(no_lines.average_precision + no_lines.contrast_to_noise)
    assert math.isnan(no_lines.base_rate)
    assert no_lines.leakage >= 0
    flat = image_quality(numpy.full(SHAPE, 7.0), lines, strong_image=texture)
    assert (flat.average_precision, flat.best_f1) == (0, 0)
    assert math.isnan(flat.contrast_to_noise)
    assert math.isnan(flat.leakage)
    assert math.isnan(image_quality(shown, lines).leakage)
    assert math.isnan(
        image_quality(noise, lines, strong_image=numpy.full(SHAPE, numpy.nan)).leakage
    )


def test_average_precision_is_that_of_the_curve():
    lines = numpy.zeros((9, 30), dtype=bool)
    lines[4, 5:25] = True
    response = numpy.zeros(lines.shape)
    response[4, 5:15] = 3.0
    response[0, :10] = 2.0
    response[4, 15:25] = 1.0
    seen = numpy.ones(lines.shape, dtype=bool)
    average, f1 = detection_scores(response, seen, lines, lines, tolerance_px=0)
    assert average == pytest.approx((10 * 1 + 10 * 20 / 30) / 20)
    assert f1 == pytest.approx(2 * (2 / 3) / (1 + 2 / 3))


def test_shapes_must_agree(noise, lines):
    with pytest.raises(DarfixWBError, match="image and lines must have the same shape"):
        image_quality(noise[1:], lines)
    with pytest.raises(DarfixWBError, match="image and strong_image must have the same shape"):
        image_quality(noise, lines, strong_image=noise[:, 1:])
    with pytest.raises(DarfixWBError, match="image and region must have the same shape"):
        image_quality(noise, lines, region=lines[:, 1:])


def test_it_takes_a_moment():
    rng = numpy.random.default_rng(0)
    image, strong = rng.normal(size=(2, 512, 640))
    lines = numpy.zeros(image.shape, dtype=bool)
    lines[100:109, 50:500] = True
    started = time.process_time()
    image_quality(image, lines, strong_image=strong)
    assert time.process_time() - started < 4  # 0.3 s on one core
