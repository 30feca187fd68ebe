"""Labels of one simulated layer, and what they do to the answers on another one of the crystal."""

from __future__ import annotations

from dataclasses import replace

import numpy
import pytest

from darfix_wb.beam import BeamCondition
from darfix_wb.classification.network import classify
from darfix_wb.extraction import extract
from darfix_wb.labels import LabelMap
from darfix_wb.metrics import evaluate
from darfix_wb.model import BeamModel
from darfix_wb.simulation import (
    SampleParameters,
    ScanParameters,
    SimulationParameters,
    patch_truth,
    simulate_scan,
)
from darfix_wb.training.adaptation import adapt_context

WEAK, STRONG, EMPTY = BeamCondition
N_SEEDS = 2


def layer(seed, layer_z_um):
    sample = SampleParameters(
        crystal_seed=seed, layer_z_um=layer_z_um, tilt_urad=60, upstream_um=30, exit_um=30
    )
    scan = ScanParameters(shape=(192, 256), steps=21, seed=seed)
    simulated = simulate_scan(SimulationParameters(sample=sample, scan=scan))
    patched = extract(simulated.rocking_scan)
    return patched, patch_truth(simulated.truth, patched.grid)


@pytest.fixture(scope="module", params=range(N_SEEDS))
def layers(request):
    return layer(9_700_000 + request.param, -2.0), layer(9_700_000 + request.param, 2.0)


@pytest.fixture(scope="module")
def shipped():
    return BeamModel.load()


def labelled(patched, condition, wanted):
    values = LabelMap.unlabelled(len(condition), patched.grid).values.copy()
    wanted = wanted & (condition != EMPTY) & ~patched.empty
    values[wanted] = condition[wanted]
    return LabelMap(values, patched.grid)


def plain(patched, truth):
    """Labels of the two frames with most, and of the four with least of what is clear."""
    counts = [(truth.clear & (truth.condition == one)).sum(axis=(1, 2)) for one in (STRONG, WEAK)]
    frames = [*numpy.argsort(counts[0])[-2:], *numpy.argsort(counts[1])[-4:]]
    wanted = truth.clear.copy()
    wanted[numpy.isin(numpy.arange(len(wanted)), frames, invert=True)] = False
    return labelled(patched, truth.condition, wanted)


def balanced(layer, model):
    patched, truth = layer
    probabilities = classify(patched, model, device="cpu").probabilities
    return evaluate(probabilities, truth.condition).balanced_accuracy


def test_plain_labels_leave_the_answers_as_they_are(layers, shipped):
    (patched, truth), _ = layers
    labels = plain(patched, truth)
    assert {WEAK, STRONG} <= set(numpy.unique(labels.values))
    adapted = adapt_context(shipped, [(patched, labels)], device="cpu")
    assert adapted.hash == shipped.hash
    assert adapted.record["moved"]["shift"] == adapted.record["moved"]["changed"] == 0


@pytest.mark.parametrize("distance", [-2.5, 2.5])
def test_labels_of_the_whole_layer_bring_a_model_back_that_is_off(layers, shipped, distance):
    (patched, truth), other = layers
    off = replace(shipped, context_calibration=shipped.context_calibration.moved(distance))
    labels = labelled(patched, truth.condition, numpy.ones_like(truth.clear))
    adapted = adapt_context(off, [(patched, labels)], device="cpu")
    moved = adapted.record["moved"]
    assert moved["shift"] * distance < 0
    assert moved["changed"] > 0
    assert balanced(other, adapted) > balanced(other, off)


@pytest.mark.parametrize("condition", [WEAK, STRONG])
def test_labels_of_one_wrong_frame_do_not_move_it(layers, shipped, condition):
    """A frame of the peak called weak, or of the tails called strong."""
    (patched, truth), _ = layers
    labels = plain(patched, truth)
    opposite = labels.values == (STRONG if condition == WEAK else WEAK)
    frame = int(opposite.sum(axis=(1, 2)).argmax())
    values = labels.values.copy()
    values[frame][opposite[frame]] = condition
    adapted = adapt_context(shipped, [(patched, replace(labels, values=values))], device="cpu")
    assert adapted.record["moved"]["contradicting"] == opposite[frame].sum() > 0
    assert adapted.record["moved"]["shift"] == 0
