"""Which files stand behind an input, and that none of them is replaced, by whatever name."""

from __future__ import annotations

import os

import fabio.edfimage
import h5py
import numpy
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.io.frame_sources import open_scan
from darfix_wb.io.hdf5_links import linked_files
from darfix_wb.io.input_files import input_files
from darfix_wb.io.label_files import open_labelled_scan, save_labels
from darfix_wb.io.output import InputFile, check_output, new_file
from darfix_wb.io.provenance import Provenance
from darfix_wb.labels import LabelMap
from darfix_wb.patches import PatchGrid

DATA = "/1.1/instrument/pco_ff/data"


@pytest.fixture
def scan_file(write_bliss, frames):
    return write_bliss(frames, {"phi": numpy.linspace(-1, 1, len(frames))})


def _file(path, frames, name="entry/data"):
    path.parent.mkdir(exist_ok=True)
    with h5py.File(path, "w") as file:
        file[name] = frames
    return path


def _same(scan_file):
    return scan_file


def _relative(scan_file):
    os.chdir(scan_file.parent)
    return os.path.join("..", scan_file.parent.name, scan_file.name)


def _symlink(scan_file):
    link = scan_file.with_name("result.h5")
    link.symlink_to(scan_file)
    return link


def _linked_folder(scan_file):
    folder = scan_file.parent / "folder"
    folder.symlink_to(scan_file.parent)
    return folder / scan_file.name


def _hard_link(scan_file):
    link = scan_file.with_name("result.h5")
    link.hardlink_to(scan_file)
    return link


@pytest.mark.parametrize("name", [_same, _relative, _symlink, _linked_folder, _hard_link])
def test_every_name_of_an_input_is_refused(scan_file, name, monkeypatch):
    monkeypatch.chdir(scan_file.parent)
    inputs = input_files(scan=f"silx:{scan_file}?{DATA}")
    before, path = scan_file.read_bytes(), name(scan_file)
    with pytest.raises(DarfixWBError, match=r"a file that the run reads, got .*, which is the sca"):
        check_output(path, overwrite=True, inputs=inputs)
    with (
        pytest.raises(DarfixWBError, match="Choose another name"),
        new_file(path, overwrite=True, inputs=inputs),
    ):
        raise AssertionError("the work must not begin")
    assert scan_file.read_bytes() == before


def test_another_file_is_no_input(scan_file, tmp_path):
    inputs = input_files(scan=scan_file)
    other = tmp_path / "other.h5"
    other.write_text("old")
    with new_file(other, overwrite=True, inputs=inputs) as partial:
        partial.write_text("new")
    assert other.read_text() == "new"


def test_an_output_that_becomes_an_input_meanwhile(scan_file, tmp_path):
    path, before = tmp_path / "result.h5", scan_file.read_bytes()

    def write() -> None:
        with new_file(path, overwrite=True, inputs=input_files(scan=scan_file)) as partial:
            partial.write_text("result")
            path.hardlink_to(scan_file)

    with pytest.raises(DarfixWBError, match="which is the scan"):
        write()
    assert path.read_bytes() == scan_file.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == [path, scan_file]


def test_an_input_that_is_not_there_yet(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    inputs = input_files(scan=tmp_path / "crystal_0.h5")
    with pytest.raises(DarfixWBError, match="which is the scan"):
        check_output("crystal_0.h5", inputs=inputs)


def test_external_links_are_followed_from_file_to_file(scan_file, frames, tmp_path):
    far = _file(tmp_path / "deep" / "far.h5", frames)
    near = tmp_path / "deep" / "near.h5"
    with h5py.File(near, "w") as file:
        file["entry/data"] = h5py.ExternalLink("far.h5", "/entry/data")
    with h5py.File(scan_file, "a") as file:
        del file[DATA]
        file["/1.1/instrument/pco_ff/raw"] = h5py.ExternalLink("deep/near.h5", "/entry/data")
        file[DATA] = h5py.SoftLink("raw")
    scan = open_scan(scan_file)
    assert (scan.frame(2) == frames[2]).all()
    scan.frames.close()
    assert linked_files(scan_file, data_path=DATA) == [far, near]
    assert input_files(scan=scan.source) == (
        InputFile(scan_file, "is the scan"),
        InputFile(far, "belongs to the scan"),
        InputFile(near, "belongs to the scan"),
    )


def test_the_sources_of_virtual_data_are_followed(scan_file, frames, tmp_path):
    far = _file(tmp_path / "far.h5", frames)
    part = tmp_path / "lima" / "part.h5"
    part.parent.mkdir()
    with h5py.File(part, "w") as file:
        file["entry/data"] = h5py.ExternalLink("../far.h5", "/entry/data")
    layout = h5py.VirtualLayout(frames.shape, frames.dtype)
    layout[:] = h5py.VirtualSource("lima/part.h5", "entry/data", frames.shape)
    with h5py.File(scan_file, "a") as file:
        del file[DATA]
        file.create_virtual_dataset(DATA, layout)
    scan = open_scan(scan_file)
    assert (scan.frame(2) == frames[2]).all()
    scan.frames.close()
    found = [os.path.realpath(file) for file in linked_files(scan_file, data_path=DATA)]
    assert sorted(found) == sorted(map(str, (far, part)))


def test_raw_bytes_outside_of_the_file_belong_to_it(tmp_path, frames):
    raw, path = tmp_path / "frames.raw", tmp_path / "scan.h5"
    raw.write_bytes(frames.tobytes())
    with h5py.File(path, "w") as file:
        where = [(str(raw), 0, frames.nbytes)]
        file.create_dataset(DATA, frames.shape, frames.dtype, external=where)
    assert linked_files(path, data_path=DATA) == [raw]


def test_an_entry_that_is_itself_a_link(scan_file, tmp_path):
    path = tmp_path / "proposal.h5"
    with h5py.File(path, "w") as file:
        file["1.1"] = h5py.ExternalLink("scan.h5", "/1.1")
        file["2.1"] = h5py.ExternalLink("missing.h5", "/2.1")
    assert linked_files(path, data_path=DATA) == linked_files(path) == [scan_file]


def test_only_the_entry_of_the_scan_counts(scan_file, frames, tmp_path):
    other = _file(tmp_path / "other.h5", frames)
    with h5py.File(scan_file, "a") as file:
        file["2.1/data"] = h5py.ExternalLink("other.h5", "/entry/data")
    assert linked_files(scan_file, data_path=DATA) == []
    assert linked_files(scan_file) == [other]


def test_links_in_circles_end(tmp_path):
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w") as file:
        file["1.1/a"] = h5py.SoftLink("/1.1/b")
        file["1.1/b"] = h5py.SoftLink("/1.1/a")
        file["1.1/up"] = h5py.SoftLink("/1.1")
        file["1.1/self"] = h5py.ExternalLink("scan.h5", "/1.1")
    assert linked_files(path, data_path=DATA) == [path]


@pytest.mark.parametrize("content", [b"", b"no HDF5 at all"])
def test_a_file_that_is_no_hdf5_stands_for_itself(tmp_path, content):
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    assert input_files(initial_model=path) == (InputFile(path, "is the initial model"),)
    assert input_files(model=None, scan="", labels=[]) == ()


def test_all_edf_files_of_a_folder_or_pattern(tmp_path):
    paths = [tmp_path / f"frame_{number}.edf" for number in (2, 10)]
    for path in paths:
        fabio.edfimage.EdfImage(data=numpy.ones((4, 4), "uint16")).write(str(path))
    for source in (tmp_path, tmp_path / "frame_*.edf"):
        inputs = input_files(scan=source)
        assert inputs == tuple(InputFile(path, "belongs to the scan") for path in paths)
        with pytest.raises(DarfixWBError, match="which belongs to the scan"):
            check_output(paths[1], overwrite=True, inputs=inputs)


def test_a_labels_file_stands_for_its_scan_too(scan_file, frames, tmp_path):
    labels = LabelMap.unlabelled(len(frames), PatchGrid(frames.shape[1:], 8))
    path = tmp_path / "labels.h5"
    save_labels(path, labels, provenance=Provenance(source=f"silx:{scan_file}?{DATA}"))
    files = [file.path for file in input_files(labels=[path])]
    assert files == [path, scan_file]
    moved = tmp_path / "moved"
    moved.mkdir()
    files = [file.rename(moved / file.name) for file in files]
    assert [file.path for file in input_files(labels=files[0])] == files
    scan, _ = open_labelled_scan(files[0])
    assert (scan.frame(1) == frames[1]).all()
