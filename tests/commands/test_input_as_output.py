"""No command replaces a file that it reads, whatever it is called and whatever is asked."""

from __future__ import annotations

import os
import shutil

import fabio.edfimage
import h5py
import numpy
import pytest

from darfix_wb.cli import main
from darfix_wb.evaluation.plots import PLOTS
from darfix_wb.io.label_files import save_labels
from darfix_wb.io.provenance import Provenance
from darfix_wb.labels import LabelMap
from darfix_wb.model import BeamModel
from darfix_wb.patches import PatchGrid

DATA = "/1.1/instrument/pco_ff/data"
ANGLE_RULE = ["--angle-rule", "--patch-size", "16", "--stride", "16"]


@pytest.fixture
def scan_file(tmp_path, scan):
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w") as file:
        file[DATA] = scan.frames
        file["/1.1/instrument/positioners/phi"] = scan.angles
    return path


@pytest.fixture
def detector_file(tmp_path, scan):
    path = tmp_path / "detector.h5"
    with h5py.File(path, "w") as file:
        file["entry/data"] = scan.frames
    return path


@pytest.fixture
def refused(capsys, tmp_path):
    """Calls a command that must refuse its output, and checks that no file has changed."""

    def content():
        return {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    def refused(*words) -> str:
        before = content()
        assert main([str(word) for word in words]) == 1
        text = capsys.readouterr().err
        assert "must not be a file that the run reads, got " in text
        assert text.endswith("Choose another name.\n")
        assert content() == before
        return text

    return refused


@pytest.fixture(params=["same", "relative", "symlink", "hard link"])
def other_name(request, tmp_path, monkeypatch):
    """Gives a file a name other than its own."""
    monkeypatch.chdir(tmp_path)

    def other_name(path, link):
        if request.param == "relative":
            return os.path.relpath(path)
        if request.param == "symlink":
            link.symlink_to(path)
        elif request.param == "hard link":
            link.hardlink_to(path)
        return path if request.param == "same" else link

    return other_name


def test_classify_keeps_its_scan(scan_file, other_name, refused, tmp_path):
    output = other_name(scan_file, tmp_path / "result.h5")
    text = refused("classify", scan_file, "--output", output, "--overwrite", *ANGLE_RULE)
    assert "which is the scan" in text
    assert "which is the scan" in refused("classify", scan_file, "--output", output, *ANGLE_RULE)
    url = f"silx:{scan_file}?{DATA}"
    refused("classify", url, "--output", output, "--overwrite", *ANGLE_RULE)


def test_classify_keeps_a_linked_detector_file(scan_file, detector_file, other_name, refused):
    with h5py.File(scan_file, "a") as file:
        del file[DATA]
        file[DATA] = h5py.ExternalLink("detector.h5", "entry/data")
    output = other_name(detector_file, scan_file.with_name("result.h5"))
    text = refused("classify", scan_file, "--output", output, "--overwrite", *ANGLE_RULE)
    assert "which belongs to the scan" in text


def test_classify_keeps_the_source_of_virtual_frames(
    scan_file, detector_file, other_name, refused, scan
):
    layout = h5py.VirtualLayout(scan.frames.shape, scan.frames.dtype)
    layout[:] = h5py.VirtualSource("detector.h5", "entry/data", scan.frames.shape)
    with h5py.File(scan_file, "a") as file:
        del file[DATA]
        file.create_virtual_dataset(DATA, layout)
    output = other_name(detector_file, scan_file.with_name("result.h5"))
    text = refused("classify", scan_file, "--output", output, "--overwrite", *ANGLE_RULE)
    assert "which belongs to the scan" in text


def test_classify_keeps_edf_files(other_name, refused, scan, tmp_path):
    folder = tmp_path / "edf"
    folder.mkdir()
    for index, (frame, angle) in enumerate(zip(scan.frames, scan.angles, strict=True)):
        header = {"motor_mne": "phi", "motor_pos": f"{angle:.4f}"}
        image = fabio.edfimage.EdfImage(data=frame, header=header)
        image.write(str(folder / f"{index}.edf"))
    output = other_name(folder / "3.edf", tmp_path / "result.h5")
    refused("classify", folder, "--output", output, "--overwrite", *ANGLE_RULE)
    refused("classify", folder / "*.edf", "--output", output, "--overwrite", *ANGLE_RULE)


def test_classify_keeps_its_model(scan_file, other_name, refused, tmp_path):
    model = tmp_path / "model.safetensors"
    BeamModel.load().save(model)
    output = other_name(model, tmp_path / "result.h5")
    text = refused("classify", scan_file, "--model", model, "--output", output, "--overwrite")
    assert "which is the model" in text


def test_label_keeps_its_scan_and_mask(scan_file, other_name, refused, tmp_path, scan):
    words = ["label", scan_file, "--weak", "0", "--strong", "5", "--overwrite"]
    output = other_name(scan_file, tmp_path / "labels.h5")
    assert "which is the scan" in refused(*words, "--output", output)
    mask = tmp_path / "mask.h5"
    with h5py.File(mask, "w") as file:
        file["mask"] = numpy.zeros(scan.frame_shape, "uint8")
    output = other_name(mask, tmp_path / "other_labels.h5")
    text = refused(*words, "--mask-file", mask, "--output", output)
    assert "which is the mask file" in text


def test_train_keeps_its_scan_labels_and_model(scan_file, scan, other_name, refused, tmp_path):
    labels = LabelMap.unlabelled(scan.n_frames, PatchGrid(scan.frame_shape, 16))
    labels = labels.with_frames({"weak": [0, 1], "strong": [5, 6]})
    path, model = tmp_path / "labels.h5", tmp_path / "model.safetensors"
    save_labels(path, labels, provenance=Provenance(source=f"silx:{scan_file}?{DATA}"))
    BeamModel.load().save(model)
    words = ["train", scan_file, "--labels", path, "--from", model, "--overwrite", "--output"]
    for name, meaning in ((scan_file, "scan"), (path, "labels"), (model, "initial model")):
        output = other_name(name, tmp_path / f"{meaning}.safetensors")
        assert f"which is the {meaning}" in refused(*words, output)


@pytest.mark.parametrize("name", ["evaluation.json", "evaluation.md", *PLOTS])
@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_evaluate_keeps_its_scans(simulated_layers, refused, tmp_path, name, link):
    path, output = tmp_path / "layer.h5", tmp_path / "evaluation"
    shutil.copy(simulated_layers[0], path)
    output.mkdir()
    link(path, output / name)
    assert "which is the scan" in refused("evaluate", path, "--output", output, "--overwrite")
    refused("evaluate", f"A={path}", simulated_layers[1], "--output", output, "--overwrite")
    refused("evaluate", output / name, "--output", output, "--overwrite")


def test_evaluate_keeps_the_scan_behind_a_labels_file(scan_file, scan, refused, tmp_path):
    labels = LabelMap.unlabelled(scan.n_frames, PatchGrid(scan.frame_shape, 16))
    path, output = tmp_path / "labels.h5", tmp_path / "evaluation"
    save_labels(path, labels, provenance=Provenance(source=f"silx:{scan_file}?{DATA}"))
    output.mkdir()
    (output / "coverage.png").hardlink_to(scan_file)
    text = refused("evaluate", path, "--output", output, "--overwrite")
    assert "which belongs to the scan" in text


@pytest.mark.parametrize("name", PLOTS)
def test_evaluate_replaces_no_plot_unasked(simulated_layers, tmp_path, capsys, name):
    (tmp_path / name).write_text("old")
    assert main(["evaluate", str(simulated_layers[0]), "--output", str(tmp_path)]) == 1
    assert "must be a new file" in capsys.readouterr().err
    assert (tmp_path / name).read_text() == "old"


def test_pretrain_keeps_its_scans(simulated_layers, other_name, refused, tmp_path):
    scans = tmp_path / "scans"
    scans.mkdir()
    shutil.copy(simulated_layers[0], scans / "crystal_4.h5")
    words = ["--seed", "3", "--crystals", "8", "--aluminium", "0", "--overwrite"]
    output = other_name(scans / "crystal_4.h5", tmp_path / "model.safetensors")
    text = refused("pretrain", "--scans", scans, "--output", output, *words)
    assert "which is the scan" in text


def test_pretrain_keeps_the_places_of_scans_to_come(refused, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["--scans", tmp_path / "new", "--seed", "0"]
    refused("pretrain", *words, "--output", "new/crystal_0.h5")
