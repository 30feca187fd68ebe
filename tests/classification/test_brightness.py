"""The threshold of brightness."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.beam import BeamCondition
from darfix_wb.classification.brightness import FrameThreshold, fit_frame_threshold
from darfix_wb.classification.score_rule import ScoreRule
from darfix_wb.errors import DarfixWBError
from darfix_wb.extraction import extract
from darfix_wb.labels import LabelMap
from darfix_wb.patches import PatchGrid

WEAK, STRONG, EMPTY = BeamCondition


def test_the_curve_by_hand(with_curves):
    patched = with_curves([0, 1], [[10.0, 500.0, 0.0], [100.0, 1000.0, 0.0]])
    beam_map = FrameThreshold(ScoreRule(numpy.log(100), slope=2.0))(patched)
    weak = 1 / (1 + numpy.exp(2 * numpy.log([10 / 100, 100 / 100])))
    numpy.testing.assert_allclose(beam_map.probabilities[:, 0, 0, WEAK], weak, rtol=1e-5)
    assert (beam_map.probabilities[:, 0, 2] == [0, 0, 1]).all()
    assert (beam_map.probabilities[:, 0, :2, EMPTY] == 0).all()
    assert beam_map.method == "frame-threshold"


def test_the_threshold_lies_between_the_labelled_brightnesses(with_curves):
    counts = numpy.array([[20.0, 30.0, 25.0], [400.0, 500.0, 0.0]])
    patched = with_curves([0, 1], counts)
    labels = LabelMap.unlabelled(2, patched.grid).with_frames({"weak": [0], "strong": [1]})
    labels = labels.with_patches([[1, 0, 2, "empty"]])
    threshold = fit_frame_threshold(patched, labels)
    assert numpy.log(30) < threshold.rule.threshold < numpy.log(400)
    assert threshold.rule.threshold == pytest.approx(numpy.log(110), abs=0.3)
    assert threshold.rule.slope > 0
    found = threshold(patched).condition()[:, 0, :2]
    numpy.testing.assert_array_equal(found, [[WEAK, WEAK], [STRONG, STRONG]])


def test_on_a_scan(scan):
    patched = extract(scan, patch_size=16)
    labels = LabelMap.unlabelled(11, patched.grid).with_frames(
        {"weak": [0, 10], "strong": [5]}, empty=patched.empty
    )
    found = fit_frame_threshold(patched, labels)(patched).condition()
    assert (found[[1, 2, 8, 9], :, :5] == WEAK).all()
    assert (found[[4, 5, 6], :, :5] == STRONG).all()
    assert (found[..., 5] == EMPTY).all()


def test_labels_that_cannot_be_fitted(scan):
    patched = extract(scan, patch_size=16)
    labels = LabelMap.unlabelled(11, patched.grid)
    with pytest.raises(DarfixWBError, match="got only weak"):
        fit_frame_threshold(patched, labels.with_frames({"weak": [0, 1]}))
    other = LabelMap.unlabelled(11, PatchGrid((64, 96), 16, 8))
    with pytest.raises(DarfixWBError, match="made on the grid of the patches"):
        fit_frame_threshold(patched, other.with_frames({"weak": [0], "strong": [5]}))
