"""Weak-beam images of answers, held against the dislocations that show."""

import dataclasses
import math

import numpy
import pytest

from darfix_wb.beam import BeamMap
from darfix_wb.evaluation.images import image_figures, known_lines
from darfix_wb.evaluation.protocol import Evaluation
from darfix_wb.evaluation.record import describe_scan
from darfix_wb.evaluation.scans import Cut, open_known_scans
from darfix_wb.evaluation.splits import make_splits
from darfix_wb.extraction import extract
from darfix_wb.known_scan import KnownScan
from darfix_wb.methods.method import Answer
from darfix_wb.truth import LineClass, LineTruth

OF_ANY_SCAN = {"bright_contrast", "block_edges"}


@pytest.fixture(scope="module")
def simulated(simulated_layers):
    return open_known_scans(simulated_layers, Cut(16))


@pytest.fixture(scope="module")
def with_line(simulated):
    """A simulated scan that is said to have a line, of which no more than a mask is known."""
    lines = numpy.zeros(simulated[0].lines.shape, dtype=bool)
    lines[28:36, 10:70] = True
    return dataclasses.replace(simulated[0], lines=lines, line_truth=None)


def truth_map(scan):
    return BeamMap(numpy.eye(3, dtype=numpy.float32)[scan.truth], scan.patched.grid)


def figures_of(scan, image, unit=""):
    return image_figures(scan, Answer(truth_map(scan), image.astype(numpy.float32), unit))


def test_an_image_of_the_lines_is_found_good(with_line):
    perfect = figures_of(with_line, with_line.lines)
    noise = numpy.random.default_rng(0).normal(size=with_line.lines.shape)
    poor = figures_of(with_line, noise)
    assert perfect["average_precision"] > poor["average_precision"]
    assert (perfect["lines_found"], perfect["false_lines"]) == (1, 0)
    assert perfect["bright_contrast"] > poor["bright_contrast"] > 2
    assert set(image_figures(with_line, Answer(truth_map(with_line)))) == set(perfect)


def test_counts_and_a_logarithm_of_them_are_compared_alike(with_line):
    rng = numpy.random.default_rng(1)
    counts = 100 + rng.normal(size=with_line.lines.shape) + 30 * with_line.lines
    found = figures_of(with_line, counts)
    for other in (5 * counts + 300, 40 * numpy.log(counts)):
        same = figures_of(with_line, other)
        for name in ("average_precision", "f1", "lines_found", "false_lines"):
            assert same[name] == pytest.approx(found[name], abs=0.03), name


def test_a_probability_is_taken_as_it_is(with_line):
    sure = numpy.where(with_line.lines, 0.6, 0.4)
    assert figures_of(with_line, sure, "probability")["lines_found"] == 1
    assert figures_of(with_line, sure - 0.2, "probability")["lines_found"] == 0
    assert figures_of(with_line, sure - 0.2)["lines_found"] == 1


def test_an_image_of_nothing_finds_nothing(with_line):
    found = figures_of(with_line, numpy.full(with_line.lines.shape, numpy.nan))
    assert found["average_precision"] == found["best_f1"] == found["lines_found"] == 0
    assert math.isnan(found["false_lines"] + found["line_precision"] + found["bright_contrast"])


def test_scans_without_known_lines_have_the_figures_that_need_no_truth(make_known):
    scan = make_known()
    found = image_figures(scan, Answer(truth_map(scan)))
    assert set(found) == OF_ANY_SCAN
    assert found["bright_contrast"] > 1
    assert known_lines(scan) is None
    assert describe_scan(scan)["lines"] is None


def test_small_patches_have_no_block_edges(make_known):
    scan = make_known()
    patched = extract(scan.patched.scan, patch_size=8)
    truth = numpy.zeros(patched.curves.shape, dtype=numpy.uint8)
    small = KnownScan(patched, truth, known_by="by construction")
    image = numpy.random.default_rng(0).normal(size=patched.scan.frame_shape)
    assert figures_of(scan, image)["block_edges"] > 0
    assert math.isnan(figures_of(small, image)["block_edges"])


def test_lines_are_counted_by_class_where_it_is_known(simulated, with_line):
    rows = numpy.full(with_line.lines.shape, -1)
    rows[10:19, 5:90] = 0
    rows[30:39, 5:40] = 1
    hidden = numpy.zeros(rows.shape, dtype=bool)
    hidden[50:59, 5:90] = True
    classes = numpy.array([LineClass.BOUNDARY, LineClass.LONE, LineClass.LONE], dtype=numpy.uint8)
    truth = LineTruth(rows, hidden, classes)
    scan = dataclasses.replace(simulated[0], lines=truth.mask, line_truth=truth)
    found = figures_of(scan, (rows == 0) | hidden)
    assert (found["found_boundary"], found["found_lone"], found["lines_found"]) == (1, 0, 0.5)
    assert (found["false_lines"], found["blobs_per_boundary_line"]) == (0, 1)
    assert math.isnan(found["found_in_layer"])
    assert describe_scan(scan)["lines"] == {
        "n": 2,
        "by_class": {"lone": 1, "boundary": 1, "in_layer": 0},
        "hidden_px": 9 * 85,
    }


def test_images_are_judged_where_no_frame_was_labelled(simulated):
    splits = make_splits(simulated, ["leave-layer-out", "budgets"], [0], budgets=[4]).splits
    evaluation = Evaluation(simulated, splits, ("angle-rule",))
    evaluation.run()
    judged = {cell.protocol for cell in evaluation.cells if cell.image}
    assert judged == {"leave-layer-out"}
