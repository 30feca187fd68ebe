"""``darfix-wb check``, as a user calls it."""

from __future__ import annotations

import json

import h5py
import numpy
import pytest

from darfix_wb.cli import main


@pytest.fixture(scope="module")
def write(tmp_path_factory, make_scan):
    """Writes the frames of a scan, changed, as BLISS does."""
    scan = make_scan(shape=(96, 128), n_steps=31, seed=3)

    def write(change=lambda frames: frames):
        path = tmp_path_factory.mktemp("scans") / "scan.h5"
        with h5py.File(path, "w") as file:
            file["/1.1/instrument/pco_ff/data"] = change(scan.frames)
            file["/1.1/instrument/positioners/phi"] = scan.angles
            file["/1.1/instrument/positioners/phi"].attrs["units"] = "degree"
        return path

    return write


def test_a_right_scan(write, capsys):
    assert main(["check", str(write()), "--device", "cpu"]) == 0
    *lines, following = capsys.readouterr().out.splitlines()
    assert following.startswith("Next: darfix-wb classify ")
    assert len(lines) == 13
    assert all(line.startswith("ok    ") for line in lines), lines
    assert lines[0].split()[1] == "frames"
    assert "on disk in 1 file" in lines[0]
    assert lines[-2].split()[1] == "classification"
    assert lines[-1] == "ok    Nothing stands against a classification."


def test_something_to_look_at_is_no_failure(write, capsys):
    path = write(lambda frames: numpy.minimum(8 * frames, 4895))
    assert main(["check", str(path), "--device", "cpu"]) == 0
    lines = capsys.readouterr().out.splitlines()
    found = "saturation, classification."
    assert lines[-2] == f"look  Look at these before the result is trusted: {found}"


def test_a_scan_that_must_be_mended_is_a_failure(write, capsys):
    path = write(lambda frames: (frames.astype(int) - 100).astype("uint16"))
    assert main(["check", str(path), "--device", "cpu"]) == 1
    captured = capsys.readouterr()
    assert captured.out.splitlines()[-1].startswith("stop  Correct these first")
    assert captured.err == ""


def test_files_and_json(write, tmp_path, capsys):
    path, page, text = str(write()), tmp_path / "page.png", tmp_path / "report.json"
    options = ["--device", "cpu", "--report", str(page), "--json", str(text)]
    assert main(["check", path, *options]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-3:-1] == [f"Written to {text}", f"Written to {page}"]
    assert page.read_bytes().startswith(b"\x89PNG")
    report = json.loads(text.read_text(encoding="utf-8"))
    assert report["verdict"] == "ok"
    assert report["source"].endswith("/1.1/instrument/pco_ff/data")
    assert main(["check", path, *options]) == 1
    assert "must be a new file" in capsys.readouterr().err
    assert main(["check", path, *options, "--overwrite"]) == 0
    capsys.readouterr()
    assert main(["check", path, "--device", "cpu", "--json", "-"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [one["topic"] for one in printed["findings"]] == [
        one["topic"] for one in report["findings"]
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--report", "page.gif"], "must end in .png, .pdf, .svg or .json"),
        (["--motor", "omega"], "omega"),
        (["--data-path", "/1.1/nothing"], "must have the data set '/1.1/nothing'"),
    ],
)
def test_what_cannot_be_checked(write, tmp_path, monkeypatch, capsys, options, expected):
    monkeypatch.chdir(tmp_path)
    assert main(["check", str(write()), *options]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert expected in captured.err
    assert len(captured.err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_missing(tmp_path, capsys):
    assert main(["check", str(tmp_path / "none.h5")]) == 1
    assert "must exist" in capsys.readouterr().err
