"""``darfix-wb train``, as a user calls it."""

from __future__ import annotations

import re

import h5py
import pytest

from darfix_wb.cli import main
from darfix_wb.commands.train import add_arguments
from darfix_wb.model import BeamModel
from darfix_wb.tasks.lcnn_training import Inputs, LCNNTraining

CHEAP = ["--epochs", "1", "--device", "cpu"]
FRAMES = ["--weak", "0,1,9,10", "--strong", "4-6"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, make_scan):
    """Two scans with their labels: a.h5, b.h5, labels_a.h5, labels_b.h5."""
    folder = tmp_path_factory.mktemp("labelled")
    for index, name in enumerate("ab"):
        scan = make_scan(seed=index)
        path = folder / f"{name}.h5"
        with h5py.File(path, "w") as file:
            file["/1.1/instrument/pco_ff/data"] = scan.frames
            file["/1.1/instrument/positioners/phi"] = scan.angles
        words = ["label", str(path), "--output", str(folder / f"labels_{name}.h5")]
        assert main([*words, *FRAMES]) == 0
    return folder


@pytest.fixture
def train(folder, tmp_path, monkeypatch):
    """Trains in the folder of the scans; the exit status and the model file."""
    monkeypatch.chdir(folder)

    def train(*words):
        output = tmp_path / "model.safetensors"
        return main(["train", *words, "--output", str(output), *CHEAP]), output

    return train


def test_the_model_is_that_of_the_task(train, folder, tmp_path, capsys, one_thread):
    words = ["a.h5", "b.h5", "--labels", "labels_a.h5", "--labels", "labels_b.h5"]
    status, output = train(*words, "--network", "lcnn-paper", "--seed", "3")
    assert status == 0
    task = LCNNTraining(
        inputs={
            "training_files": [str(folder / f"labels_{name}.h5") for name in "ab"],
            "model_file": str(tmp_path / "task.safetensors"),
            "network": "lcnn-paper",
            "n_epochs": 1,
            "seed": 3,
            "device": "cpu",
        }
    )
    task.execute()
    model, expected = BeamModel.load(output), BeamModel.load(tmp_path / "task.safetensors")
    assert model.hash == expected.hash
    assert model.record["training_data"] == expected.record["training_data"]
    text = capsys.readouterr().out
    history = task.outputs.history
    assert f"Best epoch: {history['best_epoch']} (lowest validation loss)" in text
    aside = history["split"]["validation"]["frames"]
    told = re.search(r"Held out: .* patches in frames (.*) of a.h5; frames (.*) of b.h5", text)
    assert [sorted(map(int, one.split(", "))) for one in told.groups()] == [aside["0"], aside["1"]]
    scores = history["validation"]
    assert f"of {scores['n_patches']} lit patches right, balanced accuracy " in text
    assert f"balanced accuracy {scores['balanced_accuracy']:.1%}" in text
    assert "another sample may do worse" in text
    assert text.splitlines()[-2:] == [
        f"Written to {output}",
        f"Next: darfix-wb classify a.h5 --model {output} --output weak_beam.h5",
    ]


def test_the_shipped_model_is_moved_as_far_as_the_labels_say(train, capsys):
    status, output = train("a.h5", "--labels", "labels_a.h5", "--dark", "100", "--frames", "0:11")
    assert status == 0
    text = capsys.readouterr().out
    assert BeamModel.load(output).record["initial_model_hash"] == BeamModel.load().hash
    assert "The labels " in text or "The boundary " in text
    following = text.splitlines()[-1]
    assert following.startswith("Next: darfix-wb classify a.h5 --frames 0:11 --dark 100.0 --model ")


def test_a_model_to_start_from(train, tmp_path, folder):
    status, output = train("a.h5", "--labels", "labels_a.h5", "--from", "none")
    assert status == 0
    first = output.rename(tmp_path / "first.safetensors")
    assert BeamModel.load(first).record["initial_model_hash"] == ""
    status, output = train("b.h5", "--labels", "labels_b.h5", "--from", str(first))
    assert status == 0
    model = BeamModel.load(output)
    assert model.record["initial_model_hash"] == BeamModel.load(first).hash


def test_labels_of_another_scan_must_be_asked_for(train, capsys):
    assert train("b.h5", "--labels", "labels_a.h5")[0] == 1
    error = capsys.readouterr().err
    assert "Labels must be of the scan that they are used with" in error
    assert "or give --labels-of-another-scan.\n" in error
    words = ["--labels", "labels_a.h5", "--labels-of-another-scan", "--from", "none"]
    status, output = train("b.h5", *words)
    assert status == 0
    assert "b.h5" in BeamModel.load(output).record["training_data"][0]["source"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a.h5 b.h5 --labels labels_a.h5", "got 2 scans and 1 labels file. Give as many of both."),
        ("a.h5 a.h5 --labels labels_a.h5 labels_a.h5", "Each scan must be given once"),
        ("a.h5 --labels labels_a.h5 --frames 0:9", "got labels for 11 frames of 64x96 px"),
        ("a.h5 --labels a.h5", "a.h5"),
        ("a.h5 b.h5 --labels labels_a.h5 wide.h5", "got 16 px in labels_a.h5, 32 px in wide.h5."),
        ("a.h5 --labels weak.h5", "Both weak and strong patches must be labelled"),
        ("a.h5 --labels labels_a.h5 --network net", "network must be one of lcnn, lcnn-paper"),
        ("a.h5 --labels labels_a.h5 --epochs 0", "n_epochs must be at least 1, got 0"),
        ("a.h5 --labels labels_a.h5 --dropout 1", "dropout must be at least 0 and below 1"),
        (
            "a.h5 --labels labels_a.h5 --network resnet18 --dropout 0.1",
            "--dropout would have none with the network resnet18",
        ),
        ("a.h5 --labels labels_a.h5 --from none.safetensors", "none.safetensors"),
        ("a.h5 --labels labels_a.h5 --network vgg16 --from shipped", "must be a 'vgg16' for"),
        ("a.h5 --labels labels_a.h5 --device tpu", "device must be 'auto'"),
    ],
)
def test_what_cannot_be_is_one_sentence_before_the_work(
    train, folder, capsys, monkeypatch, words, expected
):
    label = ["label", "b.h5", "--patch-size", "32", "--output", "wide.h5", "--overwrite", *FRAMES]
    assert main(label) == 0
    weak = ["label", "a.h5", "--weak", "0", "--output", "weak.h5", "--overwrite"]
    assert main(weak) == 0
    capsys.readouterr()
    monkeypatch.setattr("darfix_wb.commands.train.extract", None)
    options = words.split()
    cheap = CHEAP[2:] if "--epochs" in options else CHEAP
    assert main(["train", *cheap, *options, "--output", "out/model.safetensors"]) == 1
    error = capsys.readouterr().err
    assert expected in error
    assert error.count("\n") == 1
    assert not (folder / "out").exists()


def test_defaults_are_those_of_the_task():
    import argparse

    parser = argparse.ArgumentParser()
    add_arguments(parser)
    given = vars(parser.parse_args(["a.h5", "--labels", "l.h5", "--output", "m.safetensors"]))
    of_task = {name: field.default for name, field in Inputs.model_fields.items()}
    assert given["epochs"] == of_task["n_epochs"]
    for name in ("network", "batch_size", "learning_rate", "seed", "device", "initial_model"):
        assert given[name] == of_task[name]
    assert given["dropout"] is None  # filled in by FitOptions
