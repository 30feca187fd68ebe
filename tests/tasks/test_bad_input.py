"""Inputs that cannot be used get one sentence; unusual ones that can be used are used."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import h5py
import numpy
import pytest
import safetensors.torch
import torch
from darfix.core.dataset import Dataset

from darfix_wb.beam import BeamCondition
from darfix_wb.tasks.beam_integration import BeamIntegration
from darfix_wb.tasks.lcnn_training import LCNNTraining
from darfix_wb.tasks.patch_extraction import PatchExtraction
from darfix_wb.tasks.patch_labelling import PatchLabelling
from darfix_wb.tasks.weak_beam_classification import WeakBeamClassification

from .conftest import FRAME_LABELS, PATCH_SIZE


@pytest.fixture
def by_network(model_file):
    return {"model_file": model_file, "device": "cpu"}


BY_ANGLE = {"method": "angle-rule", "patch_size": PATCH_SIZE}


# Frames


@pytest.mark.parametrize("bad", [numpy.nan, numpy.inf, -numpy.inf])
def test_pixels_that_are_not_finite(run, scan, as_dataset, by_network, classification, bad):
    frames = scan.frames.astype("float32")
    frames[7, 3, 4:6] = bad
    dataset = as_dataset(frames)
    for inputs in (by_network, BY_ANGLE):
        done = run(WeakBeamClassification, dataset=dataset, **inputs)
        assert (
            "In 1 frames up to 0.03% of the pixels have no counts"
            in done.classification.warnings[0]
        )
    images = run(BeamIntegration, dataset=dataset, classification=classification)
    assert numpy.isfinite(images.dataset.as_array3d()).all()
    seen = numpy.isfinite(images.weak_beam_image)
    assert images.weak_beam_image[seen].max() < frames[numpy.isfinite(frames)].max()


@pytest.mark.parametrize("dtype", ["int16", "uint16", "int32", "float32", "float64"])
def test_every_dtype_gives_the_same(run, scan, as_dataset, by_network, classification, dtype):
    dataset = as_dataset(scan.frames.astype(dtype))
    found = run(WeakBeamClassification, dataset=dataset, **by_network).classification
    numpy.testing.assert_allclose(found.probabilities, classification.probabilities, atol=1e-4)
    done = run(BeamIntegration, dataset=dataset, classification=found)
    assert done.weak_beam_image.dtype == numpy.float32
    assert done.dataset.data.dtype == numpy.float32


@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_negative_counts(run, scan, as_dataset, by_network, classification, dtype):
    frames = (scan.frames.astype(int) - 100).astype(dtype)
    assert frames.min() < 0
    dataset = as_dataset(frames)
    found = run(WeakBeamClassification, dataset=dataset, **by_network).classification
    numpy.testing.assert_allclose(found.probabilities, classification.probabilities, atol=1e-3)
    done = run(BeamIntegration, dataset=dataset, classification=found)
    assert done.dataset.as_array3d().min() == 0
    usual = run(BeamIntegration, dataset=as_dataset(scan.frames), classification=found)
    numpy.testing.assert_allclose(done.weak_beam_image, usual.weak_beam_image, atol=1e-2)


@pytest.mark.parametrize("value", [0, 100])
def test_constant_frames(refusal, as_dataset, by_network, value):
    dataset = as_dataset(numpy.full((11, 64, 96), value, dtype="uint16"))
    for task, inputs in (
        (PatchExtraction, {"patch_size": PATCH_SIZE}),
        (WeakBeamClassification, by_network),
        (WeakBeamClassification, BY_ANGLE),
    ):
        text = refusal(task, dataset=dataset, **inputs)
        assert f"must show some signal or noise, got the constant value {value} in every" in text


@pytest.mark.parametrize("value", [0, 65535])
def test_one_constant_frame_among_others(run, scan, as_dataset, by_network, classification, value):
    frames = scan.frames.copy()
    frames[10] = value
    dataset = as_dataset(frames)
    found = run(WeakBeamClassification, dataset=dataset, **by_network).classification
    assert numpy.isfinite(found.probabilities).all()
    conditions = found.condition()[:9], classification.condition()[:9]
    if value == 0:
        assert (conditions[0] == conditions[1]).mean() > 0.97
    done = run(BeamIntegration, dataset=dataset, classification=found)
    assert numpy.isfinite(done.weak_beam_image[:, :64]).mean() > 0.9


def test_a_frame_smaller_than_a_patch(refusal, scan, as_dataset, by_network):
    dataset = as_dataset(scan.frames[:, :10])
    expected = "at most 15 px, which is 1.5 times the frame's shorter side, got 16. Choose another"
    assert expected in refusal(PatchExtraction, dataset=dataset, patch_size=16)
    assert expected in refusal(WeakBeamClassification, dataset=dataset, **by_network)
    assert expected in refusal(WeakBeamClassification, dataset=dataset, method="angle-rule")
    tiny = as_dataset(scan.frames[:, :5])
    assert "Use larger frames." in refusal(PatchExtraction, dataset=tiny, patch_size=6)


@pytest.mark.parametrize("stride", [-1, 17])
def test_a_stride_that_leaves_gaps(refusal, dataset, by_network, stride):
    for task, inputs in (
        (PatchExtraction, {"patch_size": PATCH_SIZE}),
        (WeakBeamClassification, by_network),
    ):
        text = refusal(task, dataset=dataset, stride=stride, **inputs)
        assert f"at most patch_size (16 px), got {stride}. A larger one" in text


def test_the_angle_rule_refuses_one_frame(refusal, scan, as_dataset):
    text = refusal(WeakBeamClassification, dataset=as_dataset(scan.frames[:1]), **BY_ANGLE)
    assert "needs rocking curves of at least 3 frames, got 1. Classify single frames by" in text


def test_no_dimensions_and_no_positions(refusal, scan, by_network):
    bare = Dataset("", raw_data=scan.frames)
    for task, inputs in (
        (PatchExtraction, {"patch_size": PATCH_SIZE}),
        (WeakBeamClassification, by_network),
    ):
        text = refusal(task, dataset=bare, **inputs)
        assert "Set 'metadata path (positioners)' in darfix's 'HDF5 data selection'" in text


def test_no_dimensions_are_needed(run, select, two_motors):
    loaded = select(two_motors).to_dataset()
    patches = run(PatchExtraction, dataset=loaded, patch_size=PATCH_SIZE).patches
    dimensions_known = run(PatchExtraction, dataset=select(two_motors), patch_size=PATCH_SIZE)
    assert len(patches.scan.curves) > 1
    numpy.testing.assert_array_equal(patches.scan.curves, dimensions_known.patches.scan.curves)


@pytest.mark.parametrize("wrong", ["scan.h5", None, 3])
def test_no_dataset(refusal, wrong):
    text = refusal(PatchExtraction, dataset=wrong)
    assert "'dataset' must be" in text
    assert f"got {wrong!r}. " in text


def test_a_long_input_is_called_by_its_type(refusal, dataset):
    for value in (list(range(100)), numpy.zeros((2, 2))):
        text = refusal(PatchExtraction, dataset=dataset, dark=value)
        assert f"got {type(value).__name__}. " in text


@pytest.mark.parametrize(
    ("name", "value"),
    [("patch_size", "large"), ("dark", [1, 2]), ("stride", 1.5), ("rocking_motor", 7)],
)
def test_inputs_of_another_type(refusal, dataset, name, value):
    text = refusal(PatchExtraction, dataset=dataset, **{name: value})
    assert f"'{name}' must be" in text
    assert f"got {value!r}" in text


def test_an_unknown_method(refusal, dataset):
    text = refusal(WeakBeamClassification, dataset=dataset, method="magic")
    assert "'network' or 'angle-rule', got 'magic'" in text


def test_a_motor_that_is_none(refusal, dataset):
    text = refusal(PatchExtraction, dataset=dataset, patch_size=16, rocking_motor="omega")
    assert "must be one of the dataset's dimensions phi, got 'omega'. Choose" in text


@pytest.mark.parametrize("dark", [numpy.nan, numpy.inf])
def test_a_dark_level_that_is_not_finite(refusal, dataset, dark):
    text = refusal(PatchExtraction, dataset=dataset, patch_size=16, dark=dark)
    assert "must be finite, got" in text


# Labels and training


def test_labels_for_another_grid(refusal, run, dataset, patches, labels, tmp_path):
    other = run(PatchExtraction, dataset=dataset, patch_size=32).patches
    model_file = str(tmp_path / "model.safetensors")
    text = refusal(LCNNTraining, patches=other, labels=labels, model_file=model_file)
    assert "patch_size 32, stride 32), got labels for 11 frames of 64x96 px, patch_size 16" in text
    path = str(tmp_path / "labels.h5")
    run(PatchLabelling, patches=patches, frame_labels=FRAME_LABELS, labels_file=path)
    assert "must be made on the grid" in refusal(PatchLabelling, patches=other, labels_file=path)
    assert os.listdir(tmp_path) == ["labels.h5"]


@pytest.mark.parametrize("only", ["weak", "strong"])
def test_one_class_only(refusal, run, patches, tmp_path, only):
    given = run(PatchLabelling, patches=patches, frame_labels={only: FRAME_LABELS[only]}).labels
    inputs = {"patches": patches, "labels": given, "model_file": str(tmp_path / "m.safetensors")}
    text = refusal(LCNNTraining, **inputs)
    assert f"got only {only}. Label some of the other class." in text
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, "must be given as frame_labels, patch_labels or a labels_file that exists"),
        ({"labels_file": "none.h5"}, "got labels_file 'none.h5' alone. Give some labels."),
        ({"frame_labels": {"weak": [11]}}, "one of 0 to 10, got 11. Count frames from 0."),
        ({"frame_labels": {"dim": [1]}}, "must be one of weak, strong"),
        ({"frame_labels": {"weak": [1], "strong": [1]}}, "got two for frame 1."),
        ({"frame_labels": {"weak": 1}}, "'frame_labels' must be"),
        ({"patch_labels": [3, 0, 7, "weak"]}, "must be [frame, row, column, condition], got 3."),
        ({"patch_labels": [[3, 0, 6, "weak"]]}, "got row 0, column 6. Count patches from 0."),
    ],
)
def test_labels_that_cannot_be(refusal, patches, inputs, expected):
    assert expected in refusal(PatchLabelling, patches=patches, **inputs)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("network", "resnet1", "must be one of lcnn, lcnn-paper, resnet18, vgg16, got 'resnet1'"),
        ("n_epochs", 0, "n_epochs must be at least 1, got 0"),
        ("batch_size", 0, "batch_size must be at least 1, got 0"),
        ("learning_rate", -1.0, "learning_rate must be above 0 and below 1, got -1.0"),
        ("dropout", 1.0, "dropout must be at least 0 and below 1, got 1.0"),
        ("device", "tpu", "device must be 'auto', 'cpu', 'cuda' or 'cuda:<number>', got 'tpu'"),
        (
            "labels",
            None,
            "Either patches and their labels or training_files must be given, got no labels",
        ),
        (
            "patches",
            None,
            "Either patches and their labels or training_files must be given, got no patches",
        ),
    ],
)
def test_training_options_out_of_range(refusal, training_inputs, tmp_path, name, value, expected):
    inputs = {**training_inputs, "model_file": str(tmp_path / "model.safetensors"), name: value}
    assert expected in refusal(LCNNTraining, **inputs)
    assert os.listdir(tmp_path) == []


def test_training_files_that_cannot_be_used(refusal, scan_file, tmp_path):
    inputs = {"model_file": str(tmp_path / "model.safetensors")}
    for path in (str(scan_file), str(tmp_path / "none.h5")):
        assert path in refusal(LCNNTraining, training_files=[path], **inputs)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA GPU")
def test_cuda_without_cuda(refusal, dataset, by_network, training_inputs, tmp_path):
    expected = "device 'cuda' needs a CUDA GPU"
    text = refusal(WeakBeamClassification, dataset=dataset, **{**by_network, "device": "cuda"})
    assert expected in text
    assert "found 0 of them. Choose 'cpu' or 'auto'" in text
    inputs = {**training_inputs, "device": "cuda", "model_file": str(tmp_path / "m.safetensors")}
    assert expected in refusal(LCNNTraining, **inputs)


# Model files


def test_a_truncated_model(refusal, dataset, model_file, tmp_path):
    whole = Path(model_file).read_bytes()
    path = tmp_path / "model.safetensors"
    for n_bytes in (0, 5, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:n_bytes])
        text = refusal(WeakBeamClassification, dataset=dataset, model_file=str(path))
        assert f"must be a complete .safetensors file, got {path}, which is damaged" in text


def test_a_model_of_another_version(refusal, dataset, model_file, tmp_path):
    with safetensors.safe_open(model_file, framework="pt") as file:
        header = json.loads(file.metadata()["darfix_wb"])
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    path = tmp_path / "model.safetensors"
    text = json.dumps({**header, "format_version": 99})
    safetensors.torch.save_file(weights, path, {"darfix_wb": text})
    text = refusal(WeakBeamClassification, dataset=dataset, model_file=str(path))
    assert "must be version 1 to 5, got 99 in" in text
    assert "Update darfix-wb" in text


def test_what_is_no_model(refusal, dataset, scan_file, tmp_path):
    other = tmp_path / "other.safetensors"
    safetensors.torch.save_file({"weight": torch.zeros(3)}, other)
    for path, expected in [
        (other, "must be written by darfix-wb"),
        (scan_file, "must be a complete .safetensors file"),
        (tmp_path / "none.safetensors", "model file must exist"),
    ]:
        text = refusal(WeakBeamClassification, dataset=dataset, model_file=str(path))
        assert expected in text
        assert str(path) in text


def test_a_model_for_other_patches(refusal, training_inputs, run, dataset, model_file, tmp_path):
    patches = run(PatchExtraction, dataset=dataset, patch_size=32).patches
    labels = run(PatchLabelling, patches=patches, frame_labels=FRAME_LABELS).labels
    inputs = {**training_inputs, "patches": patches, "labels": labels}
    path = str(tmp_path / "model.safetensors")
    text = refusal(LCNNTraining, model_file=path, initial_model=model_file, **inputs)
    assert "'lcnn' for patches of 32 px, got a 'lcnn' for 16 px. Choose another" in text


# Integration


def test_a_classification_of_other_frames(refusal, scan, as_dataset, classification):
    shorter = as_dataset(scan.frames[:10])
    text = refusal(BeamIntegration, dataset=shorter, classification=classification)
    assert "(10 of (64, 96) px), got one of 11 frames of (64, 96) px. Classify" in text
    narrower = as_dataset(scan.frames[:, :, :80])
    text = refusal(BeamIntegration, dataset=narrower, classification=classification)
    assert "(11 of (64, 80) px), got one of 11 frames of (64, 96) px. Classify" in text


def test_an_unknown_mode(refusal, dataset, classification):
    text = refusal(BeamIntegration, dataset=dataset, classification=classification, mode="sum")
    assert "'default' or 'paper', got 'sum'" in text


# HDF5 files that changed or broke after they were selected


@pytest.fixture
def copied(scan_file, tmp_path):
    return Path(shutil.copy(scan_file, tmp_path))


def test_a_data_set_that_is_missing(refusal, select, copied, by_network):
    lazy = select(copied)
    with h5py.File(copied, "a") as file:
        file["1.1/instrument/other/data"] = numpy.zeros((2, 3, 4))
        del file["1.1/instrument/pco_ff/data"]
    text = refusal(WeakBeamClassification, dataset=lazy, **by_network)
    assert "must have the data set '/1.1/instrument/pco_ff/data'" in text
    assert "Choose one of its 3D data sets: /1.1/instrument/other/data." in text


def test_a_file_that_is_truncated(refusal, select, copied, by_network):
    lazy = select(copied)
    copied.write_bytes(copied.read_bytes()[:-50_000])
    text = refusal(WeakBeamClassification, dataset=lazy, **by_network)
    assert f"must be complete, and {copied} is truncated. Copy it again" in text


def test_a_file_that_is_gone(refusal, select, copied, by_network):
    lazy = select(copied)
    copied.unlink()
    assert "must exist" in refusal(WeakBeamClassification, dataset=lazy, **by_network)


@pytest.mark.parametrize("n_frames", [1, 9])
def test_fewer_frames_than_positions(run, select, write_scan, scan, by_network, n_frames):
    lazy = select(write_scan(scan.frames[:n_frames], {"phi": scan.angles}))
    patches = run(WeakBeamClassification, dataset=lazy, **by_network).patches
    assert patches.scan.warnings[0].startswith(f"{n_frames} of 11 frames w")
    numpy.testing.assert_array_equal(patches.scan.angles, scan.angles[:n_frames])


def test_more_frames_than_positions(refusal, select, write_scan, scan, by_network):
    lazy = select(write_scan(scan.frames, {"phi": scan.angles[:9]}))
    text = refusal(WeakBeamClassification, dataset=lazy, **by_network)
    assert "a position of 'phi' for each frame, got 11 frames and 9 positions" in text


def test_an_unlit_scan_is_empty(run, as_dataset):
    frames = numpy.random.default_rng(0).normal(100, 4, (11, 64, 96)).round().astype("uint16")
    found = run(WeakBeamClassification, dataset=as_dataset(frames), **BY_ANGLE).classification
    assert (found.condition() == BeamCondition.EMPTY).all()
    done = run(BeamIntegration, dataset=as_dataset(frames), classification=found)
    assert numpy.isnan(done.weak_beam_image).all()
    assert not done.binary_map.any()
