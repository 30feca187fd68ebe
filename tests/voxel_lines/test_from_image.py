"""Lines by threshold and skeleton, on dislocation images whose lines are known."""

from __future__ import annotations

import numpy
import pytest
from scipy import ndimage

from darfix_wb.dislocation_lines.line import DislocationLine
from darfix_wb.dislocation_lines.network import LineNetwork
from darfix_wb.errors import DarfixWBError
from darfix_wb.volume_comparison.line_metrics import compare_lines
from darfix_wb.voxel_lines.from_image import skeleton_lines

SPACING = numpy.array([1.0, 0.14, 0.05])
SHAPE = (20, 120, 240)
BOX = numpy.stack([numpy.zeros(3), (numpy.array(SHAPE) - 1) * SPACING])
LINES = [
    [[0.0, 3, 3], [19.0, 7, 6]],
    [[0.0, 12, 10], [19.0, 9, 2]],
    [[10.0, 2, 9], [10.0, 14, 10]],
]


def images(seed=0, hot=()):
    """Noise of one sigma, and lines of about 15 sigma that are 0.2 um wide."""
    noise = numpy.random.default_rng(seed).normal(size=SHAPE)
    drawn = numpy.zeros(SHAPE)
    for points in LINES:
        places = DislocationLine(numpy.array(points)).resampled(0.02) / SPACING
        drawn[tuple(numpy.rint(places).astype(int).T)] = 1
    for layer in drawn:
        layer[:] = ndimage.gaussian_filter(layer, 0.2 / SPACING[1:], mode="constant")
        layer *= 15 / max(layer.max(), 1e-9)
    for row, column in hot:
        drawn[:, row, column] += 30
    return (noise + drawn).astype(numpy.float32)


def compared(network):
    true = LineNetwork([DislocationLine(numpy.array(points)) for points in LINES], BOX)
    return compare_lines(network, true).figures


def test_lines_are_found_where_they_are():
    found = compared(skeleton_lines(images(), SPACING))
    assert found.scores.f1_at(0.5) > 0.9
    assert found.scores.median_a_um < 0.15
    assert found.lines.n_long_found == 3
    assert found.lines.length_false_um < 1


def test_hot_pixels_make_no_lines():
    hot = [(20, 200), (100, 30), (60, 60), (61, 60)]
    found = compared(skeleton_lines(images(hot=hot), SPACING))
    assert found.lines.length_false_um < 1
    assert found.scores.f1_at(0.5) > 0.9


def test_a_layer_that_is_missing_is_no_line_and_no_end_of_all():
    image = images()
    image[7] = numpy.nan
    network = skeleton_lines(image, SPACING)
    assert compared(network).scores.f1_at(1.0) > 0.85
    for line in network.lines:
        assert not (numpy.abs(line.points_um[:, 0] - 7) < 0.3).any()


def test_noise_alone_makes_no_line():
    noise = numpy.random.default_rng(0).normal(size=SHAPE).astype(numpy.float32)
    assert skeleton_lines(noise, SPACING).lines == ()
    assert skeleton_lines(numpy.zeros(SHAPE, numpy.float32), SPACING).lines == ()
    assert skeleton_lines(numpy.full(SHAPE, numpy.nan, numpy.float32), SPACING).lines == ()


def test_the_image_stays_as_it_is():
    image = images()
    before = image.copy()
    skeleton_lines(image, SPACING)
    numpy.testing.assert_array_equal(image, before)


@pytest.mark.parametrize("image", [images()[0], images().astype(int)])
def test_what_are_no_images_is_refused(image):
    with pytest.raises(DarfixWBError, match="Dislocation images must be"):
        skeleton_lines(image, SPACING)


@pytest.mark.parametrize("low", [0.0, 9.0])
def test_thresholds_that_make_no_sense_are_refused(low):
    with pytest.raises(DarfixWBError, match="low threshold must be above 0"):
        skeleton_lines(images(), SPACING, low_sigma=low)
