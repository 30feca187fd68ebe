"""Conformal thresholds: what is promised holds, and belongs to the right network."""

from __future__ import annotations

import dataclasses
import math

import numpy
import pytest
import torch

from darfix_wb.beam import AMBIGUOUS, LIT, BeamCondition, prediction_sets
from darfix_wb.classification.network import classify
from darfix_wb.extraction import extract
from darfix_wb.model import BeamModel, Calibration
from darfix_wb.networks import build_network
from darfix_wb.networks.context_network import ContextNetwork
from darfix_wb.normalization import PatchScaling
from darfix_wb.scan import RockingScan
from darfix_wb.training import trained_model
from darfix_wb.training.calibrate import (
    ALPHA,
    UNDECIDED,
    conformal_thresholds,
    fit_thresholds,
)
from darfix_wb.training.options import FitOptions
from darfix_wb.training.trained_model import train_model

from .conftest import PATCH_SIZE

N_CRYSTALS = 20

WEAK, STRONG, EMPTY = BeamCondition
FIT = FitOptions(n_epochs=1, device="cpu")
ALONE, IN_CONTEXT = (0.1, 0.2), (0.3, 0.4)


def draw(rng, n_weak, n_strong):
    """Patches of which the weak ones are told better than the strong ones."""
    strong = numpy.concatenate([rng.beta(1, 6, n_weak), rng.beta(2, 1.5, n_strong)])
    probabilities = numpy.stack([1 - strong, strong, numpy.zeros_like(strong)], axis=1)
    return probabilities, numpy.repeat([WEAK, STRONG], [n_weak, n_strong])


@pytest.mark.parametrize("alpha", [ALPHA, 0.2])
def test_sets_hold_the_condition_as_often_as_promised(alpha):
    """Exactly ``ceil((n + 1) (1 - alpha)) / (n + 1)`` on average, for each condition."""
    rng = numpy.random.default_rng(11)
    counts = {WEAK: 30, STRONG: 200}
    covered = {WEAK: [], STRONG: []}
    for _ in range(3000):
        thresholds = conformal_thresholds(*draw(rng, *counts.values()), alpha=alpha)
        probabilities, targets = draw(rng, 50, 50)
        held = prediction_sets(probabilities, thresholds)
        for condition in LIT:
            covered[condition].append(held[targets == condition, condition].mean())
    for condition, n in counts.items():
        promised = math.ceil((n + 1) * (1 - alpha) - 1e-9) / (n + 1)
        assert numpy.mean(covered[condition]) == pytest.approx(promised, abs=0.004)


def test_the_threshold_is_in_the_set():
    probabilities, targets = draw(numpy.random.default_rng(2), 39, 59)
    thresholds = conformal_thresholds(probabilities, targets)
    held = prediction_sets(probabilities, thresholds)
    assert [int((~held[targets == condition, condition]).sum()) for condition in LIT] == [1, 2]


@pytest.mark.parametrize("seed", range(4))
def test_of_a_further_crystal_the_sets_hold_what_a_patch_is(seed):
    """Crystals differ: what holds for patches of those at hand need not hold for the next."""
    rng = numpy.random.default_rng([seed, 7])
    covered = []
    for _ in range(60):
        numbers, probabilities, targets = zip(
            *(one_crystal(rng, number) for number in range(25)), strict=True
        )
        pair = conformal_thresholds(
            numpy.concatenate(probabilities),
            numpy.concatenate(targets),
            crystals=numpy.concatenate(numbers),
        )
        _, further, conditions = one_crystal(rng, 0)
        sets = prediction_sets(further, pair)
        covered.append([sets[conditions == one, one].mean() for one in LIT])
    assert (numpy.mean(covered, axis=0) > 0.95 - 0.015).all()


def one_crystal(rng, number):
    """Patches whose boundary lies elsewhere on each crystal, as many as it happens to have."""
    n = int(rng.integers(20, 200))
    targets = rng.integers(0, 2, n)
    logits = rng.normal(4 * targets - 2 + rng.normal(0, 1.5), 1)
    strong = 1 / (1 + numpy.exp(-logits))
    probabilities = numpy.stack([1 - strong, strong, numpy.zeros(n)], axis=1)
    return numpy.full(n, number), probabilities, targets


def test_eighteen_crystals_promise_nothing():
    rng = numpy.random.default_rng(5)
    probabilities, targets = draw(rng, 400, 400)
    crystals = numpy.arange(800) % 18
    assert conformal_thresholds(probabilities, targets, crystals=crystals) == (0, 0)
    crystals = numpy.arange(800) % 19
    weak, strong = conformal_thresholds(probabilities, targets, crystals=crystals)
    assert weak == probabilities[:400, WEAK].min()
    assert strong == probabilities[400:, STRONG].min()


def test_too_few_patches_leave_nothing_out():
    probabilities, targets = draw(numpy.random.default_rng(3), 18, 19)
    weak, strong = conformal_thresholds(probabilities, targets)
    assert weak == 0
    assert strong == probabilities[18:, STRONG].min()
    assert prediction_sets(numpy.array([[0.0, 1.0, 0.0]]), (weak, strong)).all()
    assert conformal_thresholds(probabilities[:0], targets[:0]) == (0, 0)


def test_other_patches_and_the_probability_of_empty_do_not_count():
    probabilities, targets = draw(numpy.random.default_rng(4), 40, 40)
    expected = conformal_thresholds(probabilities, targets)
    more = numpy.concatenate([0.5 * probabilities + [0, 0, 0.5], numpy.eye(3)])
    more_targets = numpy.concatenate([targets, [EMPTY, AMBIGUOUS, EMPTY]])
    assert conformal_thresholds(more, more_targets) == pytest.approx(expected)


@pytest.fixture
def model():
    torch.manual_seed(2)
    network, context = build_network("lcnn", patch_size=PATCH_SIZE).eval(), ContextNetwork().eval()
    for block in context.blocks:
        torch.nn.init.normal_(block.narrow.weight, std=0.1)
    return BeamModel(
        network,
        PATCH_SIZE,
        PatchScaling(),
        Calibration(1.6, thresholds=ALONE),
        record={"conformal": {"alpha": 0.05}},
        context=context,
        context_calibration=Calibration(shift=0.5, thresholds=IN_CONTEXT),
    )


def test_each_network_gets_the_thresholds_of_what_it_says(model, patched, labels):
    fitted = fit_thresholds(model, [(patched, labels.values)] * N_CRYSTALS, device="cpu")
    known = numpy.isin(labels.values, LIT) & ~patched.empty
    crystals = numpy.repeat(numpy.arange(N_CRYSTALS), known.sum())
    for use_context, calibration in enumerate((fitted.calibration, fitted.context_calibration)):
        beam_map = classify(patched, fitted, device="cpu", use_context=bool(use_context))
        assert beam_map.thresholds == calibration.thresholds
        expected = conformal_thresholds(
            numpy.tile(beam_map.probabilities[known], (N_CRYSTALS, 1)),
            numpy.tile(labels.values[known], N_CRYSTALS),
            crystals=crystals,
        )
        highest = 1.0 if use_context else UNDECIDED
        assert calibration.thresholds == pytest.approx(numpy.minimum(expected, highest), abs=1e-6)
    assert fitted.calibration.thresholds != fitted.context_calibration.thresholds
    count = N_CRYSTALS * int(known.sum()) // 2
    both = {"weak": count, "strong": count}
    assert fitted.record["conformal"] == {
        "alpha": 0.05,
        "single_frames": both,
        "rocking_curves": both,
        "crystals": N_CRYSTALS,
    }


def test_where_patches_are_too_few_the_thresholds_stay(model, patched, labels):
    few = numpy.full_like(labels.values, EMPTY)
    few[1, 0] = WEAK
    few[5, 0] = STRONG
    kept = fit_thresholds(model, [(patched, few)], device="cpu")
    assert (kept.calibration, kept.context_calibration) == (
        model.calibration,
        model.context_calibration,
    )
    assert kept.record["conformal"]["rocking_curves"] == {"weak": 4, "strong": 4}
    assert fit_thresholds(model, [], device="cpu").context_calibration.thresholds == IN_CONTEXT


def test_scans_without_rocking_curves_say_nothing_of_them(model, patched, labels):
    pairs = []
    for start in (1, 4, 5, 6, 10):
        part = RockingScan(patched.scan.frames[start : start + 2], patched.scan.angles[:2])
        condition = labels.values[start : start + 2]
        pairs.append((extract(part, patch_size=PATCH_SIZE), condition))
    fitted = fit_thresholds(model, pairs * 20, device="cpu")
    assert fitted.context_calibration.thresholds == IN_CONTEXT
    assert fitted.calibration.thresholds not in (None, ALONE)


def test_a_chain_of_frames_has_no_thresholds(model, patched):
    bare = dataclasses.replace(model, context=None)
    assert classify(patched, bare, device="cpu", use_context=False).thresholds == ALONE
    assert classify(patched, bare, device="cpu").thresholds is None


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_a_training_fits_them_where_enough_is_kept_aside(patched, labels, share):
    """Of 64 weak and 64 strong patches 16 are too few, 32 are not."""
    trained, history = train_model(
        [(patched, labels)], FIT, initial_model="none", validation_share=share
    )
    count = int(share * 64)
    counts = {"weak": count, "strong": count}
    assert trained.record["conformal"] == {"alpha": 0.05, "single_frames": counts}
    assert (trained.calibration.thresholds is None) == (share == 0.25)
    assert history.split["validation"]["patches"].items() >= counts.items()


def test_a_training_from_a_model_keeps_its_thresholds(model, patched, labels, monkeypatch):
    monkeypatch.setattr(trained_model.BeamModel, "load", lambda path=None: model)
    trained, _ = train_model(
        [(patched, labels)], FIT, initial_model="shipped", validation_share=0.5
    )
    assert trained.calibration == model.calibration
    assert trained.context_calibration.thresholds == IN_CONTEXT
    assert trained.record["conformal"] == {"alpha": 0.05}
