"""Random shifts within fields of any size."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.volume_comparison.field import Field
from darfix_wb.volume_comparison.voxel_metrics import compare_masks


def field(rows, columns, step=(0.0, 0.0), **options):
    return Field(numpy.array([[0.0, -3, 7], [9, rows - 3, columns + 7]]), step_um=step, **options)


def lengths(one, shifts):
    return numpy.hypot(*numpy.minimum(shifts, one.sides_um - shifts).T)


@pytest.mark.parametrize(
    ("sides", "step", "least"),
    [
        ((90, 60), (0, 0), 20),
        ((90, 60), (0.3, 0.7), 20),
        ((41, 5), (0, 0), 20),
        ((39, 5), (0, 0), 13),
        ((6, 5), (0.3, 0.05), 2),
        ((10, 5), (10, 0.05), 5 / 3),
        ((45, 15), (15, 15), 15),
    ],
)
def test_shifts_are_as_long_as_they_can_be(sides, step, least):
    one = field(*sides, step)
    shifts = one.shifts(200, seed=1)
    assert one.least_shift_um == pytest.approx(least)
    assert lengths(one, shifts).min() >= least * (1 - 1e-6)
    assert (shifts >= 0).all()
    assert (shifts < one.sides_um).all()
    on_grid = shifts / numpy.where(step, step, 1)
    assert (numpy.abs(on_grid - numpy.rint(on_grid))[:, numpy.array(step) > 0] < 1e-9).all()
    assert len(numpy.unique(shifts, axis=0)) > 1
    assert ("too small" in one.note()) == (least < 20)


@pytest.mark.parametrize(("sides", "step"), [((0, 0), (0, 0)), ((0.3, 0.2), (0.3, 0.2))])
def test_what_cannot_be_shifted_is_not(sides, step):
    one = field(*sides, step)
    assert one.shifts(20).shape == (0, 2)
    assert "nothing says what chance gives" in one.note()


def test_shifted_points_stay_in_the_field_and_keep_their_layer():
    one = field(30, 50)
    points = numpy.random.default_rng(0).uniform(*one.bounds_um, (500, 3))
    for shift in one.shifts(5):
        moved = one.shifted(points, shift)
        assert (moved >= one.bounds_um[0]).all()
        assert (moved <= one.bounds_um[1]).all()
        numpy.testing.assert_array_equal(moved[:, 0], points[:, 0])
        back = one.shifted(moved, -shift)
        numpy.testing.assert_allclose(back, points, atol=1e-9)


def test_a_volume_of_one_voxel_a_layer_has_no_null():
    mask = numpy.ones((5, 1, 1), bool)
    compared = compare_masks(mask, mask, (1, 0.3, 0.2), lengths=False)
    assert compared.figures.scores.f1_at(1.0) == 1
    assert compared.n_shifts == 0
    assert numpy.isnan(compared.null.scores.f1_at(1.0))
