"""The size of the patches: given, or chosen by the frame and the model."""

from __future__ import annotations

import dataclasses

import numpy
import pytest

from darfix_wb.model import BeamModel
from darfix_wb.patches import PatchGrid
from darfix_wb.tasks.beam_integration import BeamIntegration
from darfix_wb.tasks.lcnn_training import LCNNTraining
from darfix_wb.tasks.method_comparison import MethodComparison
from darfix_wb.tasks.patch_extraction import PatchExtraction
from darfix_wb.tasks.patch_labelling import PatchLabelling
from darfix_wb.tasks.scan_check import ScanCheck
from darfix_wb.tasks.weak_beam_classification import WeakBeamClassification

from .conftest import FRAME_LABELS

SHAPES = {16: (64, 96), 32: (140, 128), 64: (256, 270)}
"""Frames by the patch size that is chosen for them."""


@pytest.fixture(scope="module")
def range_file(tmp_path_factory):
    """The shipped networks, said to take patches of 16 to 128 px."""
    path = tmp_path_factory.mktemp("models") / "range.safetensors"
    dataclasses.replace(BeamModel.load(), patch_sizes=(16, 128)).save(path)
    return str(path)


@pytest.fixture(scope="module", params=SHAPES)
def framed(request, select, write_scan, make_scan):
    """A patch size and a dataset for which it is chosen."""
    scan = make_scan(shape=SHAPES[request.param], seed=6)
    return request.param, select(write_scan(scan.frames, {"phi": scan.angles}))


def test_without_a_size_it_is_chosen_by_the_frame(run, framed, range_file):
    size, dataset = framed
    with_overlap = PatchGrid(SHAPES[size], size, size // 2)
    assert run(PatchExtraction, dataset=dataset).patches.grid == PatchGrid(SHAPES[size], size)
    by_rule = run(WeakBeamClassification, dataset=dataset, method="angle-rule")
    assert by_rule.classification.grid == with_overlap
    by_model = run(WeakBeamClassification, dataset=dataset, model_file=range_file, device="cpu")
    assert by_model.classification.grid == with_overlap
    images = run(
        BeamIntegration, dataset=dataset, classification=by_model.classification
    ).weak_beam_image
    assert images.shape == SHAPES[size]
    report = run(ScanCheck, dataset=dataset, model_file=range_file, device="cpu").report
    assert report.figures.patch_size == size
    assert report.finding("classification").details["patch_size"] == size


@pytest.mark.parametrize(
    ("inputs", "size"),
    [
        ({"methods": ["angle-rule"]}, 16),
        ({"methods": ["lcnn", "angle-rule"], "model_file": "range"}, 16),
        ({"methods": ["lcnn-alone"], "model_file": "own"}, 24),
        ({"methods": ["angle-rule"], "patch_size": 50}, 50),
        ({"methods": ["lcnn"], "model_file": "range", "patch_size": 50}, 50),
    ],
)
def test_a_comparison_takes_patches_that_its_model_takes(
    run, dataset, range_file, tmp_path, inputs, size
):
    files = {"range": range_file, "own": str(tmp_path / "own.safetensors")}
    dataclasses.replace(BeamModel.load(), patch_size=24, patch_sizes=None).save(files["own"])
    if "model_file" in inputs:
        inputs = {**inputs, "model_file": files[inputs["model_file"]]}
    comparison = run(MethodComparison, dataset=dataset, device="cpu", **inputs).comparison
    assert comparison.patched.grid == PatchGrid((64, 96), size, size // 2)
    assert all(outcome.beam_map is not None for outcome in comparison.outcomes)


def test_a_stride_that_is_given_fits_in_the_patches(run, dataset, range_file):
    """Workflows that were saved with a stride and no patch size."""
    expected = PatchGrid((64, 96), 32, 20)
    assert run(PatchExtraction, dataset=dataset, stride=20).patches.grid == expected
    inputs = {"dataset": dataset, "stride": 20}
    for other in ({"model_file": range_file, "device": "cpu"}, {"method": "angle-rule"}):
        assert run(WeakBeamClassification, **inputs, **other).classification.grid == expected
    compared = run(MethodComparison, methods=["angle-rule"], **inputs).comparison
    assert compared.patched.grid == expected


def test_a_size_that_is_given_is_kept(run, dataset, range_file):
    for size in (64, 21):
        grid = run(PatchExtraction, dataset=dataset, patch_size=size).patches.grid
        assert grid == PatchGrid((64, 96), size)
        inputs = {"dataset": dataset, "patch_size": size}
        for other in ({"model_file": range_file, "device": "cpu"}, {"method": "angle-rule"}):
            grid = run(WeakBeamClassification, **inputs, **other).classification.grid
            assert grid == PatchGrid((64, 96), size, size // 2)


def test_a_size_that_the_model_does_not_take(refusal, dataset, range_file):
    inputs = {"dataset": dataset, "model_file": range_file, "device": "cpu"}
    text = refusal(WeakBeamClassification, patch_size=15, **inputs)
    assert text == (
        "Patches must have a size that the model was trained on (16 to 128 px), got 15 px. Choose "
        "patches of 16 to 128 px, or train a model on patches of this size."
    )


@pytest.mark.parametrize("size", [16, 27, 64])
def test_a_training_from_a_model_of_a_range_gives_a_model_of_one_size(
    run, dataset, range_file, tmp_path, size
):
    patches = run(PatchExtraction, dataset=dataset, patch_size=size).patches
    labels = run(PatchLabelling, patches=patches, frame_labels=FRAME_LABELS).labels
    path = str(tmp_path / "model.safetensors")
    inputs = {"patches": patches, "labels": labels, "n_epochs": 1, "device": "cpu"}
    run(LCNNTraining, model_file=path, initial_model=range_file, **inputs)
    initial, model = BeamModel.load(range_file), BeamModel.load(path)
    assert model.record["initial_model_hash"] == initial.hash
    assert (model.patch_size, model.patch_sizes) == (size, (size, size))
    found = run(WeakBeamClassification, dataset=dataset, model_file=path, device="cpu")
    assert found.classification.grid == PatchGrid((64, 96), size, size // 2)
    assert numpy.isfinite(found.classification.probabilities).all()


def test_a_training_beyond_the_range_of_the_initial_model(run, refusal, dataset, range_file):
    patches = run(PatchExtraction, dataset=dataset, patch_size=12).patches
    labels = run(PatchLabelling, patches=patches, frame_labels=FRAME_LABELS).labels
    inputs = {"patches": patches, "labels": labels, "device": "cpu"}
    text = refusal(LCNNTraining, model_file="m.safetensors", initial_model=range_file, **inputs)
    assert "for patches of 12 px, got a 'lcnn' for 16 to 128 px. Choose another" in text
