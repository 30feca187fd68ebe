"""Frames weighed against their rocking curve: any stride, several curves, few frames."""

from __future__ import annotations

import dataclasses

import numpy
import pytest
import torch

from darfix_wb.beam import BeamCondition
from darfix_wb.classification.decoding import decode
from darfix_wb.classification.frame_classifier import FrameClassifier
from darfix_wb.classification.network import classify
from darfix_wb.extraction import extract
from darfix_wb.model import BeamModel, Calibration
from darfix_wb.networks import build_network
from darfix_wb.networks.context_network import ContextNetwork
from darfix_wb.normalization import PatchScaling
from darfix_wb.rocking_curves import enough_frames
from darfix_wb.scan import RockingScan

WEAK, STRONG, EMPTY = BeamCondition


@pytest.fixture
def model():
    torch.manual_seed(5)
    context = ContextNetwork().eval()
    for block in context.blocks:
        torch.nn.init.normal_(block.narrow.weight, std=0.1)
    network = build_network("lcnn", patch_size=16).eval()
    return BeamModel(
        network,
        16,
        PatchScaling(),
        Calibration(2.0),
        context=context,
        context_calibration=Calibration(1.5),
    )


def strong(beam_map):
    return beam_map.probabilities[..., STRONG]


def test_the_context_is_used_where_there_is_one(model, scan):
    patched = extract(scan, patch_size=16)
    together, alone = (classify(patched, model, device="cpu", use_context=c) for c in (True, False))
    bare = dataclasses.replace(model, context=None)
    bare_alone = classify(patched, bare, device="cpu", use_context=False)
    numpy.testing.assert_array_equal(alone.probabilities, bare_alone.probabilities)
    assert not numpy.allclose(together.probabilities, alone.probabilities)
    numpy.testing.assert_allclose(together.probabilities.sum(axis=-1), 1, atol=1e-6)
    assert (together.condition()[:, patched.empty] == EMPTY).all()
    assert not (together.condition()[:, ~patched.empty] == EMPTY).any()


@pytest.mark.parametrize(("n_steps", "fine"), [(11, False), (31, True)])
def test_a_model_without_context_decodes_where_steps_are_fine(model, make_scan, n_steps, fine):
    patched = extract(make_scan(n_steps=n_steps), patch_size=16)
    bare = dataclasses.replace(model, context=None)
    alone, together = (classify(patched, bare, device="cpu", use_context=c) for c in (False, True))
    decoded = decode(alone, patched.scan.curves)
    assert not numpy.array_equal(decoded.probabilities, alone.probabilities)
    expected = decoded if fine else alone
    numpy.testing.assert_array_equal(together.probabilities, expected.probabilities)


@pytest.mark.parametrize("n_frames", [1, 2])
def test_too_few_frames_stand_alone(model, scan, n_frames):
    few = RockingScan(scan.frames[5 : 5 + n_frames], scan.angles[5 : 5 + n_frames])
    patched = extract(few, patch_size=16)
    assert not enough_frames(patched)
    alone = classify(patched, model, device="cpu", use_context=False)
    numpy.testing.assert_array_equal(
        classify(patched, model, device="cpu").probabilities, alone.probabilities
    )


def test_three_frames_are_enough(model, scan):
    few = RockingScan(scan.frames[4:7], scan.angles[4:7])
    assert classify(extract(few, patch_size=16), model, device="cpu").n_frames == 3


@pytest.mark.parametrize("stride", [8, 6, 5, 16])
def test_any_stride(model, scan, stride):
    patched = extract(scan, patch_size=16, stride=stride)
    beam_map = classify(patched, model, device="cpu")
    assert beam_map.probabilities.shape == (11, *patched.grid.shape, 3)
    assert numpy.isfinite(beam_map.probabilities).all()


def test_overlapping_patches_are_taken_in_sets_that_stand_side_by_side(model, make_scan):
    scan = make_scan((64, 64), margin=0)
    beam_maps = [
        classify(extract(scan, patch_size=16, stride=stride), model, device="cpu")
        for stride in (16, 8)
    ]
    apart, overlapping = map(strong, beam_maps)
    numpy.testing.assert_allclose(overlapping[:, ::2, ::2], apart, atol=0.02)


def test_each_rocking_curve_by_itself(model, scan):
    patched = extract(scan, patch_size=16)
    twice = RockingScan(
        numpy.concatenate([scan.frames, scan.frames]),
        numpy.concatenate([scan.angles, scan.angles]),
        curves=numpy.arange(22).reshape(2, 11),
    )
    single = strong(classify(patched, model, device="cpu"))
    double = strong(classify(extract(twice, patch_size=16), model, device="cpu"))
    lit = ~patched.empty
    numpy.testing.assert_allclose(double[:11, lit], single[:, lit], atol=1e-3)
    numpy.testing.assert_allclose(double[11:, lit], double[:11, lit], atol=1e-6)


def test_empty_patches_are_not_looked_at(model, scan, monkeypatch):
    patched = extract(scan, patch_size=16)
    looked_at = []
    begin = FrameClassifier._begin

    def counting(self, frame, wanted, monitor):
        looked_at.append(len(wanted))
        return begin(self, frame, wanted, monitor)

    monkeypatch.setattr(FrameClassifier, "_begin", counting)
    classify(patched, model, device="cpu")
    assert patched.empty.any()
    assert looked_at == [int((~patched.empty).sum())] * 11
