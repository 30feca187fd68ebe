"""Weak-beam images of answers, held against the visible dislocations."""

import dataclasses

import numpy
import pytest

from darfix_wb.beam import BeamMap
from darfix_wb.evaluation.images import image_figures
from darfix_wb.evaluation.protocol import Evaluation
from darfix_wb.evaluation.scans import Cut, open_known_scans
from darfix_wb.evaluation.splits import make_splits
from darfix_wb.methods.method import Answer


@pytest.fixture(scope="module")
def simulated(simulated_layers):
    return open_known_scans(simulated_layers, Cut(16))


@pytest.fixture(scope="module")
def with_line(simulated):
    """A simulated scan that is said to have a line."""
    lines = numpy.zeros(simulated[0].lines.shape, dtype=bool)
    lines[28:36, 10:70] = True
    return dataclasses.replace(simulated[0], lines=lines)


def truth_map(scan):
    return BeamMap(numpy.eye(3, dtype=numpy.float32)[scan.truth], scan.patched.grid)


def test_an_image_of_the_lines_is_found_good(with_line):
    scan = with_line
    perfect = image_figures(scan, Answer(truth_map(scan), scan.lines.astype(numpy.float32)))
    noise = numpy.random.default_rng(0).normal(size=scan.lines.shape).astype(numpy.float32)
    poor = image_figures(scan, Answer(truth_map(scan), noise))
    assert perfect["average_precision"] > poor["average_precision"]
    assert set(image_figures(scan, Answer(truth_map(scan)))) == set(perfect)


def test_an_image_of_nothing_finds_nothing(with_line):
    nothing = numpy.full(with_line.lines.shape, numpy.nan, dtype=numpy.float32)
    found = image_figures(with_line, Answer(truth_map(with_line), nothing))
    assert found["average_precision"] == found["best_f1"] == 0


def test_scans_without_known_lines_have_no_figures(make_known):
    scan = make_known()
    assert image_figures(scan, Answer(truth_map(scan))) == {}


def test_images_are_judged_where_no_frame_was_labelled(simulated):
    splits = make_splits(simulated, ["leave-layer-out", "budgets"], [0], budgets=[4]).splits
    evaluation = Evaluation(simulated, splits, ("angle-rule",))
    evaluation.run()
    judged = {cell.protocol for cell in evaluation.cells if cell.image}
    assert judged == {"leave-layer-out"}
