"""No task replaces a file that it reads, whatever it is called and whatever is asked."""

from __future__ import annotations

import os
import shutil

import h5py
import pytest

from darfix_wb.model import BeamModel
from darfix_wb.tasks.beam_integration import BeamIntegration
from darfix_wb.tasks.lcnn_training import LCNNTraining
from darfix_wb.tasks.method_comparison import MethodComparison
from darfix_wb.tasks.patch_extraction import PatchExtraction
from darfix_wb.tasks.patch_labelling import PatchLabelling
from darfix_wb.tasks.weak_beam_classification import WeakBeamClassification

from .conftest import FRAME_LABELS, PATCH_SIZE

DATA = "1.1/instrument/pco_ff/data"


@pytest.fixture(params=["whole", "external link", "virtual"])
def files(request, tmp_path, scan):
    """A scan, and the file that its frames are in: the same, or one that it refers to."""
    path, detector = tmp_path / "scan.h5", tmp_path / "detector.h5"
    with h5py.File(path, "w") as file:
        file["1.1/instrument/positioners/phi"] = scan.angles
        if request.param == "whole":
            file[DATA] = scan.frames
            return path, path
        with h5py.File(detector, "w") as other:
            other["entry/data"] = scan.frames
        if request.param == "external link":
            file[DATA] = h5py.ExternalLink("detector.h5", "entry/data")
            return path, detector
        layout = h5py.VirtualLayout(scan.frames.shape, scan.frames.dtype)
        layout[:] = h5py.VirtualSource("detector.h5", "entry/data", scan.frames.shape)
        file.create_virtual_dataset(DATA, layout)
    return path, detector


@pytest.fixture
def scan_path(files):
    return files[0]


@pytest.fixture
def dataset(select, files):
    return select(files[0])


@pytest.fixture
def patches(run, dataset):
    return run(PatchExtraction, dataset=dataset, patch_size=PATCH_SIZE).patches


@pytest.fixture
def labels(run, patches):
    return run(PatchLabelling, patches=patches, frame_labels=FRAME_LABELS).labels


@pytest.fixture(params=["labels", "model", "integration", "comparison"])
def writer(request, run, dataset, patches, labels):
    """A task that writes a file, its inputs, and the name of the input for the file."""
    if request.param == "labels":
        return PatchLabelling, {"patches": patches, "frame_labels": FRAME_LABELS}, "labels_file"
    if request.param == "model":
        inputs = {"patches": patches, "labels": labels, "n_epochs": 1, "device": "cpu"}
        return LCNNTraining, inputs, "model_file"
    if request.param == "comparison":
        return MethodComparison, {"dataset": dataset, "methods": ["angle-rule"]}, "output_file"
    given = {"method": "angle-rule", "patch_size": PATCH_SIZE}
    classification = run(WeakBeamClassification, dataset=dataset, **given).classification
    inputs = {"dataset": dataset, "classification": classification}
    return BeamIntegration, inputs, "output_file"


@pytest.fixture
def kept(refusal, tmp_path):
    """The text of the error of a task that must refuse its output; no file may have changed."""

    def content():
        return {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    def kept(task, **inputs) -> str:
        before = content()
        text = refusal(task, **inputs, overwrite=True)
        assert "The output must not be a file that the run reads, got " in text
        assert content() == before
        return text

    return kept


def test_the_scan_and_its_detector_file(kept, writer, files, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    task, inputs, name = writer
    links = []
    for number, path in enumerate(files):
        links += [tmp_path / f"symbolic_{number}.h5", tmp_path / f"hard_{number}.h5"]
        links[-2].symlink_to(path)
        links[-1].hardlink_to(path)
    for output in (*files, *map(os.path.relpath, files), *links):
        text = kept(task, **inputs, **{name: str(output)})
        assert "which is the scan" in text or "which belongs to the scan" in text


@pytest.mark.parametrize("files", ["whole"], indirect=True)
@pytest.mark.parametrize("writer", ["integration", "comparison"], indirect=True)
def test_an_output_that_becomes_the_scan_meanwhile(writer, scan_path, tmp_path, monkeypatch):
    task, inputs, name = writer
    output, before = tmp_path / "output.h5", scan_path.read_bytes()

    def link_and_go_on(self) -> bool:
        if not output.exists():
            output.hardlink_to(scan_path)
        return False

    monkeypatch.setattr(task, "is_cancelled", link_and_go_on)
    with pytest.raises(RuntimeError) as caught:
        task(inputs={**inputs, name: str(output), "overwrite": True}).execute()
    assert "must not be a file that the run reads" in str(caught.value.__cause__)
    assert output.read_bytes() == scan_path.read_bytes() == before


@pytest.fixture
def model_path(tmp_path):
    path = tmp_path / "model.safetensors"
    BeamModel.load().save(path)
    return path


@pytest.mark.parametrize("files", ["whole"], indirect=True)
def test_models(kept, dataset, patches, labels, model_path, tmp_path):
    link = tmp_path / "comparison.csv"
    link.hardlink_to(model_path)
    for output in (model_path, link):
        training = {"patches": patches, "labels": labels, "initial_model": str(model_path)}
        text = kept(LCNNTraining, **training, model_file=str(output))
        assert "which is the initial model" in text
        given = {"patches": patches, "frame_labels": FRAME_LABELS, "model_file": str(model_path)}
        assert "which is the model" in kept(PatchLabelling, **given, labels_file=str(output))
    given = {"dataset": dataset, "model_file": str(model_path)}
    for output in (model_path, tmp_path / "comparison.h5"):
        text = kept(MethodComparison, **given, output_file=str(output))
        assert "which is the model" in text


@pytest.mark.parametrize("files", ["whole"], indirect=True)
def test_the_truth(kept, dataset, simulated_layers, tmp_path):
    truth = tmp_path / "truth.h5"
    shutil.copy(simulated_layers[0], truth)
    text = kept(MethodComparison, dataset=dataset, truth_file=str(truth), output_file=str(truth))
    assert "which is the truth" in text


def test_labels_files_and_their_scans(kept, run, patches, files, tmp_path):
    labels_file, link = tmp_path / "labels.h5", tmp_path / "link.h5"
    run(PatchLabelling, patches=patches, frame_labels=FRAME_LABELS, labels_file=str(labels_file))
    link.symlink_to(labels_file)
    for output in (labels_file, link, *files):
        text = kept(LCNNTraining, training_files=[str(labels_file)], model_file=str(output))
        assert ("which is the labels" if output not in files else "belongs to the labels") in text
