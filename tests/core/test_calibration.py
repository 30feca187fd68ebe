"""Logits become probabilities: temperature, shift and thresholds."""

from __future__ import annotations

import numpy
import pytest

from darfix_wb.beam import BeamCondition
from darfix_wb.errors import DarfixWBError
from darfix_wb.model import Calibration


@pytest.mark.parametrize(
    "values",
    [
        {"temperature": 0.0},
        {"temperature": numpy.nan},
        {"temperature": numpy.inf},
        {"shift": numpy.inf},
        {"thresholds": (0.5,)},
        {"thresholds": (0.5, 1.1)},
    ],
)
def test_a_calibration_out_of_range_is_refused(values):
    with pytest.raises(DarfixWBError, match=r"of a calibration must be .* Calibrate again"):
        Calibration(**values)


@pytest.mark.parametrize("shift", [0.0, 0.75])
def test_both_kinds_of_logits_give_the_same_probabilities(shift):
    strong = numpy.linspace(-6, 6, 24).reshape(2, 3, 4)
    calibration = Calibration(1.6, shift)
    of_strong = calibration.probabilities(strong)
    assert of_strong.shape == (2, 3, 4, 3)
    assert of_strong.dtype == numpy.float32
    numpy.testing.assert_allclose(of_strong[..., 1], 1 / (1 + numpy.exp(-(strong + shift) / 1.6)))
    pairs = numpy.stack([strong, numpy.zeros_like(strong)], axis=-1)
    classes = (BeamCondition.STRONG, BeamCondition.WEAK)
    numpy.testing.assert_allclose(calibration.probabilities(pairs, classes), of_strong, atol=1e-6)
    further = calibration.moved(0.5).calibrated(strong)
    numpy.testing.assert_allclose(further, calibration.calibrated(strong) + 0.5)
