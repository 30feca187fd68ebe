"""``darfix-wb classify`` and the dislocations that it finds."""

from __future__ import annotations

import h5py
import numpy
import pytest

from darfix_wb.cli import main
from darfix_wb.detection.detector import LineDetector, shipped_detector_file
from darfix_wb.detection.lines import COLUMNS


@pytest.fixture(scope="module")
def scan_file(simulated_layers):
    return simulated_layers[0]


def classify(scan_file, tmp_path, *options):
    output = tmp_path / "images.h5"
    code = main(["classify", str(scan_file), "--output", str(output), "--angle-rule", *options])
    return code, output


def test_the_file_opens_with_the_dislocation_image(scan_file, tmp_path, capsys):
    code, output = classify(scan_file, tmp_path)
    assert code == 0
    assert "dislocation line" in capsys.readouterr().out
    with h5py.File(output) as file:
        process = file["/entry/integration"]
        assert process.attrs["default"] == "overview"
        assert "Dislocation image" in process["overview/title"].asstr()[()]
        for name in ("", "_low", "_high"):
            picture = process[f"dislocation_image{name}"]
            signal = picture[picture.attrs["signal"]]
            assert signal.shape == (64, 96)
            assert signal.attrs["units"] == "sigma"
        table = process["lines"]
        assert table["detector_hash"].asstr()[()] == LineDetector.load().hash
        lengths = {table[name].shape for name in COLUMNS}
        assert len(lengths) == 1
        assert table["length"].attrs["units"] == "px"
        assert table["index_map"][()].max() == table["row"].shape[0] - 1
        probability = process["line_probability/line_probability"][()]
        assert numpy.nanmax(probability) <= 1


def test_a_higher_threshold_keeps_the_surer_lines(scan_file, tmp_path):
    scores = []
    for threshold in ("0.05", "0.6"):
        _, output = classify(scan_file, tmp_path, "--line-threshold", threshold, "--overwrite")
        with h5py.File(output) as file:
            scores.append(file["/entry/integration/lines/score"][()])
    assert (scores[0] >= 0.05).all()
    assert (scores[1] >= 0.6).all()
    assert len(scores[0]) > len(scores[1])


def test_lines_can_be_left_out(scan_file, tmp_path, capsys):
    code, output = classify(scan_file, tmp_path, "--no-lines")
    assert code == 0
    assert "dislocation" not in capsys.readouterr().out
    with h5py.File(output) as file:
        assert "lines" not in file["/entry/integration"]
        assert "Weak beam" in file["/entry/integration/overview/title"].asstr()[()]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--line-threshold", "1.5"], "line_threshold must be a probability"),
        (["--no-lines", "--line-threshold", "0.7"], "--line-threshold would have none"),
        (["--no-lines", "--detector", "x.safetensors"], "--detector would have none"),
        (["--detector", "none.safetensors"], "The detector file must exist"),
    ],
)
def test_what_cannot_be_is_refused(scan_file, tmp_path, capsys, options, sentence):
    code, output = classify(scan_file, tmp_path, *options)
    assert code != 0
    assert sentence in capsys.readouterr().err
    assert not output.exists()


def test_the_detector_is_never_replaced(scan_file, tmp_path, capsys):
    detector = tmp_path / "lines.safetensors"
    detector.write_bytes(shipped_detector_file().read_bytes())
    output = tmp_path / "lines.h5"
    output.hardlink_to(detector)
    arguments = ["classify", str(scan_file), "--angle-rule", "--detector", str(detector)]
    assert main([*arguments, "--output", str(output), "--overwrite"]) != 0
    assert "detector" in capsys.readouterr().err
    assert LineDetector.load(detector).hash == LineDetector.load().hash
