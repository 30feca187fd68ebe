"""Outputs that cannot be written get one sentence, and nothing on disk is lost or half written."""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy
import pytest

from darfix_wb.tasks.beam_integration import BeamIntegration
from darfix_wb.tasks.lcnn_training import LCNNTraining
from darfix_wb.tasks.patch_labelling import PatchLabelling

from .conftest import FRAME_LABELS

NOBODY = 65534
NAMES = {"labels_file": "labels.h5", "model_file": "model.safetensors", "output_file": "weak.h5"}


@pytest.fixture(params=["labels", "model", "integration"])
def writer(request, dataset, patches, labels, classification):
    """A task that writes a file, its inputs, and the name of the input for the file."""
    if request.param == "labels":
        return PatchLabelling, {"patches": patches, "frame_labels": FRAME_LABELS}, "labels_file"
    if request.param == "model":
        inputs = {"patches": patches, "labels": labels, "n_epochs": 1, "device": "cpu"}
        return LCNNTraining, inputs, "model_file"
    inputs = {"dataset": dataset, "classification": classification}
    return BeamIntegration, inputs, "output_file"


def test_an_existing_output(refusal, writer, tmp_path, run):
    task, inputs, name = writer
    path = tmp_path / NAMES[name]
    run(task, **inputs, **{name: str(path)})
    before = path.read_bytes()
    text = refusal(task, **inputs, **{name: str(path)})
    assert (
        f"must be a new file, and {path} exists. Choose another name, or set overwrite to" in text
    )
    assert path.read_bytes() == before
    run(task, **inputs, **{name: str(path)}, overwrite=True)
    assert list(tmp_path.iterdir()) == [path]


def test_the_output_is_checked_before_the_work(
    refusal, scan, as_dataset, classification, training_inputs, tmp_path
):
    path = tmp_path / "output.h5"
    path.touch()
    frames = scan.frames.astype("float32")
    frames[0, 0, 0] = numpy.nan
    inputs = {"dataset": as_dataset(frames), "classification": classification}
    assert "must be a new file" in refusal(BeamIntegration, **inputs, output_file=str(path))
    inputs = {**training_inputs, "labels": None}
    assert "must be a new file" in refusal(LCNNTraining, **inputs, model_file=str(path))


def test_an_output_below_raw_data(refusal, writer, tmp_path):
    task, inputs, name = writer
    folder = tmp_path / "RAW_DATA" / "sample"
    folder.mkdir(parents=True)
    text = refusal(task, **inputs, **{name: str(folder / NAMES[name])})
    assert "Nothing may be written below a folder named RAW_DATA, got" in text
    assert "Choose a folder for processed data." in text
    assert list(folder.iterdir()) == []


@pytest.fixture
def read_only_folder():
    """A folder into which the user of this test, who is nobody, may not write."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o555)
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield folder
    finally:
        if user == 0:
            os.seteuid(user)
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_read_only_folder(refusal, writer, read_only_folder):
    task, inputs, name = writer
    text = refusal(task, **inputs, **{name: str(read_only_folder / NAMES[name])})
    assert (
        f"The folder of the output must be writable, got {read_only_folder} (Permission denied)"
        in text
    )
    assert "Choose another folder." in text


@contextmanager
def full_disk():
    """No file may grow beyond 2 kB, as where a quota is used up; the log of the tests neither."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_fills(refusal, writer, tmp_path):
    task, inputs, name = writer
    with full_disk():
        text = refusal(task, **inputs, **{name: str(tmp_path / NAMES[name])})
    assert f"the disk or quota of {tmp_path} is full. {NAMES[name]} was not written" in text
    assert list(tmp_path.iterdir()) == []


def test_a_folder_as_output(refusal, writer, tmp_path):
    task, inputs, name = writer
    assert "must be a file" in refusal(task, **inputs, **{name: str(tmp_path)}, overwrite=True)
