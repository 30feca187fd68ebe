"""Names and defaults that saved workflows carry: a change here breaks the workflows of users."""

from __future__ import annotations

import importlib

import pytest

REQUIRED = object()

TASKS = {
    "patch_extraction.PatchExtraction": (
        {
            "dataset": REQUIRED,
            "patch_size": None,
            "stride": None,
            "dark": None,
            "rocking_motor": None,
            "mask_file": None,
            "skip_frames": None,
        },
        {"dataset", "patches"},
    ),
    "patch_labelling.PatchLabelling": (
        {
            "patches": REQUIRED,
            "labels_file": None,
            "frame_labels": None,
            "patch_labels": None,
            "overwrite": False,
            "labels_of_another_scan": False,
            "model_file": None,
        },
        {"patches", "labels", "labels_file"},
    ),
    "lcnn_training.LCNNTraining": (
        {
            "model_file": REQUIRED,
            "patches": None,
            "labels": None,
            "training_files": None,
            "labels_of_another_scan": False,
            "network": "lcnn",
            "n_epochs": 50,
            "batch_size": 32,
            "learning_rate": 1e-3,
            "dropout": 0.15,
            "seed": 0,
            "device": "auto",
            "initial_model": None,
            "overwrite": False,
        },
        {"model_file", "history"},
    ),
    "scan_check.ScanCheck": (
        {
            "dataset": None,
            "scan": None,
            "data_path": None,
            "rocking_motor": None,
            "model_file": None,
            "device": "auto",
            "report_file": None,
            "overwrite": False,
        },
        {"report", "dataset"},
    ),
    "weak_beam_classification.WeakBeamClassification": (
        {
            "dataset": REQUIRED,
            "model_file": None,
            "method": "network",
            "stride": None,
            "decode": True,
            "batch_size": 128,
            "device": "auto",
            "patch_size": None,
            "dark": None,
            "rocking_motor": None,
            "mask_file": None,
            "skip_frames": None,
        },
        {"dataset", "classification", "patches"},
    ),
    "live_classification.LiveClassification": (
        {
            "scan": REQUIRED,
            "output_file": REQUIRED,
            "data_path": None,
            "rocking_motor": None,
            "poll": 0.1,
            "timeout": 60.0,
            "model_file": None,
            "detector_file": None,
            "patch_size": None,
            "stride": None,
            "dark": None,
            "mask_file": None,
            "find_dislocations": True,
            "line_threshold": 0.5,
            "device": "auto",
            "overwrite": False,
        },
        {"output_file", "n_frames", "ending", "warnings"},
    ),
    "method_comparison.MethodComparison": (
        {
            "dataset": REQUIRED,
            "classification": None,
            "model_file": None,
            "methods": ["lcnn", "angle-rule", "pca", "nmf", "gso", "matched", "detector"],
            "labels": None,
            "labels_of_another_scan": False,
            "truth_file": None,
            "n_components": 3,
            "regions": None,
            "n_epochs": 50,
            "seed": 0,
            "device": "auto",
            "patch_size": None,
            "stride": None,
            "dark": None,
            "rocking_motor": None,
            "output_file": None,
            "overwrite": False,
        },
        {"comparison", "output_file"},
    ),
    "beam_integration.BeamIntegration": (
        {
            "dataset": REQUIRED,
            "classification": REQUIRED,
            "mode": "default",
            "threshold": None,
            "output_file": None,
            "overwrite": False,
            "dark": None,
            "rocking_motor": None,
            "patches": None,
            "find_dislocations": True,
            "line_threshold": 0.5,
            "detector_file": None,
            "device": "auto",
        },
        {
            "dataset",
            "weak_beam_image",
            "strong_beam_image",
            "binary_map",
            "images",
            "dislocation_image",
            "line_probability",
            "lines",
            "output_file",
        },
    ),
    "volume_classification.VolumeClassification": (
        {
            "layers": REQUIRED,
            "output_file": REQUIRED,
            "model_file": None,
            "scheduler": None,
            "resume": True,
            "overwrite": False,
            "z_motor": None,
            "rocking_motor": None,
            "patch_size": None,
            "stride": None,
            "dark": None,
            "region": None,
            "binning": 1,
            "mask_file": None,
            "find_dislocations": True,
            "detector_file": None,
            "device": "auto",
        },
        {"output_file", "summary"},
    ),
    "dislocation_reconstruction.DislocationReconstruction": (
        {
            "volume_file": REQUIRED,
            "spacing": REQUIRED,
            "output_file": REQUIRED,
            "reference": None,
            "method": "linking",
            "threshold": 8.0,
            "correct_jitter": True,
            "burgers_um": None,
            "export": None,
            "overwrite": False,
        },
        {"output_file", "report"},
    ),
}


@pytest.mark.parametrize("name", TASKS)
def test_inputs_and_outputs_keep_their_names_and_defaults(name):
    module, task_name = name.split(".")
    task = getattr(importlib.import_module(f"darfix_wb.tasks.{module}"), task_name)
    inputs, outputs = TASKS[name]
    found = {
        name: REQUIRED if field.is_required() else field.default
        for name, field in task.input_model().model_fields.items()
    }
    assert found == inputs
    assert set(task.output_names()) == outputs
    assert task.class_registry_name() == f"darfix_wb.tasks.{name}"


@pytest.mark.parametrize("name", TASKS)
def test_everything_is_described(name):
    module, task_name = name.split(".")
    task = getattr(importlib.import_module(f"darfix_wb.tasks.{module}"), task_name)
    assert task.__doc__
    for model in (task.input_model(), task.output_model()):
        for field_name, field in model.model_fields.items():
            assert field.description, field_name
            assert field.description.endswith(".")
