"""A model that knows many samples and a few labels of one."""

from __future__ import annotations

import dataclasses

import numpy
import pytest
import torch

from darfix_wb.beam import BeamCondition
from darfix_wb.classification.network import classify
from darfix_wb.errors import DarfixWBError
from darfix_wb.extraction import extract
from darfix_wb.labels import LabelMap
from darfix_wb.model import BeamModel
from darfix_wb.networks import build_network
from darfix_wb.networks.context_network import ContextNetwork
from darfix_wb.normalization import PatchScaling
from darfix_wb.scan import RockingScan
from darfix_wb.training import adaptation, trained_model
from darfix_wb.training.adaptation import KEPT, adapt_context
from darfix_wb.training.evidence import judge_frames_alone
from darfix_wb.training.options import FitOptions
from darfix_wb.training.trained_model import FINE_TUNING, MANY_TELLING, train_model

from .conftest import N_FRAMES, PATCH_SIZE

WEAK, STRONG, EMPTY = BeamCondition
FIT = FitOptions(n_epochs=2, device="cpu")


@pytest.fixture
def model():
    torch.manual_seed(2)
    network = build_network("lcnn", patch_size=PATCH_SIZE).eval()
    return BeamModel(network, PATCH_SIZE, PatchScaling(), context=ContextNetwork().eval())


def distance_as_logit(offset):
    """A context network that knows how far each frame is from the peak, but not the boundary."""

    def logits(_model, patched, *_, **_options):
        away = numpy.abs(numpy.arange(N_FRAMES) - 5.5)
        return numpy.broadcast_to((offset - away)[:, None, None], patched.curves.shape)

    return logits


@pytest.mark.parametrize(("offset", "wrong"), [(0.0, 4), (2.5, 0), (5.0, 2)])
def test_the_boundary_moves_to_where_the_labels_put_it(
    model, patched, labels, monkeypatch, offset, wrong
):
    monkeypatch.setattr(adaptation, "context_logits", distance_as_logit(offset))
    adapted = adapt_context(model, [(patched, labels)], device="cpu")
    # The labels call frames 4 to 7 strong and 1 and 10 weak: the boundary lies between 1.5 and 4.5.
    boundary = offset + adapted.context_calibration.shift
    assert 1.5 < boundary < 4.5
    assert adapted.context_calibration.temperature == model.context_calibration.temperature
    assert adapted.network is model.network
    moved = adapted.record["moved"]
    assert moved["shift"] == pytest.approx(boundary - offset)
    # Lit patches of the frames between the two boundaries.
    away = numpy.abs(numpy.arange(N_FRAMES) - 5.5)
    between = (away < offset) != (away < boundary)
    assert moved["changed"] == pytest.approx(between.mean())
    assert (moved["labels"], moved["contradicting"]) == (128, 16 * wrong)


def test_a_second_adaptation_starts_from_the_first(model, patched, labels):
    once = adapt_context(model, [(patched, labels)], device="cpu")
    none = LabelMap.unlabelled(N_FRAMES, patched.grid)
    assert adapt_context(once, [(patched, none)], device="cpu") is once


def test_without_context_or_curves_nothing_is_adapted(model, patched, labels):
    bare = dataclasses.replace(model, context=None)
    assert adapt_context(bare, [(patched, labels)], device="cpu") is bare
    two = RockingScan(patched.scan.frames[:2], patched.scan.angles[:2])
    few = extract(two, patch_size=PATCH_SIZE)
    labels_of_two = LabelMap.unlabelled(2, few.grid).with_frames({"weak": [0], "strong": [1]})
    assert adapt_context(model, [(few, labels_of_two)], device="cpu") is model


def test_training_starts_from_the_shipped_model_where_it_fits(
    model, patched, labels, monkeypatch, tmp_path
):
    model.save(tmp_path / "shipped.safetensors")
    shipped = BeamModel.load(tmp_path / "shipped.safetensors")
    load = BeamModel.load
    monkeypatch.setattr(
        trained_model.BeamModel, "load", lambda path=None: load(path) if path else shipped
    )
    trained, _ = train_model([(patched, labels)], FIT)
    assert trained.record["initial_model_hash"] == shipped.hash
    assert trained.context is shipped.context
    assert trained.calibration == shipped.calibration
    n_telling = judge_frames_alone(shipped, [(patched, labels)], device="cpu").n_telling
    share = min(1, n_telling / MANY_TELLING)
    rate = trained.record["options"]["learning_rate"]
    assert rate == pytest.approx(share * FINE_TUNING * FIT.learning_rate)
    scratch, _ = train_model([(patched, labels)], FIT, initial_model="none")
    assert (scratch.record["initial_model_hash"], scratch.context) == ("", None)
    paper, _ = train_model([(patched, labels)], dataclasses.replace(FIT, network="lcnn-paper"))
    assert (paper.record["initial_model_hash"], paper.context) == ("", None)
    asked, _ = train_model([(patched, labels)], FIT, initial_model="shipped")
    assert asked.context is shipped.context


@pytest.fixture
def settled(model, patched, labels, monkeypatch):
    """What a training from a model gives, as told whether the frames kept aside are told better."""
    monkeypatch.setattr(trained_model.BeamModel, "load", lambda path=None: model)

    def train(better):
        monkeypatch.setattr(adaptation, "is_better", lambda gains, frames: better)
        return train_model([(patched, labels)], FIT, initial_model="shipped")

    return train


def test_weights_that_tell_frames_kept_aside_no_better_are_not_kept(model, settled):
    trained, history = settled(False)
    assert (trained.network, trained.opinions) == (model.network, None)
    assert trained.hash == model.hash
    assert (history.best_epoch, history.kept) == (0, KEPT)
    assert trained.record["best_epoch"] == 0
    assert trained.record["validation"] == history.validation
    assert history.validation["n_patches"] == 32
    assert trained.record["moved"]["weights"] is False
    assert "weights stay as they are" in history.moved


def test_curves_are_judged_from_the_opinions_of_the_weights_that_were_not_moved(
    model, settled, patched, monkeypatch, tmp_path
):
    trained, history = settled(True)
    assert history.best_epoch > 0
    assert trained.opinions is model.network
    trained.save(tmp_path / "m.safetensors")
    monkeypatch.undo()
    trained = BeamModel.load(tmp_path / "m.safetensors")
    alone, curves = (
        [
            classify(patched, one, device="cpu", use_context=use).probabilities
            for one in (model, trained)
        ]
        for use in (False, True)
    )
    assert (alone[0] != alone[1]).any()
    unmoved = dataclasses.replace(trained, context_calibration=model.context_calibration)
    again = classify(patched, unmoved, device="cpu").probabilities
    numpy.testing.assert_array_equal(again, curves[0])
    assert trained.in_curves.network.state_dict().keys() == model.network.state_dict().keys()


def test_without_frames_kept_aside_the_weights_stay(model, patched, labels, monkeypatch):
    monkeypatch.setattr(trained_model.BeamModel, "load", lambda path=None: model)
    trained, history = train_model(
        [(patched, labels)], FIT, initial_model="shipped", validation_share=0
    )
    assert trained.network is model.network
    assert history.validation is None


def test_the_shipped_model_must_fit(patched, labels, monkeypatch):
    shipped = dataclasses.replace(BeamModel.load(), patch_sizes=(64, 64))
    monkeypatch.setattr(trained_model.BeamModel, "load", lambda path=None: shipped)
    trained, _ = train_model([(patched, labels)], FIT)
    assert trained.record["initial_model_hash"] == ""
    with pytest.raises(DarfixWBError, match=r"for patches of 16 px, got a 'lcnn' for 64 px"):
        train_model([(patched, labels)], FIT, initial_model="shipped")
    paper, _ = train_model([(patched, labels)], FitOptions("lcnn-paper", 1, device="cpu"))
    assert paper.context is None
