"""Conditions, and the map of their probabilities."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.beam import (
    AMBIGUOUS,
    CONDITION_NAMES,
    UNLABELLED,
    BeamCondition,
    BeamMap,
    ambiguous_share,
    condition_from_name,
    prediction_sets,
)
from darfix_wb.errors import DarfixWBError
from darfix_wb.patches import PatchGrid

WEAK, STRONG, EMPTY = BeamCondition


def test_names_and_values_belong_together():
    assert [condition_from_name(name) for name in ("weak", "STRONG", "Empty")] == [0, 1, 2]
    assert condition_from_name("ambiguous") == AMBIGUOUS
    assert condition_from_name("unlabelled") == UNLABELLED
    assert {condition_from_name(name) for name in CONDITION_NAMES.values()} == set(CONDITION_NAMES)


@pytest.mark.parametrize("name", ["week", "", None, 0])
def test_an_unknown_name_is_refused(name):
    with pytest.raises(DarfixWBError, match=r"must be one of weak, strong, empty.*Correct"):
        condition_from_name(name)


@pytest.fixture
def beam_map():
    probabilities = numpy.array(
        [[0.7, 0.2, 0.1], [0.3, 0.5, 0.2], [0.1, 0.2, 0.7], [0.4, 0.35, 0.25]], dtype="float32"
    ).reshape(1, 2, 2, 3)
    return BeamMap(probabilities, PatchGrid((32, 32), 16))


def test_the_likeliest_condition(beam_map):
    condition = beam_map.condition()
    assert condition.dtype == numpy.uint8
    numpy.testing.assert_array_equal(condition, [[[WEAK, STRONG], [EMPTY, WEAK]]])


def test_patches_below_the_threshold_are_ambiguous(beam_map):
    expected = [[[WEAK, AMBIGUOUS], [EMPTY, AMBIGUOUS]]]
    numpy.testing.assert_array_equal(beam_map.condition(threshold=0.6), expected)


def test_a_set_holds_what_is_probable_enough_given_light():
    probabilities = numpy.array([[0.5, 0.3, 0.2], [0.1, 0.7, 0.2], [0.3, 0.3, 0.4]])
    held = prediction_sets(probabilities, (0.62, 0.37))
    numpy.testing.assert_array_equal(held, [[True, True], [False, True], [False, False]])


@pytest.mark.parametrize(
    ("thresholds", "expected"),
    [
        ((0.8, 0.8), [WEAK, AMBIGUOUS, AMBIGUOUS, STRONG]),  # neither
        ((0.2, 0.2), [WEAK, AMBIGUOUS, AMBIGUOUS, STRONG]),  # both
        ((0.3, 0.95), [WEAK, WEAK, AMBIGUOUS, AMBIGUOUS]),  # weak alone, but strong is likelier
        ((0.5, 0.5), [WEAK, WEAK, STRONG, STRONG]),
        ((0.0, 0.0), [AMBIGUOUS] * 4),
        (None, [WEAK, WEAK, STRONG, STRONG]),
    ],
)
def test_patches_that_are_not_one_condition_alone_are_ambiguous(thresholds, expected):
    strong = numpy.array([0.1, 0.4, 0.6, 0.9])
    lit = numpy.stack([1 - strong, strong, 0 * strong], axis=-1).reshape(1, 2, 2, 3)
    beam_map = BeamMap(lit, PatchGrid((32, 32), 16), thresholds=thresholds)
    numpy.testing.assert_array_equal(beam_map.condition(threshold=None).ravel(), expected)
    numpy.testing.assert_array_equal(beam_map.ambiguous.ravel(), numpy.equal(expected, AMBIGUOUS))
    assert not (beam_map.condition() == AMBIGUOUS).any()


def test_empty_patches_are_never_ambiguous():
    probabilities = numpy.tile([0.3, 0.3, 0.4], (1, 2, 2, 1))
    beam_map = BeamMap(probabilities, PatchGrid((32, 32), 16), thresholds=(0.0, 0.0))
    condition = beam_map.condition(threshold=None)
    assert (condition == EMPTY).all()
    assert numpy.isnan(ambiguous_share(condition))


def test_the_ambiguous_share_is_of_the_lit_patches():
    assert ambiguous_share(numpy.array([[WEAK, AMBIGUOUS, EMPTY], [STRONG, WEAK, EMPTY]])) == 0.25


def test_weights_of_pixels_are_those_of_their_patch(beam_map):
    weights = beam_map.pixel_weights(0)
    assert weights.shape == (32, 32, 3)
    numpy.testing.assert_array_equal(weights[20, 3], beam_map.probabilities[0, 1, 0])


def test_blended_weights_sum_to_one():
    grid = PatchGrid((50, 61), 16, 8)
    probabilities = numpy.random.default_rng(0).dirichlet([1, 1, 1], (2, *grid.shape))
    weights = BeamMap(probabilities.astype("float32"), grid).pixel_weights(1)
    numpy.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-5)


@pytest.mark.parametrize("shape", [(1, 2, 2), (1, 2, 3, 3), (1, 2, 2, 2), (2, 2, 3)])
def test_probabilities_of_another_shape_are_refused(shape):
    with pytest.raises(DarfixWBError, match=r"shape \(n_frames, 2, 2, 3\) of their grid, got"):
        BeamMap(numpy.zeros(shape), PatchGrid((32, 32), 16))
