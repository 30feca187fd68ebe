"""Patch sizes: which one is taken where none is chosen, and which ones a model takes."""

from __future__ import annotations

import dataclasses
import json

import numpy
import pytest
import safetensors.torch
import torch

from darfix_wb.blocks import Blocks
from darfix_wb.classification.frame_classifier import FrameClassifier
from darfix_wb.errors import DarfixWBError
from darfix_wb.model import BeamModel
from darfix_wb.model.hashed_file import HASH, content_hash
from darfix_wb.networks import build_network
from darfix_wb.normalization import (
    Background,
    LogScaling,
    PatchScaling,
    estimate_background,
)
from darfix_wb.patches import PatchGrid, default_patch_size

BACKGROUND = Background(100.0, 4.0)
HEADER = "darfix_wb"


def make_model(name="lcnn", patch_size=64, **changes):
    torch.manual_seed(0)
    scaling = PatchScaling() if name == "lcnn" else LogScaling(3.0, 1.2)
    network = build_network(name, patch_size=patch_size).eval()
    return BeamModel(network, patch_size, scaling, **changes)


@pytest.fixture
def model():
    return make_model(patch_sizes=(16, 128))


def rewrite(path, change):
    """Write the file once more with another header, and the hash that belongs to it."""
    with safetensors.safe_open(path, framework="pt") as file:
        header = json.loads(file.metadata()[HEADER])
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    header = change({name: header[name] for name in header if name != HASH})
    header[HASH] = content_hash(header, weights)
    safetensors.torch.save_file(weights, path, {HEADER: json.dumps(header, sort_keys=True)})


def test_the_largest_of_three_sizes_of_which_the_frame_holds_four():
    rng = numpy.random.default_rng(0)
    for shape in rng.integers(16, 600, (500, 2)):
        fitting = [size for size in (64, 32, 16) if 4 * size <= min(shape)]
        assert default_patch_size(tuple(shape)) == max(fitting, default=16)
        assert default_patch_size(tuple(shape[::-1])) == default_patch_size(tuple(shape))


def test_patches_are_not_smaller_than_a_stride_that_is_given(model):
    for stride, size in ((1, 16), (16, 16), (17, 32), (32, 32), (33, 64), (64, 64), (65, 64)):
        assert default_patch_size((100, 120), stride=stride) == size
        assert model.patch_size_for((100, 120), stride=stride) == size
        assert model.patch_size_for((100, 120), 20, stride=stride) == 20


@pytest.mark.parametrize("own", [16, 50, 64, 100])
def test_a_model_of_one_size_has_this_size_for_every_frame(own):
    model = make_model(patch_size=own)
    assert model.patch_sizes == (own, own)
    shapes = numpy.random.default_rng(1).integers(16, 600, (50, 2))
    assert {model.patch_size_for(tuple(shape)) for shape in shapes} == {own}


def test_the_size_that_is_chosen_is_one_that_the_model_takes():
    rng = numpy.random.default_rng(2)
    for _ in range(300):
        smallest, own, largest = sorted(rng.integers(8, 200, 3).tolist())
        model = make_model(patch_size=own, patch_sizes=(smallest, largest))
        shape = tuple(rng.integers(16, 900, 2).tolist())
        size = model.patch_size_for(shape)
        assert smallest <= size <= own
        halves = size * 2 <= own
        assert size * 4 <= min(shape) or size // 2 < smallest
        assert not (halves and min(shape) >= 4 * (2 * size + 1))


def test_what_is_asked_for_is_taken_or_refused(model):
    for size in range(8, 160):
        if 16 <= size <= 128:
            assert model.takes(size)
            assert model.patch_size_for((600, 600), size) == size
            continue
        with pytest.raises(DarfixWBError) as error:
            model.patch_size_for((600, 600), size)
        assert str(error.value) == (
            f"Patches must have a size that the model was trained on (16 to 128 px), got {size} "
            "px. Choose patches of 16 to 128 px, or train a model on patches of this size."
        )


@pytest.mark.parametrize("size", [8, 15, 129])
def test_patches_beyond_the_range_are_not_classified(model, size):
    with pytest.raises(DarfixWBError, match=rf"\(16 to 128 px\), got {size} px"):
        FrameClassifier(model, PatchGrid((256, 256), size), BACKGROUND)


@pytest.mark.parametrize(
    "sizes",
    [(16,), (16, 64, 128), (7, 128), (16, 63), (65, 128), (128, 16), (16, 5000), (16.0, 128), "ab"],
)
def test_what_is_no_range_around_the_own_size_is_refused(sizes):
    with pytest.raises(DarfixWBError, match=r"^patch_sizes must be the smallest and the largest"):
        make_model(patch_sizes=sizes)


def test_a_network_whose_weights_depend_on_the_size_has_no_range():
    with pytest.raises(DarfixWBError) as error:
        make_model("lcnn-paper", patch_sizes=(16, 128))
    assert str(error.value) == (
        "A network must have the same weights at every patch size that it takes, got "
        "'lcnn-paper', whose weights depend on the size, with 16 to 128 px. Leave patch_sizes "
        "out, or choose another network."
    )
    assert make_model("lcnn-paper").patch_sizes == (64, 64)


def test_the_deep_networks_have_a_range_as_far_as_they_run():
    assert make_model("resnet18", patch_sizes=(16, 128)).takes(100)
    with torch.device("meta"):
        network = build_network("vgg16", patch_size=64)
    scaling = LogScaling(3.0, 1.2)
    assert BeamModel(network, 64, scaling, patch_sizes=(32, 128)).takes(33)
    with pytest.raises(DarfixWBError, match="must be at least 32 px wide, got 16 px"):
        BeamModel(network, 64, scaling, patch_sizes=(16, 128))


def test_a_range_draws_no_random_numbers():
    torch.manual_seed(3)
    expected = torch.rand(3)
    network = make_model().network
    torch.manual_seed(3)
    BeamModel(network, 64, PatchScaling(), patch_sizes=(16, 128))
    assert torch.equal(torch.rand(3), expected)


def test_the_range_is_in_the_file_and_in_the_hash(model, tmp_path):
    path = tmp_path / "model.safetensors"
    model.save(path)
    again = BeamModel.load(path)
    assert (again.patch_size, again.patch_sizes, again.hash) == (64, (16, 128), model.hash)
    others = {make_model(patch_sizes=sizes).hash for sizes in ((16, 127), (17, 128), (64, 64))}
    assert len(others | {model.hash}) == 4
    assert make_model(patch_sizes=(64, 64)).hash == make_model().hash


def test_a_file_of_version_4_is_the_same_model_of_one_size(tmp_path):
    path, model = tmp_path / "model.safetensors", make_model(patch_size=48)
    model.save(path)

    def of_version_4(header):
        assert header.pop("patch_sizes") == [48, 48]
        return {**header, "format_version": 4}

    rewrite(path, of_version_4)
    again = BeamModel.load(path)
    assert (again.patch_size, again.patch_sizes, again.hash) == (48, (48, 48), model.hash)
    assert not again.takes(47)


@pytest.mark.parametrize(
    "sizes", [None, 64, [], [64], [16, 32], [128, 16], [16, "large"], [16.5, 128], [0, 128], "16"]
)
def test_a_file_whose_range_is_none_is_refused(model, tmp_path, sizes):
    path = tmp_path / "model.safetensors"
    model.save(path)
    rewrite(path, lambda header: {**header, "patch_sizes": sizes})
    with pytest.raises(DarfixWBError) as error:
        BeamModel.load(path)
    assert "must" in str(error.value)
    assert "\n" not in str(error.value)


def test_frames_of_any_shape_in_patches_of_any_size(model, make_scan):
    """A model of a range says of each size what one of that size alone says, to the last bit."""
    rng = numpy.random.default_rng(4)
    for size in (16, 128, *rng.integers(17, 128, 6).tolist()):
        shape = tuple(rng.integers(max(24, size * 2 // 3 + 1), 200, 2).tolist())
        stride = int(rng.integers(max(1, size // 3), size + 1))
        frames = make_scan(shape=shape, n_steps=3, margin=0).frames
        background = estimate_background(Blocks.of(frames))
        alone = BeamModel(model.network, size, model.scaling)
        options = {"background": background, "stride": stride, "device": "cpu"}
        found = model.predict(frames, patch_size=size, **options)
        expected = alone.predict(frames, **options)
        assert found.grid == expected.grid == PatchGrid(shape, size, stride)
        assert numpy.isfinite(found.probabilities).all()
        numpy.testing.assert_array_equal(found.probabilities, expected.probabilities)


def test_a_frame_alone_is_cut_by_its_shape(model, make_scan):
    for shape, expected in (((130, 140), 32), ((115, 83), 16), ((256, 300), 64)):
        frame = make_scan(shape=shape, n_steps=1).frames[0]
        assert model.predict(frame, device="cpu").grid.patch_size == expected
        one = dataclasses.replace(model, patch_sizes=(64, 64))
        assert one.predict(frame, device="cpu").grid.patch_size == 64
