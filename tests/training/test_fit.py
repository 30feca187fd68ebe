"""Training: repeatable, cancellable, honest about what it keeps."""

import importlib
import json

import numpy
import pytest
import torch

from darfix_wb.beam import AMBIGUOUS, BeamCondition
from darfix_wb.device import resolve_device
from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.labels import LabelMap, split_by_frame
from darfix_wb.model import Calibration
from darfix_wb.networks import NETWORKS, build_network
from darfix_wb.progress import Monitor
from darfix_wb.training.data import gather
from darfix_wb.training.fit import fit
from darfix_wb.training.options import FitOptions
from darfix_wb.training.predict import predict, predict_logits
from darfix_wb.training.targets import Targets
from darfix_wb.training.train import train

from .conftest import N_FRAMES


@pytest.fixture
def sides(patched, labels):
    """Training and validation patches of different frames."""
    return [gather(patched, part, margin=4) for part in split_by_frame(labels)]


def options(**changes) -> FitOptions:
    """A short training on the CPU."""
    return FitOptions(**{"n_epochs": 3, "device": "cpu", **changes})


def same_weights(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    """Whether all weights agree to the last bit."""
    others = other.state_dict()
    return all(torch.equal(value, others[name]) for name, value in one.state_dict().items())


@pytest.mark.parametrize("network", ["lcnn", "lcnn-paper", "resnet18"])
def test_the_same_seed_gives_the_same_weights_to_the_last_bit(sides, network):
    torch.manual_seed(1)
    first = fit(*sides, options(network=network, seed=4))
    torch.manual_seed(2)
    again = fit(*sides, options(network=network, seed=4))
    other = fit(*sides, options(network=network, seed=5))
    assert same_weights(first.network, again.network)
    assert not same_weights(first.network, other.network)
    assert first.scaling == again.scaling


def test_training_leaves_the_global_generators_alone(sides):
    torch.manual_seed(7)
    wanted = torch.rand(3)
    torch.manual_seed(7)
    fit(*sides, options(n_epochs=1))
    assert torch.equal(torch.rand(3), wanted)


def test_a_network_learns_what_can_be_learnt(patched, labels):
    outcome = train([(patched, labels)], options(n_epochs=25))
    assert outcome.scores.balanced_accuracy > 0.95
    assert outcome.history.training_loss[-1] < 0.5 * outcome.history.training_loss[0]


def test_no_frame_is_on_both_sides(patched, labels):
    split = train([(patched, labels), (patched, labels)], options(n_epochs=1)).split
    for scan in ("0", "1"):
        training, validation = (split[side]["frames"][scan] for side in ("training", "validation"))
        assert not set(training) & set(validation)
        assert sorted(training + validation) == [0, 1, 4, 5, 6, 7, 10, 11]


def test_history_and_split_are_plain_literals(patched, labels):
    outcome = train([(patched, labels)], options())
    text = json.dumps([outcome.history.to_dict(), outcome.split, outcome.scores.to_dict()])
    assert json.loads(text)[0]["epoch"] == [1, 2, 3]
    assert outcome.history.kept == "lowest validation loss"
    losses = outcome.history.validation_loss
    assert outcome.history.best_epoch == 1 + int(numpy.argmin(losses))


def test_the_kept_weights_are_those_of_the_best_epoch(sides):
    training, validation = sides
    flipped = validation.select(slice(None))
    flipped.targets[:] = numpy.choose(validation.targets, [1, 0, 2])
    result = fit(training, flipped, options(n_epochs=20))
    assert result.history.best_epoch < 20
    assert _loss(result, flipped) == pytest.approx(min(result.history.validation_loss))
    shorter = fit(training, flipped, options(n_epochs=20, patience=5))
    assert len(shorter.history.epoch) == shorter.history.best_epoch + 5


def _loss(result, patches) -> float:
    logits = torch.from_numpy(predict_logits(result.network, patches, result.scaling))
    targets = torch.from_numpy(patches.targets.astype(int))
    weights = Targets(result.network.classes).weights(patches.targets)
    return float(torch.nn.functional.cross_entropy(logits, targets, weight=weights))


def test_without_validation_the_last_epoch_is_kept_and_said(patched, labels):
    outcome = train([(patched, labels)], options(), validation_share=0)
    assert outcome.history.kept == "last epoch"
    assert outcome.history.best_epoch == 3
    assert outcome.history.validation_loss == [None, None, None]
    assert outcome.scores is None
    assert outcome.calibration == Calibration()


def test_progress_is_told_after_each_epoch(sides):
    told = []
    monitor = Monitor(lambda fraction, record: told.append((fraction, record)))
    fit(*sides, options(), monitor=monitor)
    assert [fraction for fraction, _ in told] == pytest.approx([1 / 3, 2 / 3, 1])
    assert set(told[0][1]) == {
        "epoch",
        "training_loss",
        "training_accuracy",
        "validation_loss",
        "validation_accuracy",
    }


def test_cancelling_stops_within_a_batch(sides):
    asked = []

    def cancelled():
        asked.append(1)
        return len(asked) == 3

    with pytest.raises(OperationCancelled):
        fit(*sides, options(batch_size=8), monitor=Monitor(cancelled=cancelled))
    assert len(asked) == 3


def test_stopping_keeps_the_best_epoch_so_far(sides):
    told = []
    result = fit(
        *sides,
        options(n_epochs=1000),
        monitor=Monitor(lambda _, record: told.append(record), stopped=lambda: len(told) == 2),
    )
    assert result.history.stopped is True
    assert result.history.epoch == [1, 2]
    best = min(told, key=lambda record: record["validation_loss"])
    assert result.history.best_epoch == best["epoch"]
    assert _loss(result, sides[1]) == pytest.approx(best["validation_loss"])
    assert fit(*sides, options(n_epochs=1)).history.stopped is False


def test_stopping_without_validation_keeps_the_last_whole_epoch(sides):
    told = []

    def stopped():
        return len(told) == 1

    def after_epoch(_, record):
        told.append(record)

    whole = fit(sides[0], None, options(), monitor=Monitor(after_epoch, stopped=stopped))
    assert whole.history.epoch == [1]
    assert whole.history.kept == "last epoch"


def test_stopping_before_the_first_epoch_makes_nothing(sides):
    with pytest.raises(OperationCancelled, match="before its first epoch"):
        fit(*sides, options(), monitor=Monitor(stopped=lambda: True))


def test_out_of_memory_halves_the_batch(sides, monkeypatch):
    network = NETWORKS["lcnn"]
    forward = network.forward

    def small_forward(self, images, features):
        if self.training and len(images) > 10:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(self, images, features)

    monkeypatch.setattr(network, "forward", small_forward)
    result = fit(*sides, options(batch_size=32))
    assert result.history.batch_size == 8
    monkeypatch.setattr(network, "forward", _always_out_of_memory)
    with pytest.raises(DarfixWBError, match="must fit in the memory of cpu"):
        fit(*sides, options(batch_size=4))


def _always_out_of_memory(self, images, features):
    raise torch.OutOfMemoryError("CUDA out of memory")


def test_a_network_that_died_is_begun_again(sides, monkeypatch):
    module = importlib.import_module("darfix_wb.training.fit")
    built = []

    def build(*arguments, **options):
        network = build_network(*arguments, **options)
        built.append(network)
        if len(built) <= deaths:
            torch.nn.init.constant_(network.head[0].bias, -1e6)
        return network

    monkeypatch.setattr(module, "build_network", build)
    deaths = 1
    result = fit(*sides, options(network="lcnn-paper"))
    assert result.history.restarts == 1
    assert len(result.history.epoch) == 3
    built.clear()
    deaths = 100
    assert fit(*sides, options(network="lcnn-paper")).history.restarts == 5


def test_fine_tuning_starts_from_the_given_weights(sides):
    first = fit(*sides, options(n_epochs=10))
    before = {name: value.clone() for name, value in first.network.state_dict().items()}
    tuned = fit(*sides, options(n_epochs=1), initial=first.network, scaling=first.scaling)
    assert all(torch.equal(before[name], v) for name, v in first.network.state_dict().items())
    assert not same_weights(tuned.network, first.network)
    assert tuned.history.training_loss[0] < first.history.training_loss[0]


def test_the_published_network_is_trained_without_empty_patches(patched, labels):
    outcome = train([(patched, labels)], options(network="lcnn_paper"))
    assert outcome.network.classes == (BeamCondition.WEAK, BeamCondition.STRONG)
    assert outcome.scaling.kind == "log-constants"
    probabilities = predict(outcome.network, gather(patched, labels), outcome.scaling)
    assert not probabilities[:, BeamCondition.EMPTY].any()
    numpy.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_classes_count_the_same():
    weights = Targets(BeamCondition).weights(numpy.array([0] * 6 + [1] * 2)).numpy()
    numpy.testing.assert_allclose(weights, [8 / 12, 2.0, 0.0])


def test_of_ambiguous_patches_weak_and_strong_are_as_likely():
    targets = Targets(BeamCondition)
    weights = torch.ones(3)
    given = numpy.array([AMBIGUOUS])
    even, weak, empty = (
        float(targets.loss(torch.tensor([logits]), given, weights))
        for logits in ([0.0, 0.0, -20.0], [3.0, -3.0, -20.0], [0.0, 0.0, 9.0])
    )
    assert even == pytest.approx(numpy.log(2), abs=1e-4)
    assert weak > even
    assert empty > even
    known = torch.tensor([[2.0, -1.0, 0.5]])
    strong = numpy.array([BeamCondition.STRONG], dtype=numpy.uint8)
    both = float(targets.loss(known.repeat(2, 1), numpy.append(strong, AMBIGUOUS), weights))
    single = float(targets.loss(known, strong, weights))
    assert both == pytest.approx((single + float(targets.loss(known, given, weights))) / 2)


def test_one_class_is_refused(patched):
    only = LabelMap.unlabelled(N_FRAMES, patched.grid).with_frames({"weak": [0, 1]})
    with pytest.raises(DarfixWBError, match="only weak"):
        train([(patched, only)], options())


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"n_epochs": 0}, "n_epochs must be at least 1"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"learning_rate": 0.0}, "learning_rate must be above 0"),
        ({"dropout": 1.0}, "dropout must be"),
        ({"network": "vgg99"}, "network must be one of"),
    ],
)
def test_options_out_of_range_are_refused(change, text):
    with pytest.raises(DarfixWBError, match=text):
        FitOptions(**change)


def test_cuda_without_cuda_is_refused(sides, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve_device("auto").type == "cpu"
    with pytest.raises(DarfixWBError, match="device 'cuda' needs a CUDA GPU"):
        fit(*sides, options(device="cuda"))
    with pytest.raises(DarfixWBError, match="device must be"):
        resolve_device("gpu")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_training_on_a_gpu_frees_its_memory(sides):
    result = fit(*sides, options(device="cuda"))
    assert torch.cuda.memory_allocated() == 0
    assert next(result.network.parameters()).device.type == "cpu"


def test_initial_weights_of_another_network_are_refused(sides):
    with pytest.raises(DarfixWBError, match="initial weights must be of the network 'lcnn'"):
        fit(*sides, options(), initial=build_network("lcnn-paper", patch_size=16))
