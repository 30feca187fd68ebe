"""The model: one file, and probabilities that depend on nothing else."""

from __future__ import annotations

import copy
import dataclasses
import json

import numpy
import pytest
import safetensors.torch
import torch

from darfix_wb.beam import BeamCondition
from darfix_wb.blocks import Blocks
from darfix_wb.classification.frame_classifier import FrameClassifier
from darfix_wb.errors import DarfixWBError
from darfix_wb.model import BeamModel, Calibration, shipped_model_file
from darfix_wb.model.hashed_file import HASH, content_hash
from darfix_wb.networks import build_network
from darfix_wb.networks.context_network import ContextNetwork
from darfix_wb.normalization import (
    Background,
    LogScaling,
    PatchNormalizer,
    PatchScaling,
    estimate_background,
)
from darfix_wb.patches import PatchGrid

BACKGROUND = Background(100.0, 4.0)
LOG_SCALING = LogScaling(3.0, 1.2)
WARM = Calibration(1.7)
SCALINGS = {"lcnn": PatchScaling(), "lcnn-paper": LOG_SCALING, "resnet18": LOG_SCALING}


def make_model(name="lcnn", seed=0, patch_size=16, **changes):
    torch.manual_seed(seed)
    network = build_network(name, patch_size=patch_size).eval()
    return BeamModel(network, patch_size, SCALINGS[name], **{"calibration": WARM, **changes})


@pytest.fixture(params=SCALINGS)
def model(request):
    return make_model(request.param, record={"seed": 0, "split": [1, 2]})


@pytest.fixture
def saved(model, tmp_path):
    model.save(tmp_path / "model.safetensors")
    return tmp_path / "model.safetensors"


def test_a_model_comes_back_to_the_last_bit(model, saved, scan):
    again = BeamModel.load(saved)
    assert (again.name, again.patch_size, again.scaling, again.calibration, again.record) == (
        model.name,
        16,
        model.scaling,
        WARM,
        {"seed": 0, "split": [1, 2]},
    )
    assert again.hash == model.hash
    assert not again.network.training
    before, after = (
        m.predict(scan.frames[4:6], background=BACKGROUND, stride=8) for m in (model, again)
    )
    numpy.testing.assert_array_equal(before.probabilities, after.probabilities)


def test_saving_twice_gives_the_same_bytes(model, saved, tmp_path):
    BeamModel.load(saved).save(tmp_path / "again.safetensors")
    assert saved.read_bytes() == (tmp_path / "again.safetensors").read_bytes()


def test_the_hash_covers_all_that_decides():
    hashes = {
        make_model().hash,
        make_model(seed=1).hash,
        make_model(calibration=Calibration()).hash,
        make_model("lcnn-paper").hash,
        BeamModel(make_model("lcnn-paper").network, 16, LogScaling(3.1, 1.2), WARM).hash,
    }
    assert len(hashes) == 5
    assert make_model(record={"note": "another"}).hash == make_model().hash


def test_probabilities_are_the_softmax_of_the_tempered_logits(model, scan):
    frame = scan.frames[5]
    grid = PatchGrid(frame.shape, 16, 8)
    images, features = PatchNormalizer(model.scaling, grid, BACKGROUND)(frame)
    with torch.no_grad():
        logits = model.network(torch.from_numpy(images), torch.from_numpy(features)).double()
    expected = torch.softmax(logits / 1.7, dim=1).numpy().reshape(*grid.shape, -1)
    beam_map = model.predict(frame, background=BACKGROUND, stride=8)
    assert beam_map.probabilities.shape == (1, *grid.shape, 3)
    assert (beam_map.grid, beam_map.model_hash, beam_map.method) == (grid, model.hash, model.name)
    columns = [int(condition) for condition in model.classes]
    numpy.testing.assert_allclose(beam_map.probabilities[0][..., columns], expected, atol=1e-5)
    if BeamCondition.EMPTY not in model.classes:
        assert (beam_map.probabilities[..., BeamCondition.EMPTY] == 0).all()


@pytest.mark.parametrize("batch_size", [1, 5, 1000])
def test_the_batch_size_changes_nothing(model, scan, batch_size):
    usual = model.predict(scan.frames[:3], background=BACKGROUND)
    other = model.predict(scan.frames[:3], background=BACKGROUND, batch_size=batch_size)
    numpy.testing.assert_allclose(other.probabilities, usual.probabilities, atol=1e-6)


def test_without_a_background_it_is_estimated(model, scan):
    estimated = model.predict(scan.frames, background=estimate_background(Blocks.of(scan.frames)))
    numpy.testing.assert_array_equal(
        model.predict(scan.frames).probabilities, estimated.probabilities
    )


def test_the_models_network_is_left_alone(model, scan):
    model.network.train()
    model.predict(scan.frames[0], background=BACKGROUND)
    assert model.network.training


@pytest.mark.parametrize("bad", [numpy.nan, numpy.inf])
def test_pixels_that_are_not_finite_are_filled(model, bad):
    frames = numpy.random.default_rng(0).normal(100, 4, (2, 32, 32))
    right = model.predict(frames, background=BACKGROUND).probabilities
    frames[1, 3, 4] = bad
    found = model.predict(frames, background=BACKGROUND).probabilities
    numpy.testing.assert_allclose(found, right, atol=0.1)


def test_frames_smaller_than_a_patch_are_refused(model):
    with pytest.raises(DarfixWBError, match=r"shorter side, got 16"):
        model.predict(numpy.zeros((10, 40)), background=BACKGROUND)


def test_patches_of_another_size_are_refused(model):
    with pytest.raises(DarfixWBError, match=r"trained on \(16 px\), got 32 px"):
        FrameClassifier(model, PatchGrid((64, 64), 32), BACKGROUND)


@pytest.mark.parametrize("batch_size", [0, -3])
def test_batches_must_hold_something(model, batch_size):
    with pytest.raises(DarfixWBError, match=f"batch_size must be at least 1, got {batch_size}"):
        FrameClassifier(model, PatchGrid((64, 64), 16), BACKGROUND, batch_size=batch_size)


def rewrite(path, change):
    """Save a model's weights again, with another header and, from version 4 on, its hash."""
    with safetensors.safe_open(path, framework="pt") as file:
        header = json.loads(file.metadata()["darfix_wb"])
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    del header[HASH]
    header = change(header, weights)
    if isinstance(header, dict) and header.get("format_version") in (4, 5):
        header[HASH] = content_hash(header, weights)
    text = header if isinstance(header, str) else json.dumps(header, sort_keys=True)
    safetensors.torch.save_file(weights, path, {"darfix_wb": text})


def without(name):
    return lambda header, weights: {key: header[key] for key in header if key != name}


def drop_a_weight(header, weights):
    del weights["head.1.weight" if "head.1.weight" in weights else "head.0.weight"]
    return header


def poison(header, weights):
    next(iter(weights.values())).view(-1)[0] = float("nan")
    return header


@pytest.mark.parametrize(
    "change",
    [
        *map(without, ["network", "patch_size", "dropout", "normalization", "temperature"]),
        *map(without, ["record", "patch_sizes"]),
        drop_a_weight,
        poison,
        lambda header, weights: {**header, "temperature": 0},
        lambda header, weights: {**header, "temperature": "warm"},
        lambda header, weights: {**header, "patch_size": "large"},
        lambda header, weights: {**header, "classes": ["strong", "weak"]},
        lambda header, weights: {**header, "normalization": {"kind": "log-constants"}},
        lambda header, weights: {**header, "network": "lcnn-next"},
        lambda header, weights: "{truncated",
        lambda header, weights: "[1]",
    ],
)
def test_a_header_that_does_not_agree_is_refused(saved, change):
    rewrite(saved, change)
    with pytest.raises(DarfixWBError) as error:
        BeamModel.load(saved)
    assert "\n" not in str(error.value)
    assert "must" in str(error.value)


@pytest.mark.parametrize("version", [0, 6, None, "1"])
def test_another_format_is_refused(saved, version):
    rewrite(saved, lambda header, weights: {**header, "format_version": version})
    with pytest.raises(DarfixWBError, match=r"must be version 1 to 5, got .*Update darfix-wb"):
        BeamModel.load(saved)


def test_a_file_of_version_1_is_a_model_without_context(model, saved):
    rewrite(
        saved,
        lambda header, weights: (
            {name: header[name] for name in header if name not in ("context", "thresholds")}
            | {"format_version": 1}
        ),
    )
    again = BeamModel.load(saved)
    assert again.context is again.calibration.thresholds is None
    assert again.hash == model.hash


@pytest.fixture
def in_context(tmp_path):
    torch.manual_seed(1)
    context = ContextNetwork().eval()
    model = make_model(
        context=context,
        calibration=Calibration(1.7, thresholds=(0.1, 0.25)),
        context_calibration=Calibration(1.3, 0.4, (0.55, 1 / 3)),
    )
    model.save(tmp_path / "context.safetensors")
    return model, tmp_path / "context.safetensors"


def test_a_context_network_comes_back(in_context):
    model, path = in_context
    again = BeamModel.load(path)
    assert again.hash == model.hash
    assert again.calibration == Calibration(1.7, 0.0, (0.1, 0.25))
    assert again.context_calibration == Calibration(1.3, 0.4, (0.55, 1 / 3))
    assert not again.context.training
    weights = again.context.state_dict()
    for name, expected in model.context.state_dict().items():
        torch.testing.assert_close(weights[name], expected, rtol=0, atol=0)
    assert make_model().hash != model.hash
    assert dataclasses.replace(model, context_calibration=Calibration(1.4)).hash != model.hash


def test_a_file_of_version_2_is_a_model_without_thresholds(in_context, scan):
    model, path = in_context

    def of_version_2(header, weights):
        del header["thresholds"], header["context"]["thresholds"]
        return {**header, "format_version": 2}

    rewrite(path, of_version_2)
    again = BeamModel.load(path)
    assert again.calibration == Calibration(1.7)
    assert again.context_calibration == Calibration(1.3, 0.4)
    assert not again.predict(scan.frames[4:6], background=BACKGROUND).ambiguous.any()
    assert again.hash != model.hash


def test_single_frames_get_the_thresholds_of_single_frames(in_context, scan):
    assert in_context[0].predict(scan.frames[5], background=BACKGROUND).thresholds == (0.1, 0.25)


@pytest.mark.parametrize("pair", [[0.5], [0.5, 1.1], [-0.1, 0.5], [float("nan"), 0.5], "ab", 0.5])
def test_thresholds_that_are_no_pair_of_probabilities_are_refused(saved, in_context, pair):
    rewrite(saved, lambda header, weights: {**header, "thresholds": pair})
    context = {"temperature": 1.3, "shift": 0.4, "thresholds": pair}
    rewrite(in_context[1], lambda header, weights: {**header, "context": context})
    for path in (saved, in_context[1]):
        with pytest.raises(DarfixWBError, match="must be finite and fit its header"):
            BeamModel.load(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda header, weights: {**header, "context": None},
        lambda header, weights: {**header, "context": {}},
        lambda header, weights: {**header, "context": {"temperature": -1.0, "shift": 0.0}},
        lambda header, weights: weights.pop("context.stem.weight") is None or header,
        lambda header, weights: weights["context.stem.bias"].fill_(numpy.nan) is None or header,
    ],
)
def test_a_context_that_does_not_agree_is_refused(in_context, change):
    _, path = in_context
    rewrite(path, change)
    with pytest.raises(DarfixWBError, match="must be finite and fit its header"):
        BeamModel.load(path)


@pytest.mark.parametrize("n_bytes", [0, 4, 100, -1])
def test_a_truncated_file_is_refused(saved, n_bytes):
    saved.write_bytes(saved.read_bytes()[:n_bytes])
    with pytest.raises(DarfixWBError, match=r"complete \.safetensors file, got .*damaged"):
        BeamModel.load(saved)


def test_what_is_no_model_is_refused(tmp_path):
    path = tmp_path / "other.safetensors"
    safetensors.torch.save_file({"weight": torch.zeros(3)}, path)
    with pytest.raises(DarfixWBError, match="must be written by darfix-wb"):
        BeamModel.load(path)
    path.write_text("a text")
    with pytest.raises(DarfixWBError, match=r"complete \.safetensors file"):
        BeamModel.load(path)
    with pytest.raises(DarfixWBError, match="must exist"):
        BeamModel.load(tmp_path / "none.safetensors")
    with pytest.raises(DarfixWBError, match="must exist"):
        BeamModel.load(tmp_path)


def test_a_file_is_replaced_only_when_asked(model, saved):
    before = saved.read_bytes()
    with pytest.raises(DarfixWBError, match="must be a new file"):
        model.save(saved)
    assert saved.read_bytes() == before
    make_model(seed=5).save(saved, overwrite=True)
    assert saved.read_bytes() != before


def test_a_file_of_version_3_is_the_same_model_without_a_hash(in_context, scan):
    model, path = in_context
    rewrite(path, lambda header, weights: {**header, "format_version": 3})
    with safetensors.safe_open(path, framework="pt") as file:
        assert HASH not in json.loads(file.metadata()["darfix_wb"])
    again = BeamModel.load(path)
    assert (again.hash, again.calibration) == (model.hash, model.calibration)
    assert again.context_calibration == model.context_calibration
    before, after = (
        m.predict(scan.frames[4:6], background=BACKGROUND, stride=8) for m in (model, again)
    )
    numpy.testing.assert_array_equal(before.probabilities, after.probabilities)


def flipped(content, bit):
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.parametrize("kind", ["made here", "shipped"])
def test_a_file_of_which_one_bit_was_changed_is_refused(in_context, tmp_path, kind):
    """Half of the bits are drawn from the header, which is shorter than the weights."""
    content = (in_context[1] if kind == "made here" else shipped_model_file()).read_bytes()
    n_header = 8 + int.from_bytes(content[:8], "little")
    rng = numpy.random.default_rng(7)
    in_header, in_weights = (
        rng.integers(0, n_header, 100),
        rng.integers(n_header, len(content), 100),
    )
    path = tmp_path / "changed.safetensors"
    for byte in (*in_header, *in_weights):
        path.write_bytes(flipped(content, 8 * int(byte) + int(rng.integers(8))))
        with pytest.raises(DarfixWBError) as error:
            BeamModel.load(path)
        assert "must" in str(error.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header | {"temperature": 1.8},
        lambda header: header | {"thresholds": [0.1, 0.26]},
        lambda header: header["context"].update(shift=0.5) or header,
        lambda header: header | {"record": {"note": "another"}},
        lambda header: {name: header[name] for name in header if name != HASH},
        lambda header: header | {HASH: "0" * 64},
        lambda header: header | {"format_version": 3},
    ],
)
def test_a_header_that_was_changed_is_refused(in_context, change):
    _, path = in_context
    with safetensors.safe_open(path, framework="pt") as file:
        header = json.loads(file.metadata()["darfix_wb"])
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    text = json.dumps(change(header), sort_keys=True)
    safetensors.torch.save_file(weights, path, {"darfix_wb": text})
    with pytest.raises(DarfixWBError, match=r"must be as it was written, got .*SHA-256"):
        BeamModel.load(path)


def test_the_record_cannot_be_written_to():
    given = {"seed": 0}
    model = make_model(record=given)
    with pytest.raises(TypeError):
        model.record["seed"] = 1
    given["seed"] = 2
    assert model.record == {"seed": 0}
    again = copy.deepcopy(model)
    assert (again.hash, again.record) == (model.hash, {"seed": 0})
    with pytest.raises(TypeError):
        again.record["seed"] = 1


def test_single_frames_have_no_shift():
    with pytest.raises(DarfixWBError, match=r"must have a shift of 0, got 0\.5"):
        make_model(calibration=Calibration(shift=0.5))
