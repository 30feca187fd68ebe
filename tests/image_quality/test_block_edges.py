"""Images with and without the edges of patches."""

import numpy
import pytest
from scipy import ndimage

from darfix_wb.errors import DarfixWBError
from darfix_wb.image_quality.block_edges import block_edge_energy, edge_spectrum

SHAPES = [(384, 512), (390, 541), (320, 448), (420, 1000)]


def noise(shape, seed=0):
    """White noise over blotches of some 20 px, standard deviations 1 and 1."""
    rng = numpy.random.default_rng(seed)
    blotches = ndimage.gaussian_filter(rng.normal(size=shape), 8)
    return rng.normal(size=shape) + blotches / blotches.std()


def blocks(shape, period=64, seed=1):
    """Random levels of patches, standard deviation 1: up as often as down."""
    levels = numpy.random.default_rng(seed).normal(size=[-(-side // period) for side in shape])
    return numpy.kron(levels, numpy.ones((period, period)))[: shape[0], : shape[1]]


@pytest.mark.parametrize("shape", SHAPES)
def test_without_edges_it_is_about_one(shape):
    found = [block_edge_energy(noise(shape, seed)) for seed in range(8)]
    assert numpy.mean(found) == pytest.approx(1, abs=0.25)
    assert max(found) < 2.5


@pytest.mark.parametrize("shape", SHAPES)
def test_planted_edges_are_found(shape):
    grid = blocks(shape)
    found = [block_edge_energy(noise(shape) + height * grid) for height in (0.5, 2, 8)]
    assert found[0] > 4
    assert found == sorted(found)


def test_both_directions_count():
    shape = SHAPES[0]
    columns = numpy.broadcast_to(blocks(shape)[0], shape)
    rows = numpy.broadcast_to(blocks(shape)[:, :1], shape)
    for stripes in (columns, rows):
        assert block_edge_energy(noise(shape) + 3 * stripes) > 4


def test_another_period_is_none():
    shape = SHAPES[0]
    image = noise(shape) + 2 * blocks(shape, 50)
    assert block_edge_energy(image, period_px=50) > 10
    assert block_edge_energy(image) < 2.5


def test_the_shortest_period_is_measured_in_small_images():
    shape = (64, 96)
    without = [block_edge_energy(noise(shape, seed), period_px=16) for seed in range(8)]
    assert numpy.mean(without) == pytest.approx(1, abs=0.25)
    assert block_edge_energy(noise(shape) + 8 * blocks(shape, 16), period_px=16) > 10


def test_edges_of_half_a_period_count():
    shape = SHAPES[0]
    assert block_edge_energy(noise(shape) + 2 * blocks(shape, 32)) > 10


def test_softer_edges_count_less():
    shape = SHAPES[0]
    grid = blocks(shape)
    found = [
        block_edge_energy(noise(shape) + ndimage.gaussian_filter(grid, width))
        for width in (0, 4, 16)
    ]
    assert found == sorted(found, reverse=True)
    assert found[2] < 2.5


@pytest.mark.parametrize(("scale", "offset"), [(1e-4, 0), (1e3, -3e4), (-2, 100)])
def test_brightness_does_not_matter(scale, offset):
    image = noise(SHAPES[1]) + blocks(SHAPES[1])
    expected = block_edge_energy(image)
    assert block_edge_energy(scale * image + offset) == pytest.approx(expected, rel=1e-6)


def test_neither_hot_pixels_nor_the_edge_of_the_beam_hide_the_patches():
    shape = SHAPES[0]
    hot = numpy.random.default_rng(2).random(shape) < 0.002
    plain, pasted = noise(shape), noise(shape) + blocks(shape)
    for image in (plain, pasted):
        image[hot] = 60000
        image[:, :100] = -1000
    assert block_edge_energy(plain) < 2.5
    assert block_edge_energy(pasted) > 5


@pytest.mark.filterwarnings("error")
def test_what_was_not_seen_is_left_out():
    shape = SHAPES[0]
    plain, pasted = noise(shape), noise(shape) + blocks(shape)
    for image in (plain, pasted):
        image[:64, 128:256] = numpy.nan
    assert block_edge_energy(plain) < 2.5
    assert block_edge_energy(pasted) > 10
    assert numpy.isnan(block_edge_energy(numpy.full(shape, numpy.nan)))
    assert numpy.isnan(block_edge_energy(numpy.full(shape, 7.0)))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("axis", [0, 1])
def test_the_spectrum_peaks_at_the_period(shape, axis):
    frequency, power = edge_spectrum(noise(shape) + 5 * blocks(shape), period_px=64, axis=axis)
    highest = frequency[1 + power[1:].argmax()]
    assert (64 * highest) % 1 == pytest.approx(0, abs=1e-9)
    assert highest > 0


def test_small_images_and_short_periods_are_refused():
    with pytest.raises(DarfixWBError, match=r"at least 199 rows and columns .* \(198, 512\)"):
        block_edge_energy(numpy.zeros((198, 512)))
    with pytest.raises(DarfixWBError, match="at least 16 px, got 8"):
        block_edge_energy(numpy.zeros((384, 512)), period_px=8)
    assert block_edge_energy(noise((199, 199))) > 0
