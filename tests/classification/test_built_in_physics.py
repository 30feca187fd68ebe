"""What a bounded context network cannot say, whatever its weights."""

from __future__ import annotations

import dataclasses

import numpy
import pytest
import torch

from darfix_wb.beam import BeamCondition
from darfix_wb.classification.curve_context import (
    DIM_SHARE,
    context_logits,
    look_at_curves,
    weak_far_below_peak,
)
from darfix_wb.classification.doubt import LARGEST_CONTRADICTED_SHARE, contradictions
from darfix_wb.classification.frame_classifier import FrameClassifier
from darfix_wb.classification.network import classify
from darfix_wb.classification.order import in_order
from darfix_wb.extraction import extract
from darfix_wb.model import BeamModel, Calibration
from darfix_wb.networks import build_network
from darfix_wb.networks.context_network import ContextNetwork
from darfix_wb.normalization import PatchScaling
from darfix_wb.scan import RockingScan

WEAK, STRONG, EMPTY = BeamCondition
BOUND = 0.5


@pytest.fixture(params=range(3))
def model(request):
    """Weights at random: nothing is learnt."""
    torch.manual_seed(request.param)
    context = ContextNetwork(image_bound=BOUND).eval()
    for block in context.blocks:
        torch.nn.init.normal_(block.narrow.weight, std=0.4)
    torch.nn.init.normal_(context.head[-1].weight, std=1.0)
    network = build_network("lcnn", patch_size=16).eval()
    return BeamModel(
        network,
        16,
        PatchScaling(),
        Calibration(2.0),
        context=context,
        context_calibration=Calibration(1.5, 0.3),
    )


def looked_at(model, patched):
    return FrameClassifier(model, patched.grid, patched.background).look_at_scan(patched)


def test_images_move_what_curves_say_by_the_bound_at_most(model, scan):
    patched = extract(scan, patch_size=16)
    logits, spread = looked_at(model, patched)
    lit = ~patched.empty
    curves_alone = context_logits(model, patched, logits, spread, views=[(False, True)])
    limited = weak_far_below_peak(curves_alone, patched.curves, model.context_calibration)
    in_turn = in_order(limited, patched.curves, patched.noise)
    rng = numpy.random.default_rng(0)
    wild = logits + rng.normal(0, 30, logits.shape).astype(numpy.float32)
    free = dataclasses.replace(model, context=unbounded(model.context))
    for opinions in (logits, wild):
        bounded = look_at_curves(model, patched, opinions, spread)
        moved = numpy.abs(bounded.strong - in_turn)[~bounded.contradicted & lit]
        assert moved.max() <= BOUND + 1e-4
    moved = numpy.abs(context_logits(free, patched, wild, spread) - curves_alone)[:, lit]
    assert moved.max() > 2 * BOUND


def unbounded(context):
    free = ContextNetwork().eval()
    free.load_state_dict(context.state_dict())
    return free


def test_a_scan_recorded_backwards_gets_the_same_probabilities(model, scan):
    backwards = RockingScan(scan.frames[::-1], scan.angles[::-1].copy())
    there, back = (
        classify(extract(one, patch_size=16), model, device="cpu").probabilities
        for one in (scan, backwards)
    )
    numpy.testing.assert_allclose(back[::-1], there, atol=1e-4)


def test_strong_beam_does_not_return_along_a_flank(model, scan):
    patched = extract(scan, patch_size=16)
    strong = classify(patched, model, device="cpu").probabilities[..., STRONG]
    for row, column in zip(*numpy.nonzero(~patched.empty), strict=True):
        peak = patched.curves[:, row, column].argmax()
        for flank in (strong[peak:, row, column], strong[peak::-1, row, column]):
            assert (numpy.diff(flank) < 0.02).all()


def test_far_below_its_peak_a_patch_is_weak():
    curves = numpy.array([1.0, 30.0, 1000.0, 4.0])[:, None, None]
    given = numpy.full_like(curves, 9.0)
    calibration = Calibration(1.5, 0.3)
    limited = weak_far_below_peak(given, curves, calibration)
    strong = calibration.probabilities(limited)[..., STRONG].ravel()
    assert (strong[[0, 3]] < 0.13).all()
    assert (strong[[1, 2]] > 0.9).all()


def test_sure_images_against_sure_curves_are_contradictions(model, scan):
    patched = extract(scan, patch_size=16)
    logits, spread = looked_at(model, patched)
    curve = context_logits(model, patched, logits, spread, views=[(False, True)])
    limited = weak_far_below_peak(curve, patched.curves, model.context_calibration, DIM_SHARE)
    sure = model.context_calibration.calibrated(limited)
    against = numpy.zeros_like(logits)
    against[..., STRONG] = numpy.where(sure > 0, -9.0, 9.0)
    answer = look_at_curves(model, patched, against, spread)
    lit = numpy.broadcast_to(~patched.empty, sure.shape)
    numpy.testing.assert_array_equal(answer.contradicted[lit & (numpy.abs(sure) > 1.6)], True)
    assert not answer.contradicted[lit & (numpy.abs(sure) < 1.4)].any()
    unsure = model.context_calibration.probabilities(answer.strong[answer.contradicted])
    assert unsure.max() < 0.66


def test_many_contradictions_are_warned_of():
    empty = numpy.array([[False, False, True]])
    contradicted = numpy.zeros((10, 1, 3), dtype=bool)
    contradicted[..., 2] = True
    assert contradictions(contradicted, empty) == ()
    contradicted[:3, 0, 0] = True
    assert LARGEST_CONTRADICTED_SHARE < 3 / 20
    (warning,) = contradictions(contradicted, empty)
    assert "contradict each other in 15%" in warning
