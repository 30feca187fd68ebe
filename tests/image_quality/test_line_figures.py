"""Lines found, false and merged, in images whose lines are known."""

import math
import time

import numpy
import pytest
from scipy import ndimage

from darfix_wb.errors import DarfixWBError
from darfix_wb.image_quality.detections import LEAST_PX, detect, ridge_threshold, thinned
from darfix_wb.image_quality.line_figures import LineFigures, line_figures, scored_region
from darfix_wb.truth import LineClass, LineTruth

SHAPE = (200, 260)
LONE, BOUNDARY, IN_LAYER = LineClass


def discs(*centres, radius=5):
    """A mask of round spots: lines that stand on the layer."""
    rows, columns = numpy.ogrid[: SHAPE[0], : SHAPE[1]]
    mask = numpy.zeros(SHAPE, dtype=bool)
    for row, column in centres:
        mask |= numpy.hypot(rows - row, columns - column) <= radius
    return mask


def blurred(mask, px=2):
    return ndimage.gaussian_filter(mask.astype(float), px)


ROW = [(40, 30 + 20 * k) for k in range(5)]
"""A boundary of five lines, 20 px apart."""


@pytest.fixture(scope="module")
def truth():
    """Three lone lines, five in a boundary, a streak in the layer, and a streak that is hidden."""
    numbers = numpy.full(SHAPE, -1)
    for number, centre in enumerate([(100, 40), (120, 200), (170, 30), *ROW]):
        numbers[discs(centre)] = number
    numbers[140:145, 80:200] = 8
    hidden = numpy.zeros(SHAPE, dtype=bool)
    hidden[70:75, 120:240] = True
    classes = numpy.array([LONE] * 3 + [BOUNDARY] * 5 + [IN_LAYER, LONE], dtype=numpy.uint8)
    return LineTruth(numbers, hidden, classes)


@pytest.fixture(scope="module")
def noise():
    return numpy.random.default_rng(0).normal(size=SHAPE)


def kinds(found):
    return found.found_lone, found.found_boundary, found.found_in_layer


def test_a_perfect_image_finds_every_line_and_no_other(truth):
    for found in (
        line_figures(truth.mask, truth, is_probability=True),
        line_figures(blurred(truth.mask), truth),
    ):
        assert found.average_precision > 0.99
        assert found.average_precision_unfiltered > 0.99
        assert found.f1 > 0.99
        assert (found.lines_found, found.line_precision, found.false_lines) == (1, 1, 0)
        assert kinds(found) == (1, 1, 1)
        assert found.blobs_per_boundary_line == 1
    exact = line_figures(truth.mask, truth, is_probability=True)
    assert exact.average_precision_unfiltered == exact.f1 == 1


@pytest.mark.parametrize(("shift", "share"), [(0, 1), (2, 1), (5, 0), (-5, 0)])
def test_a_line_beside_its_place_is_found_up_to_3_px(shift, share):
    thin = numpy.zeros(SHAPE, dtype=bool)
    thin[50, 20:200] = thin[150, 20:200] = True
    image = blurred(numpy.roll(thin, shift, axis=0), 1)
    found = line_figures(image, LineTruth.from_mask(thin))
    assert found.lines_found == found.line_precision == share
    assert found.false_lines == (0 if share else 2)


def test_half_of_a_line_is_enough(truth):
    for length, share in ((70, 1), (45, 0)):
        image = numpy.zeros(SHAPE)
        image[140:145, 80 : 80 + length] = 1
        found = line_figures(image, truth, is_probability=True)
        assert found.found_in_layer == share
        assert found.false_lines == 0


def test_noise_has_the_base_rate_and_no_lines(truth):
    images = [numpy.random.default_rng(seed).normal(size=SHAPE) for seed in range(6)]
    found = [line_figures(image, truth) for image in images]
    for name in ("average_precision", "average_precision_unfiltered"):
        mean = numpy.mean([getattr(one, name) for one in found])
        assert mean == pytest.approx(found[0].base_rate, rel=0.4), name
    assert sum(one.false_lines for one in found) == 0
    assert [one.lines_found for one in found] == [0] * 6
    assert all(math.isnan(one.line_precision) for one in found)


def test_lines_that_are_not_there_are_counted(truth, noise):
    for places in ([], [(180, 150)], [(180, 150), (15, 220), (110, 120)]):
        image = 10 * blurred(truth.mask | discs(*places)) + 0.1 * noise
        found = line_figures(image, truth)
        assert found.false_lines == len(places)
        assert found.line_precision == pytest.approx(9 / (9 + len(places)))
        assert found.lines_found == 1


def test_merged_lines_are_fewer_blobs(truth):
    joined = truth.mask.copy()
    joined[38:43, 30:71] = True
    found = line_figures(joined, truth, is_probability=True)
    assert found.blobs_per_boundary_line == 3 / 5
    assert found.found_boundary == 1
    joined[38:43, 30:111] = True
    assert line_figures(joined, truth, is_probability=True).blobs_per_boundary_line == 1 / 5
    missing = truth.mask & ~discs(*ROW, radius=6)
    found = line_figures(missing, truth, is_probability=True)
    assert (found.blobs_per_boundary_line, found.found_boundary, found.found_lone) == (0, 0, 1)


def test_bright_lines_merge_at_the_threshold(truth, noise):
    separate, merged = (
        line_figures(height * blurred(truth.mask) + noise, truth).blobs_per_boundary_line
        for height in (3, 30)
    )
    assert (separate, merged) == (1, 1 / 5)


def test_a_broken_line_is_more_blobs():
    numbers = numpy.full(SHAPE, -1)
    numbers[100:105, 20:220] = 0
    truth = LineTruth(numbers, numbers > 0, numpy.array([BOUNDARY], dtype=numpy.uint8))
    image = truth.mask.copy()
    image[:, 80:100] = image[:, 150:170] = False
    found = line_figures(image, truth, is_probability=True)
    assert (found.blobs_per_boundary_line, found.lines_found) == (3, 1)


def test_a_line_that_does_not_show_is_neither_right_nor_wrong(truth, noise):
    image = 10 * blurred(truth.mask) + 3 * noise
    seen = 10 * blurred(truth.mask | truth.hidden) + 3 * noise
    without = LineTruth(truth.numbers, numpy.zeros(SHAPE, dtype=bool), truth.classes)
    expected, found, wrong = (
        line_figures(image, truth),
        line_figures(seen, truth),
        line_figures(seen, without),
    )
    assert (found.false_lines, wrong.false_lines) == (0, 1)
    assert (found.line_precision, wrong.line_precision) == (1, 0.9)
    assert (found.lines_found, found.blobs_per_boundary_line) == (1, 1)
    assert found.average_precision > wrong.average_precision + 0.1
    assert found.average_precision == pytest.approx(expected.average_precision, abs=0.05)


def test_near_a_line_that_shows_all_is_scored(truth):
    assert scored_region(truth)[truth.mask].all()
    assert not scored_region(truth)[truth.hidden].any()
    assert not scored_region(truth)[77, 150]
    assert scored_region(truth)[78, 150]
    crossing = truth.hidden | discs((100, 40), radius=9)
    crossed = LineTruth(truth.numbers, crossing & ~truth.mask, truth.classes)
    assert scored_region(crossed)[108, 40]
    assert not scored_region(crossed)[109, 40]
    found = line_figures(truth.mask, crossed, is_probability=True)
    assert (found.lines_found, found.average_precision_unfiltered) == (1, 1)


@pytest.mark.parametrize(("scale", "offset"), [(1e-3, 0.0), (40.0, -7.0), (1e4, 1e6)])
def test_brightness_does_not_matter(truth, noise, scale, offset):
    image = 3 * blurred(truth.mask) + 0.5 * noise
    expected = line_figures(image, truth).to_dict()
    assert line_figures(scale * image + offset, truth).to_dict() == pytest.approx(
        expected, rel=0.01
    )
    clean = line_figures(scale * blurred(truth.mask) + offset, truth)
    assert (clean.lines_found, clean.false_lines) == (1, 0)


def test_an_empty_image_is_an_empty_result(truth):
    nothing = line_figures(numpy.full(SHAPE, numpy.nan), truth)
    assert math.isfinite(nothing.base_rate)
    assert {value for name, value in nothing.to_dict().items() if name != "base_rate"} == {None}
    unlit = line_figures(truth.mask, truth, region=numpy.zeros(SHAPE, dtype=bool))
    assert set(unlit.to_dict().values()) == {None}


def test_an_image_of_one_value_finds_nothing(truth):
    flat = line_figures(numpy.full(SHAPE, 7.0), truth)
    assert (flat.average_precision, flat.f1, flat.lines_found, flat.false_lines) == (0, 0, 0, 0)
    assert flat.average_precision_unfiltered == 0
    assert math.isnan(flat.line_precision)


def test_without_lines_only_false_ones_are_counted(noise):
    none = LineTruth.from_mask(numpy.zeros(SHAPE, dtype=bool))
    found = line_figures(10 * blurred(discs((100, 100))) + 0.1 * noise, none)
    known = {name for name, value in found.to_dict().items() if value is not None}
    assert known == {"line_precision", "false_lines"}
    assert (found.line_precision, found.false_lines) == (0, 1)


def test_a_mask_alone_has_no_classes(truth):
    found = line_figures(truth.mask, LineTruth.from_mask(truth.mask), is_probability=True)
    assert found.lines_found == 1
    assert all(math.isnan(value) for value in (*kinds(found), found.blobs_per_boundary_line))


def test_only_the_region_counts(truth):
    left = numpy.zeros(SHAPE, dtype=bool)
    left[:, :100] = True
    image = truth.mask.astype(float)
    image[:, 100:] = numpy.nan
    half = line_figures(image, truth, is_probability=True)
    inside = line_figures(image, truth, is_probability=True, region=left)
    assert half.lines_found == pytest.approx(6 / 9)
    assert half.found_in_layer == 0
    assert (inside.lines_found, inside.f1) == (1, 1)
    stray = image.copy()
    stray[180:190, 120:160] = 1
    assert line_figures(stray, truth, is_probability=True, region=left) == inside
    assert line_figures(stray, truth, is_probability=True).false_lines == 1


def test_the_threshold_can_be_chosen(truth, noise):
    image = blurred(truth.mask) + 0.15 * noise
    counts = [line_figures(image, truth, least_sigma=s).false_lines for s in (2, 4, 8)]
    assert counts[0] > counts[1] >= counts[2] == 0
    half = 0.4 * truth.mask
    assert line_figures(half, truth, is_probability=True).lines_found == 0
    found = line_figures(half, truth, is_probability=True, least_probability=0.3)
    assert found.lines_found == 1


def test_the_threshold_is_that_of_the_noise():
    values = numpy.abs(numpy.random.default_rng(0).normal(5, 1, size=SHAPE))
    seen = numpy.ones(SHAPE, dtype=bool)
    assert ridge_threshold(values, seen) == pytest.approx(13, abs=0.1)
    values[:4] = 1e4
    assert ridge_threshold(values, seen) == pytest.approx(13, abs=0.4)
    sparse = numpy.zeros(SHAPE)
    sparse[3, 4] = 6
    assert ridge_threshold(sparse, seen) == 3


def test_specks_are_no_lines():
    mask = numpy.zeros(SHAPE, dtype=bool)
    mask[10, 10 : 10 + LEAST_PX] = True
    mask[30, 10 : 9 + LEAST_PX] = True
    mask[50:53, 50:53] = True
    parts, centre = thinned(mask)
    assert parts.max() == 2
    assert (parts > 0).sum() == LEAST_PX + 9
    assert centre[10].sum() == LEAST_PX
    assert 1 <= centre[50:53].sum() < 9
    detections = detect(mask)
    assert detections.n_parts == 2
    assert detections.touching(centre & (numpy.arange(SHAPE[0])[:, None] < 20)).tolist() == [
        True,
        False,
    ]
    assert detect(numpy.zeros(SHAPE, dtype=bool)).n_parts == 0


def test_arrays_must_fit(truth):
    with pytest.raises(DarfixWBError, match="image and lines must have the same shape"):
        line_figures(numpy.zeros((3, 4)), truth)
    with pytest.raises(DarfixWBError, match="image and region must have the same shape"):
        line_figures(numpy.zeros(SHAPE), truth, region=numpy.ones((3, 4), dtype=bool))
    with pytest.raises(DarfixWBError, match="must have the same shape"):
        LineTruth(truth.numbers, truth.hidden[1:])
    with pytest.raises(DarfixWBError, match="class for each line, got 3 classes and the line numb"):
        LineTruth(truth.numbers, truth.hidden, truth.classes[:3])


def test_all_figures_are_literals():
    assert set(LineFigures().to_dict().values()) == {None}


def test_it_takes_a_moment():
    rng = numpy.random.default_rng(0)
    image = rng.normal(size=(512, 640))
    lines = numpy.zeros(image.shape, dtype=bool)
    lines[100:109, 50:500] = True
    started = time.process_time()
    line_figures(image, LineTruth.from_mask(lines))
    assert time.process_time() - started < 4  # 0.3 s on one core
