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
    condition_from_name,
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
