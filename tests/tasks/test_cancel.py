"""Cancelling from another thread: the end comes soon, nothing is left, and a new run works."""

from __future__ import annotations

import threading
import time

import numpy
import pytest
from darfix.core.dataset import Dataset
from darfix.core.dimension import AcquisitionDims, Dimension
from ewokscore.progress import BasePercentageProgress

from darfix_wb.beam import BeamMap
from darfix_wb.errors import OperationCancelled
from darfix_wb.patches import PatchGrid
from darfix_wb.tasks.beam_integration import BeamIntegration
from darfix_wb.tasks.lcnn_training import LCNNTraining
from darfix_wb.tasks.patch_extraction import PatchExtraction
from darfix_wb.tasks.scan_check import ScanCheck
from darfix_wb.tasks.weak_beam_classification import WeakBeamClassification

from .conftest import PATCH_SIZE

N_FRAMES = 3000
SOON = 5.0
"""Seconds; the work that is cancelled takes longer, a batch takes milliseconds."""


@pytest.fixture(scope="module")
def long_scan(scan):
    frames = scan.frames[numpy.arange(N_FRAMES) * 11 // N_FRAMES]
    dims = AcquisitionDims([Dimension("phi", N_FRAMES, 0.0, 1.0)])
    return Dataset("", raw_data=frames, dims=dims)


class Progress(BasePercentageProgress):
    def update(self):
        """Shows nothing."""


def cancel_at(task, percent, **inputs):
    """Executes a task in a thread, cancels it from here, and gives what it raised."""
    task = task(inputs=inputs, progress=Progress())
    raised = []

    def execute():
        try:
            task.execute()
        except RuntimeError as error:
            raised.append(error.__cause__)

    thread = threading.Thread(target=execute)
    thread.start()
    while thread.is_alive() and task.progress < percent:
        time.sleep(0.001)
    assert thread.is_alive(), "it ended before it could be cancelled"
    task.request_stop()
    asked = time.perf_counter()
    thread.join(60)
    assert time.perf_counter() - asked < SOON
    assert task.progress < 100
    (error,) = raised
    assert type(error) is OperationCancelled
    return str(error)


def test_extraction(long_scan, dataset, run):
    told = cancel_at(PatchExtraction, 2, dataset=long_scan, patch_size=PATCH_SIZE)
    assert told == "Patch extraction was cancelled."
    assert run(PatchExtraction, dataset=dataset, patch_size=PATCH_SIZE).patches


def test_check(long_scan, dataset, model_file, run, tmp_path):
    path = tmp_path / "page.png"
    inputs = {"model_file": model_file, "report_file": str(path), "device": "cpu"}
    assert "was cancelled." in cancel_at(ScanCheck, 2, dataset=long_scan, **inputs)
    assert list(tmp_path.iterdir()) == []
    run(ScanCheck, dataset=dataset, **inputs)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("percent", "step"), [(2, "Patch extraction"), (32, "Classification")])
def test_classification(long_scan, dataset, model_file, run, percent, step):
    inputs = {"model_file": model_file, "device": "cpu"}
    told = cancel_at(WeakBeamClassification, percent, dataset=long_scan, **inputs)
    assert told == f"{step} was cancelled."
    assert run(WeakBeamClassification, dataset=dataset, **inputs).classification.n_frames == 11


def test_integration(long_scan, dataset, classification, run, tmp_path):
    path = tmp_path / "weak.h5"
    grid = PatchGrid((64, 96), PATCH_SIZE)
    beam_map = BeamMap(numpy.ones((N_FRAMES, *grid.shape, 3), "float32") / 3, grid)
    inputs = {"dataset": long_scan, "classification": beam_map, "output_file": str(path)}
    assert cancel_at(BeamIntegration, 32, **inputs) == "Integration was cancelled."
    assert list(tmp_path.iterdir()) == []
    inputs |= {"dataset": dataset, "classification": classification}
    assert run(BeamIntegration, **inputs).output_file == str(path)
    assert list(tmp_path.iterdir()) == [path]


def test_training(training_inputs, run, tmp_path):
    path = tmp_path / "model.safetensors"
    inputs = {**training_inputs, "model_file": str(path)}
    told = cancel_at(LCNNTraining, 1, **{**inputs, "n_epochs": 1000})
    assert "Training was cancelled" in told
    assert list(tmp_path.iterdir()) == []
    run(LCNNTraining, **{**inputs, "n_epochs": 1})
    assert list(tmp_path.iterdir()) == [path]


def test_training_keeps_the_model_that_was_there(training_inputs, tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_text("an older model")
    inputs = {**training_inputs, "model_file": str(path), "overwrite": True, "n_epochs": 1000}
    cancel_at(LCNNTraining, 1, **inputs)
    assert path.read_text() == "an older model"
    assert list(tmp_path.iterdir()) == [path]


def test_a_task_cancelled_before_it_starts(dataset):
    task = PatchExtraction(inputs={"dataset": dataset, "patch_size": PATCH_SIZE})
    task.request_stop()
    with pytest.raises(RuntimeError) as caught:
        task.execute()
    assert isinstance(caught.value.__cause__, OperationCancelled)
