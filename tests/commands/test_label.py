"""``darfix-wb label``, as a user calls it."""

from __future__ import annotations

import h5py
import numpy
import pytest

from darfix_wb.beam import UNLABELLED, BeamCondition
from darfix_wb.classification.angle_rule import angle_rule, label_by_angle
from darfix_wb.cli import main
from darfix_wb.extraction import extract
from darfix_wb.io.frame_sources import open_scan
from darfix_wb.io.label_files import load_labels, open_labelled_scan
from darfix_wb.tasks.patch_labelling import PatchLabelling

WEAK, STRONG, EMPTY = BeamCondition


@pytest.fixture
def scan_file(tmp_path, scan):
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w") as file:
        file["/1.1/instrument/pco_ff/data"] = scan.frames
        file["/1.1/instrument/positioners/phi"] = scan.angles
    return path


@pytest.fixture
def label(scan_file, tmp_path):
    """Labels the scan; the exit status, the labels file and what is printed."""

    def label(*words, name="labels.h5"):
        output = tmp_path / name
        return main(["label", str(scan_file), "--output", str(output), *words]), output

    return label


def test_lists_of_frames_give_the_labels_of_the_task(label, scan_file, tmp_path, capsys):
    status, output = label("--weak", "0,1,9-10", "--strong", "4:7", "--stride", "8")
    assert status == 0
    patched = extract(open_scan(scan_file), patch_size=16, stride=8)
    task = PatchLabelling(
        inputs={
            "patches": patched,
            "frame_labels": {"weak": [0, 1, 9, 10], "strong": [4, 5, 6]},
            "labels_file": str(tmp_path / "task.h5"),
        }
    )
    task.execute()
    found, expected = load_labels(output), load_labels(tmp_path / "task.h5")
    assert found.hash == expected.hash
    assert found.source == expected.source
    assert (found.values[:, :, -1] == UNLABELLED)[2:4].all()
    assert (found.values[[0, 5], :, -1] == EMPTY).all()
    counts = ", ".join(f"{count} {name}" for name, count in expected.counts().items())
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"11 frames, 847 patches of 16 px every 8 px: {counts}"
    assert lines[1:] == [
        f"Written to {output}",
        f"Next: darfix-wb train {scan_file} --labels {output} --output model.safetensors",
    ]
    assert open_labelled_scan(output)[0].n_frames == 11


def test_the_angle_rule_labels_what_it_is_sure_of(label, scan_file):
    assert label("--angle-rule")[0] == 0
    patched = extract(open_scan(scan_file), patch_size=16)
    expected, _ = label_by_angle(patched)
    beam_map = angle_rule(patched)
    sure = beam_map.probabilities.max(axis=-1) >= 0.9
    found = load_labels(label("--angle-rule", name="again.h5")[1])
    assert found.hash == expected.hash
    assert (found.values[sure] == beam_map.condition()[sure]).all()
    assert (found.values[~sure] == UNLABELLED).all()
    surer = load_labels(label("--angle-rule", "--sure", "0.999", name="surer.h5")[1])
    assert found.counts()["unlabelled"] < surer.counts()["unlabelled"]


def test_frames_in_no_curve_are_left_out_of_the_angle_rule(label, capsys):
    status, output = label("--angle-rule", "--skip-frames", "0,5")
    assert status == 0
    values = load_labels(output).values
    assert (values[[0, 5]] == UNLABELLED).all()
    assert (values[[1, 4], :, :5] != UNLABELLED).any()
    assert " --skip-frames 0,5 --labels " in capsys.readouterr().out.splitlines()[-1]


def test_labelled_frames_in_no_curve_are_told(label, capsys):
    words = ["--weak", "0-2", "--strong", "5", "--skip-frames", "0,2,7", "--frames", "0:10"]
    assert label(*words)[0] == 0
    lines = capsys.readouterr().out.splitlines()
    told = "Labelled, but in no rocking curve: frames 0, 2 (skipped on request)."
    assert any(line.startswith(told) for line in lines)
    assert "10 frames" in lines[0]


def test_one_class_is_not_enough_to_train_on(label, capsys):
    status, output = label("--strong", "5")
    assert status == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-3].startswith("No patch is labelled weak: a training needs both")
    assert lines[-1] == f"Next: silx view {output}"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", "(--weak, --strong) or from --angle-rule, got neither."),
        ("--weak 3 --angle-rule", "got --weak beside --angle-rule. Give one of them."),
        ("--weak 3 --sure 0.8", "--sure would have none without --angle-rule."),
        ("--angle-rule --sure 1", "must be at least 0.5 and below 1, got 1."),
        ("--weak 3,11", "The frames labelled weak must be numbers from 0 to 10 or ranges"),
        ("--strong 4-x", "The frames labelled strong must be numbers from 0 to 10"),
        ("--weak 0:4 --strong 3,5", "must have one label, got two for frame 3."),
        ("--weak 3 --stride 0", "stride must be at least 1 px"),
        ("--weak 3 --mask-file all.npy", "at least one patch must be labelled weak or strong"),
    ],
)
def test_what_cannot_be_is_one_sentence(label, tmp_path, monkeypatch, capsys, words, expected):
    monkeypatch.chdir(tmp_path)
    mask = numpy.ones((64, 96), bool)
    mask[:, -16:] = False  # the unlit margin
    numpy.save("all.npy", mask)
    status, output = label(*words.split())
    error = capsys.readouterr().err
    assert status == 1
    assert expected.lower() in error.lower()
    assert error.count("\n") == 1
    assert not output.exists()


def test_labels_are_replaced_only_when_asked(label, capsys):
    output = label("--weak", "0", "--strong", "5")[1]
    before = output.read_bytes()
    assert label("--weak", "1", "--strong", "5")[0] == 1
    assert "give --overwrite" in capsys.readouterr().err
    assert output.read_bytes() == before
    assert label("--weak", "1", "--strong", "5", "--overwrite")[0] == 0
    values = load_labels(output).values
    assert (values[0] == UNLABELLED).all()
    assert (values[1, :, :4] == WEAK).all()
    assert (values[5, :, :4] == STRONG).all()
