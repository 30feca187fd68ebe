"""Folders whose names have a meaning in URLs, patterns and shells."""

from __future__ import annotations

import os

import h5py
import numpy
import pytest

from darfix_wb.cli import main
from darfix_wb.errors import DarfixWBError
from darfix_wb.io.frame_sources import open_scan
from darfix_wb.io.input_files import input_files
from darfix_wb.io.label_files import open_labelled_scan, save_labels
from darfix_wb.io.output import check_output, new_file
from darfix_wb.io.paths import user_path
from darfix_wb.io.provenance import Provenance
from darfix_wb.io.scan_urls import parse_scan_url
from darfix_wb.labels import LabelMap
from darfix_wb.model import BeamModel
from darfix_wb.patches import PatchGrid
from tests.io.test_tiff_scans import write

ODD = ["ma échantillon", "scan#3+50%25", "q?x=1&y", "a[1]b", "a::b", "~tilde", "-dash", "silx:a"]
DATA = "/1.1/instrument/pco_ff/data"


@pytest.fixture(params=ODD)
def odd(request, tmp_path, frames, monkeypatch):
    """Name of a folder, in the current one, with an HDF5 scan and a TIFF scan."""
    folder = tmp_path / request.param
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    with h5py.File(folder / "scan.h5", "w") as file:
        file[DATA] = frames
        file["/1.1/instrument/positioners/mu"] = numpy.arange(6.0)
    for index, frame in enumerate(frames):
        write(folder / f"s_{index}.tif", frame)
    return request.param


def test_scans_open_from_their_name_and_from_their_source(odd, frames, tmp_path):
    for name in (f"{odd}/scan.h5", f"{odd}/scan.h5::{DATA}", f"silx:{odd}/scan.h5?{DATA}"):
        scan = open_scan(name)
        assert (scan.frame(2) == frames[2]).all()
        assert (open_scan(scan.source).frame(2) == frames[2]).all()
        assert [file.path for file in input_files(scan=scan.source)] == [tmp_path / odd / "scan.h5"]
        scan.frames.close()


def test_folders_and_patterns_of_frames(odd, frames, tmp_path):
    (tmp_path / odd / "p?start=1.txt").write_text("0\n1\n2\n3\n4\n5")
    for name in (f"{odd}", f"{odd}/s_*.tif", str(tmp_path / odd / "s_?.tif")):
        for given in ({"start": 0, "step": 1}, {"positions": f"{odd}/p?start=1.txt"}):
            scan = open_scan(open_scan(name, **given).source)
            numpy.testing.assert_array_equal(list(scan.iter_frames()), frames)
            assert scan.angles.tolist() == [0, 1, 2, 3, 4, 5]


def test_labels_find_their_scan_also_where_both_were_moved(odd, frames, tmp_path):
    labels = LabelMap.unlabelled(len(frames), PatchGrid(frames.shape[1:], 8))
    scan = open_scan(f"{odd}/scan.h5")
    path = f"{odd}/labels.h5"
    save_labels(path, labels, provenance=Provenance(source=scan.source))
    assert (open_labelled_scan(path)[0].frame(1) == frames[1]).all()
    os.rename(odd, "moved")
    scan, _ = open_labelled_scan("moved/labels.h5")
    assert (scan.frame(1) == frames[1]).all()


def test_outputs_and_models_are_written_there(odd, tmp_path):
    assert check_output(f"{odd}/out.h5") == tmp_path / odd / "out.h5"
    with new_file(f"{odd}/new/out.txt") as partial:
        partial.write_text("result")
    assert (tmp_path / odd / "new" / "out.txt").exists()
    path = f"{odd}/model.safetensors"
    BeamModel.load().save(path)
    assert BeamModel.load(path).hash == BeamModel.load().hash


def test_missing_files_are_missed_under_their_name(odd, tmp_path):
    with pytest.raises(DarfixWBError) as caught:
        open_scan(f"{odd}/missing.h5")
    assert str(tmp_path / odd / "missing.h5") in str(caught.value)


def test_a_user_that_does_not_exist(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    name = "~no-such-user-here/scan.h5"
    for call in (open_scan, user_path, check_output, BeamModel.load):
        with pytest.raises(DarfixWBError, match="~no-such-user-here is neither"):
            call(name)
    assert main(["classify", name, "--output", "x.h5"]) == 1
    assert "~no-such-user-here" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert user_path("~/scan.h5") == tmp_path / "home" / "scan.h5"
    (tmp_path / "~").mkdir()
    (tmp_path / "~" / "scan.h5").touch()
    assert user_path("~/scan.h5") == tmp_path / "~" / "scan.h5"
    assert user_path("~/other.h5") == tmp_path / "home" / "other.h5"


@pytest.mark.parametrize(
    ("text", "path", "data_path"),
    [
        ("scan.h5", "scan.h5", None),
        ("scan.h5::/1.1/a", "scan.h5", "/1.1/a"),
        ("silx:///d/scan.h5?path=/1.1/a", "/d/scan.h5", "/1.1/a"),
        ("silx:///gone/q?x=1&y/scan.h5?/1.1/a+b%20", "/gone/q?x=1&y/scan.h5", "/1.1/a+b%20"),
        ("silx:///gone/a::b/scan.h5?/1.1/a", "/gone/a::b/scan.h5", "/1.1/a"),
        ("layer_?.edf", "layer_?.edf", None),
        ("scan?/layer_*.edf", "scan?/layer_*.edf", None),
    ],
)
def test_urls_of_files_that_are_not_there(text, path, data_path):
    url = parse_scan_url(text)
    assert (url.path, url.data_path, url.given) == (path, data_path, None)


@pytest.mark.parametrize("part", ["3", "0:20:2", "1:3,4:8"])
def test_parts_of_frames_are_refused(part):
    with pytest.raises(DarfixWBError, match="must take whole frames in a row"):
        open_scan(f"silx:///data/scan.h5?path=/1.1/a&slice={part}")
