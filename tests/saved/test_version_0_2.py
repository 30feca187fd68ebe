"""The model that was shipped before physics was built in: it opens, and says what it said."""

from __future__ import annotations

from pathlib import Path

import numpy
import pytest

from darfix_wb.beam import BeamCondition
from darfix_wb.classification.curve_context import context_logits, run_context
from darfix_wb.classification.frame_classifier import FrameClassifier
from darfix_wb.classification.network import classify
from darfix_wb.extraction import extract
from darfix_wb.io.frame_sources import open_scan
from darfix_wb.model import BeamModel
from darfix_wb.networks.context_features import context_features
from darfix_wb.networks.context_network import VIEWS

FOLDER = Path(__file__).parent
HASH = "7d2c46bd3e2e3d97bb207a5cace275aeb80e302ef9bb1cadd8b5d12061e6c6f3"


@pytest.fixture(scope="module")
def model():
    return BeamModel.load(FOLDER / "version_0_2" / "lcnn.safetensors")


def test_it_is_the_model_that_it_was(model):
    assert model.hash == HASH
    assert model.patch_sizes == (64, 64)
    assert model.context.image_bound is None
    assert model.context_calibration.thresholds == pytest.approx((0.8032, 0.7816), abs=1e-4)


def test_its_answers_are_the_means_over_three_views(model):
    patched = extract(open_scan(FOLDER / "version_0_1" / "scan.h5"), patch_size=64)
    logits, spread = FrameClassifier(model, patched.grid, patched.background).look_at_scan(patched)
    alone = logits / numpy.float32(model.calibration.temperature)
    lit = ~patched.empty
    known = (patched.curves, patched.scan.angles, patched.noise, lit, alone, spread)
    answers = [run_context(model.context, context_features(*known, *view), lit) for view in VIEWS]
    expected = numpy.mean(answers, axis=0)
    strong = context_logits(model, patched, logits, spread)
    numpy.testing.assert_allclose(strong[:, lit], expected[:, lit], atol=1e-4)
    probabilities = classify(patched, model, device="cpu").probabilities[:, lit]
    of_strong = model.context_calibration.probabilities(expected)[:, lit]
    numpy.testing.assert_allclose(
        probabilities[..., BeamCondition.STRONG], of_strong[..., BeamCondition.STRONG], atol=1e-5
    )
