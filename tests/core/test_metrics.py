"""Scores: lit patches only, names in the right place, known values."""

import math

import numpy
import pytest

from darfix_wb.beam import AMBIGUOUS, UNLABELLED, BeamCondition
from darfix_wb.errors import DarfixWBError
from darfix_wb.metrics import (
    CONFUSION_COLUMNS,
    CONFUSION_ROWS,
    calibration_error,
    evaluate,
    known_lit,
    percentile_interval,
    reliability,
    resampled_balanced_accuracy,
    strong_given_lit,
)
from darfix_wb.training.calibrate import fit_temperature

WEAK, STRONG, EMPTY = BeamCondition


def certain(conditions) -> numpy.ndarray:
    """Probability one for each condition."""
    return numpy.eye(3)[numpy.asarray(conditions, dtype=int)]


def test_the_published_confusion_matrix_read_rightly():
    truth = numpy.array([WEAK] * 257 + [STRONG] * 111)
    predicted = [WEAK] * 257 + [STRONG] * 76 + [WEAK] * 35
    scores = evaluate(certain(predicted), truth)
    assert scores.balanced_accuracy == pytest.approx(0.842, abs=5e-4)
    assert scores.accuracy == pytest.approx(333 / 368)
    named = {
        (row, column): count
        for row, counts in zip(CONFUSION_ROWS, scores.confusion, strict=True)
        for column, count in zip(CONFUSION_COLUMNS, counts, strict=True)
    }
    assert named["weak", "weak"] == 257
    assert named["strong", "strong"] == 76
    assert named["strong", "weak"] == 35
    assert named["weak", "strong"] == 0


@pytest.mark.parametrize("uncounted", [EMPTY, AMBIGUOUS, UNLABELLED])
@pytest.mark.parametrize("predicted", [WEAK, STRONG, EMPTY])
def test_empty_and_ambiguous_truth_is_never_counted(uncounted, predicted):
    truth = numpy.array([WEAK, WEAK, STRONG, STRONG])
    told = certain([WEAK, STRONG, STRONG, STRONG])
    alone = evaluate(told, truth)
    among = evaluate(
        numpy.concatenate([told, certain([predicted] * 50)]),
        numpy.concatenate([truth, [uncounted] * 50]),
    )
    assert among.to_dict() == alone.to_dict()


def test_a_lit_patch_called_empty_is_wrong():
    scores = evaluate(certain([EMPTY, WEAK, STRONG, STRONG]), numpy.array([0, 0, 1, 1]))
    assert scores.balanced_accuracy == 0.75
    assert scores.accuracy == 0.75
    assert scores.macro_f1 == pytest.approx((2 / 3 + 1) / 2)
    assert scores.confusion == ((1, 0, 1), (0, 2, 0))


def test_perfect_and_useless_predictions():
    truth = numpy.array([[WEAK] * 4, [STRONG] * 4])
    perfect = evaluate(certain(truth), truth)
    assert perfect.mcc == perfect.auroc == perfect.macro_f1 == 1
    assert perfect.brier == perfect.ece == 0
    assert perfect.interval == (1, 1)
    useless = evaluate(numpy.full((2, 4, 3), [0.5, 0.5, 0.0]), truth)
    assert useless.auroc == 0.5
    assert useless.brier == 0.25
    assert useless.balanced_accuracy == 0.5


def test_interval_is_over_frames_and_not_over_patches():
    rng = numpy.random.default_rng(0)
    truth = numpy.tile([WEAK, STRONG], (12, 50))
    wrong_frames = numpy.where(numpy.arange(12) < 3, 0.6, 0.02)[:, None]
    predicted = numpy.where(rng.random(truth.shape) < wrong_frames, 1 - truth, truth)
    by_frame = evaluate(certain(predicted), truth)
    by_patch = evaluate(certain(predicted), truth, frames=numpy.arange(truth.size).reshape(12, -1))
    low, high = by_frame.interval
    assert low < by_frame.balanced_accuracy < high
    assert high - low > 2 * (by_patch.interval[1] - by_patch.interval[0])
    assert by_frame == evaluate(certain(predicted), truth)


def test_figures_that_need_both_conditions_say_so():
    scores = evaluate(certain([WEAK, WEAK]), numpy.array([WEAK, WEAK]))
    assert math.isnan(scores.balanced_accuracy)
    assert math.isnan(scores.auroc)
    assert scores.accuracy == 1
    assert scores.to_dict()["balanced_accuracy"] is None
    assert scores.to_dict()["interval"] == [None, None]


def test_nothing_to_score_is_refused():
    with pytest.raises(DarfixWBError, match="got none"):
        evaluate(certain([EMPTY]), numpy.array([EMPTY]))
    with pytest.raises(DarfixWBError, match="must have the shape"):
        evaluate(certain([WEAK, WEAK]), numpy.array([WEAK]))


def test_strong_given_lit():
    probabilities = numpy.array([[0.1, 0.3, 0.6], [0.0, 0.0, 1.0]])
    numpy.testing.assert_allclose(strong_given_lit(probabilities), [0.75, 0.5])


def test_reliability_counts_each_bin_with_patches():
    confidence = numpy.array([0.55, 0.57, 0.95, 0.95])
    right = numpy.array([True, False, True, True])
    low, high = reliability(confidence, right)
    assert low == (pytest.approx(0.56), 0.5, 2)
    assert high == (pytest.approx(0.95), 1.0, 2)


def test_calibration_error_of_a_known_case():
    confidence = numpy.array([0.9] * 10 + [0.6] * 10)
    right = numpy.array([True] * 8 + [False] * 2 + [True] * 6 + [False] * 4)
    assert calibration_error(confidence, right) == pytest.approx(0.05)


def test_temperature_mends_overconfidence():
    rng = numpy.random.default_rng(0)
    margins = rng.normal(0, 2, 4000)
    targets = (rng.random(4000) < 1 / (1 + numpy.exp(-margins))).astype(int)
    logits = 3.0 * numpy.stack([0 * margins, margins], axis=1)
    assert fit_temperature(logits, targets, (WEAK, STRONG)) == pytest.approx(3.0, rel=0.1)


def test_temperature_without_held_out_patches_is_one():
    assert fit_temperature(numpy.empty((0, 3)), numpy.empty(0, int), tuple(BeamCondition)) == 1.0
    empties = numpy.full(5, EMPTY)
    assert fit_temperature(numpy.ones((5, 3)), empties, tuple(BeamCondition)) == 1.0


def test_a_few_patches_without_error_do_not_make_certain():
    logits = numpy.array([[2.0, 0.0]] * 5 + [[0.0, 2.0]] * 5)
    targets = numpy.array([WEAK] * 5 + [STRONG] * 5)
    temperature = fit_temperature(logits, targets, (WEAK, STRONG))
    assert 1 / (1 + numpy.exp(-2 / temperature)) == pytest.approx(6 / 7, abs=1e-3)


def test_known_lit_patches_are_never_empty():
    probabilities = numpy.array([[[0.1, 0.3, 0.6], [0.0, 0.0, 1.0]]])
    numpy.testing.assert_allclose(known_lit(probabilities), [[[0.25, 0.75, 0], [0.5, 0.5, 0]]])


def test_temperature_looks_at_weak_against_strong():
    rng = numpy.random.default_rng(0)
    margins = rng.normal(0, 2, 2000)
    targets = (rng.random(2000) < 1 / (1 + numpy.exp(-margins))).astype(int)
    lit = numpy.stack([0 * margins, margins], axis=1)
    with_empty = numpy.column_stack([lit, rng.normal(0, 5, 2000)])
    assert fit_temperature(with_empty, targets, tuple(BeamCondition)) == fit_temperature(
        lit, targets, (WEAK, STRONG)
    )


def test_the_interval_is_made_of_drawings_that_repeat():
    truth = numpy.tile([WEAK, STRONG], 20)
    right = numpy.arange(40) < 30
    frames = numpy.arange(40) // 4
    drawings = resampled_balanced_accuracy(truth, right, frames, seed=3)
    again = resampled_balanced_accuracy(truth, right, frames, seed=3)
    numpy.testing.assert_array_equal(drawings, again)
    scores = evaluate(certain(numpy.where(right, truth, 1 - truth)), truth, frames=frames, seed=3)
    assert scores.interval == percentile_interval(drawings)
    one_condition_a_frame = resampled_balanced_accuracy(truth, right, truth)
    assert numpy.isnan(one_condition_a_frame).any()
    assert numpy.isnan(percentile_interval(numpy.full(3, numpy.nan))).all()
