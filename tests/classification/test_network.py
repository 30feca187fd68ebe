"""A network over a whole scan."""

from __future__ import annotations

import numpy
import pytest
import torch

from darfix_wb.beam import BeamCondition
from darfix_wb.classification.decoding import set_empty
from darfix_wb.classification.network import classify
from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.extraction import extract
from darfix_wb.model import BeamModel, Calibration
from darfix_wb.networks import build_network
from darfix_wb.normalization import LogScaling, PatchScaling
from darfix_wb.progress import Monitor
from darfix_wb.scan import RockingScan

WEAK, STRONG, EMPTY = BeamCondition
LOG_SCALING = LogScaling(3.0, 1.2)
SCALINGS = {"lcnn": PatchScaling(), "lcnn-paper": LOG_SCALING, "resnet18": LOG_SCALING}


@pytest.fixture(params=SCALINGS)
def model(request):
    torch.manual_seed(3)
    return BeamModel(
        build_network(request.param, patch_size=16).eval(),
        16,
        SCALINGS[request.param],
        Calibration(2.0),
    )


def test_each_frame_alone_and_emptiness_by_the_curves(model, scan):
    patched = extract(scan, patch_size=16, stride=8)
    beam_map = classify(patched, model, device="cpu", use_context=False)
    expected = model.predict(
        scan.frames, background=patched.background, stride=8, device="cpu"
    ).probabilities
    assert (patched.empty.any(), patched.empty.all()) == (True, False)
    set_empty(expected, patched.empty)
    numpy.testing.assert_allclose(beam_map.probabilities, expected, atol=1e-6)
    assert (beam_map.condition()[:, patched.empty] == EMPTY).all()
    assert not (beam_map.condition()[:, ~patched.empty] == EMPTY).any()
    alone = "lcnn-alone" if model.name == "lcnn" else model.name
    assert (beam_map.model_hash, beam_map.method) == (model.hash, alone)
    assert beam_map.record == patched.record(use_context=False, device="cpu")
    together = classify(patched, model, device="cpu")
    assert (together.method, together.record.use_context) == (model.name, True)


def test_of_one_frame_the_network_says_what_is_empty(model, scan):
    alone = RockingScan(scan.frames[:1], scan.angles[:1])
    patched = extract(alone, patch_size=16)
    beam_map = classify(patched, model, device="cpu")
    expected = model.predict(
        alone.frames, background=patched.background, device="cpu"
    ).probabilities
    numpy.testing.assert_array_equal(beam_map.probabilities, expected)
    assert (beam_map.probabilities[..., EMPTY] > 0).all() == (EMPTY in model.classes)


def test_patches_of_another_size_are_refused(model, scan):
    with pytest.raises(DarfixWBError, match=r"trained on \(16 px\), got 32 px"):
        classify(extract(scan, patch_size=32), model, device="cpu")


def test_progress(model, scan):
    told = []
    classify(extract(scan, patch_size=16), model, device="cpu", monitor=Monitor(told.append))
    numpy.testing.assert_allclose(told, numpy.arange(1, 12) / 11)


def test_cancelling_stops_within_a_batch(model, scan):
    patched = extract(scan, patch_size=16)
    calls = []
    runs = []
    model.network.register_forward_hook(lambda *_: runs.append(1))

    def cancelled():
        calls.append(1)
        return len(calls) > 3

    with pytest.raises(OperationCancelled, match="Classification was cancelled"):
        classify(patched, model, device="cpu", batch_size=4, monitor=Monitor(cancelled=cancelled))
    assert len(runs) <= 3  # of the six batches of the first frame
