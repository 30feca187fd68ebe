"""From probabilities to lines."""

import numpy
import pytest
from scipy import ndimage

from darfix_wb.detection.targets import centre_lines, near
from darfix_wb.detection.tracing import trace_lines
from darfix_wb.errors import DarfixWBError

SHAPE = (120, 150)


def probability_of(mask, px=3.0):
    """About what a perfect detector says: high up to `px` beside the centre lines."""
    distance = ndimage.distance_transform_edt(~mask)
    return (1 / (1 + numpy.exp(2 * (distance - px)))).astype(numpy.float32)


def straight(row, column, length, degree):
    """Pixels of a line through a point."""
    mask = numpy.zeros(SHAPE, dtype=bool)
    along = numpy.linspace(-length / 2, length / 2, 4 * length)
    angle = numpy.deg2rad(degree)
    rows = numpy.rint(row + along * numpy.sin(angle)).astype(int)
    mask[rows, numpy.rint(column + along * numpy.cos(angle)).astype(int)] = True
    return mask


def traced(mask, low=None, high=None, **options):
    flat = numpy.zeros(SHAPE, numpy.float32)
    low, high = (flat if one is None else one for one in (low, high))
    return trace_lines(probability_of(mask), low, high, **options)


@pytest.mark.parametrize("degree", [-80, -45, -10, 0, 30, 60, 89])
@pytest.mark.parametrize("length", [30, 60])
def test_one_straight_line(degree, length):
    lines = traced(straight(60, 75, length, degree))
    assert len(lines) == 1
    assert lines.row[0] == pytest.approx(60, abs=1.5)
    assert lines.column[0] == pytest.approx(75, abs=1.5)
    assert abs((lines.direction[0] - degree + 90) % 180 - 90) < 5
    assert lines.length[0] == pytest.approx(length, rel=0.25, abs=8)
    assert lines.score[0] > 0.9


def test_spots_of_a_boundary_stay_apart():
    mask = numpy.zeros(SHAPE, dtype=bool)
    places = [(20 + 8 * k, 30 + 9 * k) for k in range(10)]
    mask[tuple(numpy.transpose(places))] = True
    lines = traced(mask)
    assert len(lines) == 10
    numpy.testing.assert_allclose(sorted(lines.row), [row for row, _ in places], atol=1)


@pytest.mark.parametrize("degrees", [(10, 100, 225), (20, 110, 200, 290), (30, 150, 270)])
def test_lines_part_where_they_meet(degrees):
    mask = numpy.zeros(SHAPE, dtype=bool)
    for degree in degrees:
        angle = numpy.deg2rad(degree)
        mask |= straight(60 + 20 * numpy.sin(angle), 75 + 20 * numpy.cos(angle), 40, degree)
    lines = traced(mask)
    assert len(lines) == len(degrees)
    assert (lines.length > 20).all()
    found = sorted(lines.direction % 180)
    numpy.testing.assert_allclose(found, sorted(numpy.mod(degrees, 180)), atol=8)


def test_specks_are_no_lines():
    probability = numpy.zeros(SHAPE, numpy.float32)
    probability[20:22, 30:33] = 0.9
    assert len(trace_lines(probability, probability, probability)) == 0


def test_nothing_gives_an_empty_table():
    for value in (0.0, numpy.nan):
        empty = numpy.full(SHAPE, value, numpy.float32)
        lines = trace_lines(empty, empty, empty)
        assert len(lines) == 0
        assert {len(column) for column in lines.table().values()} == {0}
        assert (lines.index_map == -1).all()


def test_each_row_of_the_table_has_a_path():
    rng = numpy.random.default_rng(0)
    smooth = ndimage.gaussian_filter(rng.standard_normal(SHAPE), 4)
    probability = (smooth / smooth.max()).clip(0).astype(numpy.float32)
    lines = trace_lines(probability, probability, probability, threshold=0.3)
    assert len(lines) > 3
    for index in range(len(lines)):
        path = lines.path(index)
        assert len(path)
        assert lines.at(*path[len(path) // 2], reach_px=0) == index
        assert lines.length[index] <= 1 + numpy.sqrt(2) * len(path) * 2
    assert (probability[lines.index_map >= 0] >= 0.3).all()


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(5, 0, -1), (0, 5, 1), (4, 4, 0), (1, 3, 0.5)]
)
def test_asymmetry_of_the_flanks(low, high, expected):
    mask = straight(60, 75, 60, 20)
    wide = near(mask, 6).astype(numpy.float32)
    lines = traced(mask, low * wide, high * wide)
    assert lines.asymmetry[0] == pytest.approx(expected, abs=0.02)


def test_a_mirrored_map_gives_mirrored_lines():
    mask = straight(40, 50, 40, 25) | straight(90, 110, 20, -60)
    there, back = traced(mask), traced(mask[:, ::-1])
    numpy.testing.assert_allclose(sorted(there.row), sorted(back.row), atol=1.5)
    numpy.testing.assert_allclose(sorted(there.direction), sorted(-back.direction), atol=5)


@pytest.mark.parametrize("threshold", [0.0, 1.0, -2.0, numpy.nan])
def test_thresholds_are_probabilities(threshold):
    with pytest.raises(DarfixWBError, match="line_threshold must be a probability"):
        traced(straight(60, 75, 30, 0), threshold=threshold)


def test_targets_are_those_of_each_line():
    numbers = numpy.full(SHAPE, -1)
    numbers[10:17, 10:100], numbers[17:24, 10:100] = 3, 7
    shown = numbers == 7
    centres = centre_lines(numbers, shown)
    assert centres[20, 20:90].all()
    assert not centres[10:17].any()
    assert near(centres).sum() > 7 * 70
    assert not near(numpy.zeros(SHAPE, dtype=bool)).any()
