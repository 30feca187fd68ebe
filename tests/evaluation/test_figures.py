"""Figures of answers whose errors are known, and how they are put together."""

import dataclasses
import math

import numpy
import pytest

from darfix_wb.beam import AMBIGUOUS, BeamCondition
from darfix_wb.evaluation.cell import Cell
from darfix_wb.evaluation.figures import COVERAGES, figures, right_at_coverage, set_figures
from darfix_wb.evaluation.summary import summarise

WEAK, STRONG, EMPTY = BeamCondition


def say(truth, confidence=1.0):
    """Probabilities of an answer."""
    rest = (1 - confidence) / 2
    return numpy.where(numpy.eye(3, dtype=bool)[truth], confidence, rest)


@pytest.fixture
def known(make_known):
    return make_known()


def everything(scan):
    return numpy.ones(scan.n_frames, dtype=bool)


def test_a_perfect_answer(known):
    found = figures(say(known.truth), known, everything(known))
    assert found.lit.balanced_accuracy == found.clear.balanced_accuracy == 1
    assert found.lit.n_patches == 11 * 20
    assert found.unclear is None
    assert found.ambiguous is None
    assert set(found.right_at_coverage) == {1.0}


def test_only_scored_frames_count(known):
    said = known.truth.copy()
    said[:5] = numpy.where(said[:5] == EMPTY, EMPTY, 1 - numpy.minimum(said[:5], 1))
    frames = numpy.arange(11) >= 5
    assert figures(say(said), known, frames).lit.balanced_accuracy == 1
    assert figures(say(said), known, ~frames).lit.balanced_accuracy == 0


def test_accuracy_by_rocking_index(known):
    said = known.truth.copy()
    said[6, 0, :5] = WEAK
    rows = figures(say(said), known, everything(known)).by_rocking_index
    assert [row[0] for row in rows] == list(range(-5, 6))
    assert {row[0]: row[1:] for row in rows}[1] == (0, 0, 20, 15)
    assert {row[0]: row[1:] for row in rows}[-5] == (20, 20, 0, 0)


def test_unclear_patches_are_scored_apart(known):
    clear = known.clear.copy()
    clear[:, 0] = False
    said = known.truth.copy()
    said[:, 0, :5] ^= 1
    found = figures(say(said), dataclasses.replace(known, clear=clear), everything(known))
    assert found.clear.balanced_accuracy == 1
    assert found.unclear.balanced_accuracy == 0
    assert found.lit.balanced_accuracy == pytest.approx(0.75)


def test_ambiguous_patches_are_not_scored_but_told(known):
    truth = known.truth.copy()
    truth[3, 0, :4] = AMBIGUOUS
    probabilities = say(known.truth, 0.9)
    probabilities[3, 0, 0] = 1, 0, 0
    found = figures(probabilities, dataclasses.replace(known, truth=truth), everything(known))
    n_patches, confidence, sure = found.ambiguous
    assert (n_patches, sure) == (4, 0.25)
    assert confidence == pytest.approx((1 + 3 * 0.9) / 4)
    assert found.lit.n_patches == 11 * 20 - 4


def test_prediction_sets_are_counted():
    said = numpy.array([[0.9, 0.1, 0], [0.6, 0.4, 0], [0.2, 0.8, 0], [0.3, 0.7, 0], [0, 0, 1]])
    truth = numpy.array([WEAK, STRONG, STRONG, WEAK, STRONG])
    found = set_figures(said, truth, (0.55, 0.75))
    # The sets: weak, weak, strong, none, none; the last is called empty and so decided.
    assert found.ambiguous == pytest.approx(1 / 5)
    assert found.decided_right == pytest.approx(2 / 4)
    assert found.weak_covered == pytest.approx(1 / 2)
    assert found.strong_covered == pytest.approx(1 / 3)


def test_sets_of_a_scan_without_one_condition():
    found = set_figures(numpy.array([[0.6, 0.4, 0.0]]), numpy.array([WEAK]), (0.9, 0.9))
    assert found.to_dict() == {
        "ambiguous": 1.0,
        "decided_right": None,
        "weak_covered": 0.0,
        "strong_covered": None,
    }


def test_only_calibrated_methods_have_sets(known):
    said = say(known.truth, 0.9)
    frames = numpy.arange(11) >= 5
    assert figures(said, known, frames).sets is None
    found = figures(said, known, frames, thresholds=(0.5, 0.5))
    assert found.sets.to_dict() == found.to_dict()["sets"]
    assert (found.sets.ambiguous, found.sets.weak_covered, found.sets.decided_right) == (0, 1, 1)
    unsure = figures(said, known, frames, thresholds=(0.97, 0.5)).sets
    assert (unsure.weak_covered, unsure.strong_covered) == (0, 1)
    cell = Cell("m", "p", "A", "scan", 0, found)
    (row,) = summarise([cell, dataclasses.replace(cell, seed=1)])
    assert (row.mean["ambiguous"], row.mean["strong_covered"]) == (0, 1)
    (row,) = summarise(cells_of(known, 0))
    assert math.isnan(row.mean["ambiguous"])


def test_the_surest_patches_come_first():
    confidence = numpy.linspace(1, 0.5, 100)
    right = numpy.arange(100) < 90
    found = dict(zip(COVERAGES, right_at_coverage(confidence, right), strict=True))
    assert found[0.5] == found[0.9] == pytest.approx(1)
    assert found[1.0] == pytest.approx(0.9)


def test_patches_of_one_confidence_count_alike():
    right = numpy.arange(100) < 30
    assert right_at_coverage(numpy.full(100, 0.8), right) == pytest.approx([0.3] * len(COVERAGES))
    assert right_at_coverage(numpy.full(100, 0.8), ~right[::-1]) == pytest.approx([0.7] * 20)


def cells_of(scan, *shares_wrong, **more):
    """Cells with some of the four rows of patches wrong, one for each seed."""
    cells = []
    for seed, rows in enumerate(shares_wrong):
        said = scan.truth.copy()
        said[:, :rows, :5] ^= 1
        found = figures(say(said), scan, everything(scan), seed=0)
        cells.append(Cell("m", "p", scan.sample, scan.name, seed, found, **more))
    return cells


def test_means_are_over_seeds_then_over_scans(make_known):
    first, second = make_known("first"), make_known("second")
    cells = cells_of(first, 0, 2) + cells_of(second, 0)
    (row,) = summarise(cells)
    assert row.mean["balanced_accuracy"] == pytest.approx((0.75 + 1) / 2)
    assert row.by_scan["first"][0] == pytest.approx(0.75)
    assert row.worst == ("first", pytest.approx(0.75))
    assert row.spread == pytest.approx(numpy.std([1, 0.5], ddof=1))
    assert row.n_cells == 3
    assert row.interval[0] <= row.mean["balanced_accuracy"] <= row.interval[1] + 1e-9


def test_failed_cells_are_counted_and_left_out(known):
    failed = Cell("m", "p", "A", "scan", 1, error="It must not rain, got rain. Wait.")
    (row,) = summarise([*cells_of(known, 1), failed])
    assert row.mean["balanced_accuracy"] == pytest.approx(0.75)
    assert (row.n_cells, row.n_failed) == (2, 1)
    assert row.errors == (failed.error,)
    (nothing,) = summarise([failed])
    assert math.isnan(nothing.mean["balanced_accuracy"])
    assert nothing.by_scan == {}
