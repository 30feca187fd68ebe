"""Inputs that would have no effect, are misspelt or belong to another scan are refused."""

from __future__ import annotations

import logging
import shutil

import h5py
import pytest

from darfix_wb.io.label_files import load_labels
from darfix_wb.tasks.beam_integration import BeamIntegration
from darfix_wb.tasks.grain_maps import GrainMaps
from darfix_wb.tasks.lcnn_training import LCNNTraining
from darfix_wb.tasks.method_comparison import MethodComparison
from darfix_wb.tasks.patch_extraction import PatchExtraction
from darfix_wb.tasks.patch_labelling import PatchLabelling
from darfix_wb.tasks.weak_beam_classification import WeakBeamClassification

from .conftest import FRAME_LABELS, PATCH_SIZE

RULE = {"method": "angle-rule", "patch_size": PATCH_SIZE}
NO_LABELS = {"weak": [], "strong": []}


@pytest.mark.parametrize(
    ("name", "value"),
    [("model_file", "m.safetensors"), ("decode", False), ("batch_size", 64), ("device", "cpu")],
)
def test_inputs_of_the_network_with_the_angle_rule(refusal, dataset, name, value):
    text = refusal(WeakBeamClassification, dataset=dataset, **RULE, **{name: value})
    assert f"and {name} would have none with the method 'angle-rule'" in text
    assert text.endswith(f"Leave {name} out.")


def test_the_patch_size_of_another_model(run, refusal, dataset, model_file):
    inputs = {"dataset": dataset, "model_file": model_file, "device": "cpu"}
    text = refusal(WeakBeamClassification, patch_size=32, **inputs)
    assert "size that the model was trained on (16 px), got 32 px" in text
    found = run(WeakBeamClassification, patch_size=16, **inputs).classification
    assert found.grid.patch_size == 16


def test_a_stride_of_zero(refusal, dataset):
    for task, inputs in (
        (WeakBeamClassification, RULE),
        (PatchExtraction, {"patch_size": PATCH_SIZE}),
        (MethodComparison, {"methods": ["angle-rule"], "patch_size": PATCH_SIZE}),
    ):
        text = refusal(task, dataset=dataset, stride=0, **inputs)
        assert "stride must be at least 1 px and at most patch_size (16 px), got 0" in text


@pytest.mark.parametrize("dark", [500, -5])
def test_a_dark_level_that_cannot_be(refusal, dataset, dark):
    text = refusal(WeakBeamClassification, dataset=dataset, dark=dark, **RULE)
    assert text.startswith("The dark level must")
    assert f"got {dark} counts" in text


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"threshold": -1}, "from 0 on (sigma above"),
        ({"threshold": float("nan")}, "got nan. Leave it out for 5."),
        ({"mode": "paper", "threshold": 5}, "from 0 on and below 1 (of the brightest pixel)"),
    ],
)
def test_thresholds_out_of_range(refusal, dataset, classification, inputs, expected):
    text = refusal(BeamIntegration, dataset=dataset, classification=classification, **inputs)
    assert expected in text


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"n_components": 5}, "n_components would have none without one of the methods nica"),
        ({"regions": {"strong": [0, 0, 9, 9]}}, "regions would have none without one of the"),
        ({"model_file": "m.safetensors"}, "model_file would have none without one of"),
        ({"n_epochs": 3}, "n_epochs would have none without one of"),
        ({"seed": -1}, "'seed' must be greater than or equal to 0, got -1"),
        ({"methods": ["pca"], "n_components": 0}, "'n_components' must be greater than or equal"),
    ],
)
def test_inputs_of_other_methods(refusal, dataset, inputs, expected):
    given = {"methods": ["angle-rule"], "patch_size": PATCH_SIZE, **inputs}
    assert expected in refusal(MethodComparison, dataset=dataset, **given)


def test_a_grid_that_is_not_that_of_the_connected_inputs(refusal, dataset, classification, labels):
    for connected in ({"classification": classification}, {"labels": labels}):
        inputs = {"dataset": dataset, "methods": ["angle-rule"], "patch_size": 32, **connected}
        text = refusal(MethodComparison, **inputs)
        assert "patch_size must be that of the connected classification or labels (16 px)" in text


def test_training_inputs_without_effect(refusal, training_inputs, tmp_path):
    inputs = {**training_inputs, "model_file": str(tmp_path / "m.safetensors")}
    text = refusal(LCNNTraining, training_files=["labels.h5"], **inputs)
    assert "patches, labels would have none beside training_files" in text
    text = refusal(LCNNTraining, network="resnet18", dropout=0.5, **inputs)
    assert "dropout would have none with the network 'resnet18'" in text
    assert "seed must be at least 0, got -1" in refusal(LCNNTraining, seed=-1, **inputs)


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("pach_size", "Did you mean 'patch_size'?"), ("motor", "Did you mean 'rocking_motor'?")],
)
def test_a_misspelt_input(refusal, dataset, name, remedy):
    with pytest.raises(RuntimeError, match=remedy.replace("?", r"\?")):
        PatchExtraction(inputs={"dataset": dataset, name: 16}).execute()


def test_what_a_link_of_all_outputs_brings_is_left_aside(run, patches, dataset):
    done = run(PatchLabelling, patches=patches, dataset=dataset, frame_labels=FRAME_LABELS)
    assert done.labels.n_frames == 11


def test_no_suffix_of_hdf5(refusal, dataset, classification, patches, tmp_path):
    for task, inputs, name in (
        (BeamIntegration, {"dataset": dataset, "classification": classification}, "output_file"),
        (PatchLabelling, {"patches": patches, "frame_labels": FRAME_LABELS}, "labels_file"),
        (MethodComparison, {"dataset": dataset, "methods": ["angle-rule"]}, "output_file"),
    ):
        text = refusal(task, **inputs, **{name: str(tmp_path / "weak.tif")})
        assert "must end in .h5 or .hdf5 or .nxs or .nx, got" in text
        assert text.endswith("e.g. weak.h5.")
    assert list(tmp_path.iterdir()) == []


# Labels of another scan


@pytest.fixture
def labels_file(run, patches, tmp_path):
    path = tmp_path / "labels.h5"
    run(PatchLabelling, patches=patches, frame_labels=FRAME_LABELS, labels_file=str(path))
    return path


@pytest.fixture
def cut(run, select, scan_file):
    """The patches of a copy of the scan."""

    def cut(folder, name="scan.h5", entry="1.1"):
        path = folder / name
        shutil.copy(scan_file, path)
        if entry != "1.1":
            with h5py.File(path, "a") as file:
                file.move("1.1", entry)
        paths = {
            "raw_detector_data_path": f"/{entry}/instrument/pco_ff/data",
            "raw_metadata_path": f"/{entry}/instrument/positioners",
        }
        dataset = select(path, **paths)
        return dataset, run(PatchExtraction, dataset=dataset, patch_size=PATCH_SIZE).patches

    return cut


@pytest.mark.parametrize("other", [{"name": "other.h5"}, {"entry": "2.1"}])
def test_labels_of_another_scan_are_refused_unless_told(
    run, refusal, labels_file, labels, cut, tmp_path, other
):
    dataset, patches = cut(tmp_path, **other)
    model_file = str(tmp_path / "model.safetensors")
    cases = (
        (PatchLabelling, {"patches": patches, "labels_file": str(labels_file)}),
        (LCNNTraining, {"patches": patches, "labels": labels, "model_file": model_file}),
        (MethodComparison, {"dataset": dataset, "labels": labels, "methods": ["angle-rule"]}),
    )
    for task, inputs in cases:
        text = refusal(task, **inputs)
        assert text.startswith("Labels must be of the scan that they are used with (")
        assert text.endswith("or set labels_of_another_scan to true.")
    for task, inputs in (cases[0], cases[2]):
        run(task, labels_of_another_scan=True, **inputs)
    told = run(PatchLabelling, labels_of_another_scan=True, **cases[0][1]).labels
    assert told.source == patches.scan.source


def test_labels_of_a_copy_are_taken_with_a_warning(run, labels_file, cut, tmp_path, caplog):
    (tmp_path / "copy").mkdir()
    _, patches = cut(tmp_path / "copy")
    with caplog.at_level(logging.WARNING, "darfix_wb"):
        done = run(PatchLabelling, patches=patches, labels_file=str(labels_file))
    assert done.labels.hash == load_labels(labels_file).hash
    assert "because the file has the same name" in caplog.text


def test_labels_of_a_dataset_of_which_darfix_knows_the_positions_only(
    run, labels_file, dataset, caplog
):
    changed = dataset.copy(new_data=dataset.as_array3d().copy())
    patches = run(PatchExtraction, dataset=changed, patch_size=PATCH_SIZE).patches
    assert patches.scan.source.endswith("/positioners")
    with caplog.at_level(logging.WARNING, "darfix_wb"):
        run(PatchLabelling, patches=patches, labels_file=str(labels_file))
    assert not caplog.records


def test_empty_lists_do_not_hide_a_labels_file(run, refusal, patches, labels_file):
    text = refusal(PatchLabelling, patches=patches, frame_labels=NO_LABELS)
    assert text.startswith("Labels must be given")
    inputs = {"patches": patches, "frame_labels": NO_LABELS, "labels_file": str(labels_file)}
    assert run(PatchLabelling, **inputs).labels.counts()["weak"] > 0


# Files that are not ours


def test_no_file_of_another_program_is_replaced(
    run, refusal, dataset, classification, scan_file, tmp_path
):
    path = tmp_path / "maps.h5"
    run(GrainMaps, dataset=dataset, filename=str(path))
    before = path.read_bytes()
    assert "must be a new file" in refusal(GrainMaps, dataset=dataset, filename=str(path))
    inputs = {"dataset": dataset, "classification": classification, "output_file": str(path)}
    text = refusal(BeamIntegration, overwrite=True, **inputs)
    assert f"Only files of darfix-wb may be replaced, and {path} was written by another" in text
    assert path.read_bytes() == before
    run(GrainMaps, dataset=dataset, filename=str(path), overwrite=True)
    text = refusal(GrainMaps, dataset=dataset, filename=str(scan_file), overwrite=True)
    assert "which is the scan" in text
    assert list(tmp_path.iterdir()) == [path]
