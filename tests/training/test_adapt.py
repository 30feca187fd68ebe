"""A model that knows many samples and a few labels of one."""

from __future__ import annotations

import dataclasses

import numpy
import pytest
import torch

from darfix_wb.beam import BeamCondition
from darfix_wb.errors import DarfixWBError
from darfix_wb.extraction import extract
from darfix_wb.labels import LabelMap
from darfix_wb.model import BeamModel
from darfix_wb.networks import build_network
from darfix_wb.networks.context_network import ContextNetwork
from darfix_wb.normalization import PatchScaling
from darfix_wb.scan import RockingScan
from darfix_wb.training import calibrate, trained_model
from darfix_wb.training.calibrate import adapt_context
from darfix_wb.training.options import FitOptions
from darfix_wb.training.trained_model import FINE_TUNING, MANY_LABELS, train_model

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


@pytest.mark.parametrize("offset", [0.0, 2.5, 5.0])
def test_the_boundary_moves_to_where_the_labels_put_it(model, patched, labels, monkeypatch, offset):
    monkeypatch.setattr(calibrate, "context_logits", distance_as_logit(offset))
    adapted = adapt_context(model, [(patched, labels)], device="cpu")
    # The labels call frames 4 to 7 strong and 1 and 10 weak: the boundary lies between 1.5 and 4.5.
    boundary = offset + adapted.context_calibration.shift
    assert 1.5 < boundary < 4.5
    assert adapted.context_calibration.temperature == model.context_calibration.temperature
    assert adapted.network is model.network


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
    share = int(labels.trainable.sum()) / MANY_LABELS
    assert 0 < share < 1
    rate = trained.record["options"]["learning_rate"]
    assert rate == pytest.approx(share * FINE_TUNING * FIT.learning_rate)
    scratch, _ = train_model([(patched, labels)], FIT, initial_model="none")
    assert (scratch.record["initial_model_hash"], scratch.context) == ("", None)
    paper, _ = train_model([(patched, labels)], dataclasses.replace(FIT, network="lcnn-paper"))
    assert (paper.record["initial_model_hash"], paper.context) == ("", None)
    asked, _ = train_model([(patched, labels)], FIT, initial_model="shipped")
    assert asked.context is shipped.context


def test_the_shipped_model_must_fit(patched, labels, monkeypatch):
    shipped = dataclasses.replace(BeamModel.load(), patch_sizes=(64, 64))
    monkeypatch.setattr(trained_model.BeamModel, "load", lambda path=None: shipped)
    trained, _ = train_model([(patched, labels)], FIT)
    assert trained.record["initial_model_hash"] == ""
    with pytest.raises(DarfixWBError, match=r"for patches of 16 px, got a 'lcnn' for 64 px"):
        train_model([(patched, labels)], FIT, initial_model="shipped")
    paper, _ = train_model([(patched, labels)], FitOptions("lcnn-paper", 1, device="cpu"))
    assert paper.context is None
