"""Warnings where a scan looks like nothing that the model knows."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.classification.doubt import doubts
from darfix_wb.classification.network import classify
from darfix_wb.extraction import extract
from darfix_wb.io.frame_sources import open_scan
from darfix_wb.model import BeamModel

EMPTY = numpy.array([[False, False, False, True]])


def probabilities(confidence):
    weak = numpy.full((6, 1, 4), confidence)
    return numpy.stack([weak, 1 - weak, numpy.zeros_like(weak)], axis=-1)


def test_a_sure_model_has_no_doubts():
    assert doubts(probabilities(0.97), EMPTY) == ()


def test_an_unsure_model_says_so():
    (warning,) = doubts(probabilities(0.9), EMPTY)
    assert "looks like nothing" in warning
    assert "it is sure of 0%" in warning


def test_empty_patches_are_not_counted():
    mostly_empty = numpy.array([[False, True, True, True]])
    values = probabilities(0.6)
    values[:, 0, 0] = (0.99, 0.01, 0)
    assert doubts(values, mostly_empty) == ()
    (warning,) = doubts(values, numpy.ones((1, 4), dtype=bool))
    assert "No patch carries any signal" in warning


def test_the_mosaic_scan_is_doubtful(real_data):
    path = real_data / "id03_rocking" / "rocking.h5"
    if not path.is_file():
        pytest.skip(f"no mosaic scan in {real_data}")
    beam_map = classify(extract(open_scan(path)), BeamModel.load(), device="cpu")
    assert "looks like nothing" in "".join(beam_map.warnings)
