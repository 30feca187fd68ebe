"""The whole demo, small: from simulated frames to pictures, files and the tables."""

from __future__ import annotations

import re

import h5py
import numpy
import pytest

from darfix_wb.demo.__main__ import main
from darfix_wb.demo.pictures import PICTURES
from darfix_wb.demo.volume_pictures import VOLUME_PICTURES
from darfix_wb.demo.volume_report import VOLUME_COLUMNS
from darfix_wb.io.classification_files import read_classification
from darfix_wb.io.label_files import load_labels
from darfix_wb.model import BeamModel

METHODS = (
    "majority",
    "frame-threshold",
    "angle-rule",
    "lcnn-paper",
    "lcnn, frames alone",
    "lcnn",
)


def arguments_for(folder):
    small = ["--shape", "192", "256", "--epochs", "6", "--layers", "3"]
    return ["--output", str(folder), *small]


def scans_in(folder):
    files = [*folder.glob("layer_*.h5"), folder / "volume_scans.h5"]
    return {path: path.stat().st_mtime_ns for path in files}


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The folder that the demo filled."""
    folder = tmp_path_factory.mktemp("demo")
    assert main(arguments_for(folder)) == 0
    return folder


@pytest.mark.slow
def test_pictures_and_report(demo):
    report = (demo / "report.html").read_text()
    for name in (*PICTURES, *VOLUME_PICTURES):
        assert (demo / name).read_bytes().startswith(b"\x89PNG")
        assert f'src="{name}"' in report
    for method in METHODS:
        assert f"<td>{method}</td>" in report
    for heading in VOLUME_COLUMNS:
        assert f"<th>{heading}</th>" in report
    assert "3 layers of another simulated crystal" in report


@pytest.mark.slow
def test_files(demo):
    labels = load_labels(demo / "labels.h5")
    assert labels.counts()["weak"] > 0
    assert labels.counts()["strong"] > 0
    assert int(labels.trainable.any(axis=(1, 2)).sum()) == 6
    beam_map = read_classification(demo / "weak_beam.h5")
    assert beam_map.model_hash == BeamModel.load(demo / "lcnn.safetensors").hash
    with h5py.File(demo / "weak_beam.h5") as file:
        weak = file["/entry/integration/weak_beam/weak_beam"][()]
    assert weak.shape == (192, 256)
    assert numpy.isfinite(weak).any()


@pytest.mark.slow
def test_the_second_time_scans_are_there_and_networks_beat_guessing(demo, capsys):
    scans = scans_in(demo)
    assert len(scans) == 3
    assert main(arguments_for(demo)) == 0
    assert scans == scans_in(demo)
    table = capsys.readouterr().out
    scores = dict(re.findall(r"^(\S+(?:, \S+)?)\s+(\d+\.\d)", table, flags=re.MULTILINE))
    assert float(scores["majority"]) == 50.0
    assert float(scores["lcnn"]) > 80.0
    assert "3 layers of another simulated crystal" in table


def test_a_volume_of_one_layer_is_refused_at_once(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["--output", str(tmp_path / "demo"), "--layers", "1"])
    assert "invalid choice: 1" in capsys.readouterr().err
    assert not (tmp_path / "demo").exists()
