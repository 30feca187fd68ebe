"""Results as NeXus files: they open as pictures and come back as they were."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from pathlib import Path

import h5py
import numpy
import pytest
from silx.io.nxdata import get_default

from darfix_wb import __version__
from darfix_wb.beam import BeamMap, ClassificationRecord
from darfix_wb.errors import DarfixWBError
from darfix_wb.integration import BeamImages
from darfix_wb.integration.files import PICTURES, save_beam_file, write_integration
from darfix_wb.io.classification_files import read_classification, write_classification
from darfix_wb.io.label_files import load_labels, open_labelled_scan, save_labels
from darfix_wb.io.nexus import Axis, picture, write_process
from darfix_wb.io.output import new_hdf5
from darfix_wb.io.provenance import Provenance
from darfix_wb.labels import LabelMap
from darfix_wb.patches import PatchGrid
from darfix_wb.scan import RockingScan

GRID = PatchGrid((40, 30), 16, 8)
RNG = numpy.random.default_rng(5)


@pytest.fixture
def scan():
    frames = RNG.integers(90, 900, (5, 40, 30), dtype=numpy.uint16)
    return RockingScan(
        frames, numpy.linspace(0, 0.4, 5), "mu", "degree", source="silx:///scan.h5?/1.1/data"
    )


@pytest.fixture
def beam_map():
    probabilities = RNG.random((5, *GRID.shape, 3), dtype=numpy.float32)
    return BeamMap(
        probabilities / probabilities.sum(axis=-1, keepdims=True), GRID, "abc123", "lcnn"
    )


@pytest.fixture
def images():
    values = RNG.random((6, 40, 30), dtype=numpy.float32)
    values[0, 0, 0] = numpy.nan
    return BeamImages(*values, values[0] > 0.5, "default", 5.0, invalid=numpy.isnan(values[0]))


@pytest.fixture
def labels():
    values = RNG.choice([0, 1, 2, 3, 255], (5, *GRID.shape)).astype("uint8")
    return LabelMap(values, GRID)


def contents(path):
    """Every item of a file with its type, values and attributes."""
    found = {}

    def note(name, item):
        value = item[()] if isinstance(item, h5py.Dataset) else None
        kind = getattr(item, "dtype", "group")
        attributes = {key: numpy.array(value).tolist() for key, value in item.attrs.items()}
        found[name] = (str(kind), numpy.array(value).tolist(), attributes)

    with h5py.File(path) as file:
        note("/", file)
        file.visititems(note)
    return found


def test_labels_come_back(tmp_path, labels):
    path = save_labels(tmp_path / "labels.h5", labels, provenance=Provenance(source="silx:///a.h5"))
    again = load_labels(path)
    numpy.testing.assert_array_equal(again.values, labels.values)
    assert again.values.dtype == numpy.uint8
    assert again.grid == GRID
    with h5py.File(path) as file:
        group = file["entry/labels"]
        assert group.attrs["format_version"] == 1
        assert {name: group["classes"][name][()] for name in group["classes"]} == {
            "weak": 0,
            "strong": 1,
            "empty": 2,
            "ambiguous": 3,
            "unlabelled": 255,
        }
        assert Provenance.from_nexus(group).source == "silx:///a.h5"
        shown = get_default(file)
        numpy.testing.assert_array_equal(shown.signal[()], labels.values)


def test_labels_lead_to_their_frames(tmp_path, write_bliss, labels):
    stack = RNG.integers(0, 99, (5, 40, 30), dtype=numpy.uint16)
    data = write_bliss(stack, {"mu": numpy.arange(5.0)})
    provenance = Provenance(source=f"silx://{data}?/1.1/instrument/pco_ff/data")
    path = save_labels(tmp_path / "labels.h5", labels, provenance=provenance)
    scan, again = open_labelled_scan(path)
    numpy.testing.assert_array_equal(scan.frame(4), stack[4])
    assert again.hash == labels.hash
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    path, _ = path.rename(elsewhere / "labels.h5"), data.rename(elsewhere / "scan.h5")
    numpy.testing.assert_array_equal(open_labelled_scan(path)[0].frame(3), stack[3])


def test_labels_without_a_source_cannot_be_trained_on(tmp_path, labels):
    path = save_labels(tmp_path / "labels.h5", labels)
    with pytest.raises(DarfixWBError, match="must say where its frames are"):
        open_labelled_scan(path)


def test_labels_are_not_overwritten(tmp_path, labels):
    path = save_labels(tmp_path / "labels.h5", labels)
    with pytest.raises(DarfixWBError, match="exists"):
        save_labels(path, labels)
    save_labels(path, LabelMap.unlabelled(5, GRID), overwrite=True)
    assert load_labels(path).counts()["unlabelled"] == labels.values.size


def test_files_that_hold_no_labels(tmp_path, write_bliss, frames):
    with pytest.raises(DarfixWBError, match="must hold the labels of darfix-wb"):
        load_labels(write_bliss(frames, {}))
    with pytest.raises(DarfixWBError, match="must exist"):
        load_labels(tmp_path / "none.h5")
    (tmp_path / "labels.h5").write_text("0 1 2")
    with pytest.raises(DarfixWBError, match="must be an HDF5 file"):
        load_labels(tmp_path / "labels.h5")


@pytest.mark.parametrize("item", ["values", "grid", "grid/stride"])
def test_labels_of_which_a_part_is_missing(tmp_path, labels, item):
    path = save_labels(tmp_path / "labels.h5", labels)
    with h5py.File(path, "a") as file:
        del file["entry/labels"][item]
    with pytest.raises(DarfixWBError, match="is damaged"):
        load_labels(path)


def test_labels_of_a_newer_format(tmp_path, labels):
    path = save_labels(tmp_path / "labels.h5", labels)
    with h5py.File(path, "a") as file:
        file["entry/labels"].attrs["format_version"] = 2
    with pytest.raises(DarfixWBError, match=r"1 or older, got 2\. .* newer darfix-wb"):
        load_labels(path)


def test_classification_comes_back(tmp_path, beam_map, scan):
    path = tmp_path / "maps.h5"
    with new_hdf5(path) as file:
        write_classification(file, beam_map, scan)
    again = read_classification(path)
    numpy.testing.assert_array_equal(again.probabilities, beam_map.probabilities)
    assert again.probabilities.dtype == numpy.float32
    assert (again.grid, again.model_hash, again.method) == (GRID, "abc123", "lcnn")
    assert (again.warnings, again.thresholds) == ((), None)
    with h5py.File(path) as file:
        assert not {"thresholds", "ambiguous"} & set(file["entry/classification"])
        shown = get_default(file)
        numpy.testing.assert_array_equal(shown.signal[()], beam_map.condition())
        numpy.testing.assert_array_equal(shown.axes[0][()], scan.angles)
        assert shown.axes[0].attrs["units"] == "degree"
        assert shown.axes_names[0] == "mu (degree)"
        assert Provenance.from_nexus(file["entry/classification"]).source == scan.source
        numpy.testing.assert_array_equal(file["entry/classification/curves"], scan.curves)
        shown = get_default(file["entry/classification/probabilities"])
        numpy.testing.assert_array_equal(shown.signal[()], beam_map.probabilities)


WARNINGS = ("The scan must be lit, it is dark. Open the shutter.", "100 µm: ähnelt nichts.")


def test_warnings_and_ambiguous_patches_come_back(tmp_path, beam_map, images, scan):
    given = dataclasses.replace(beam_map, warnings=WARNINGS, thresholds=(0.7, 0.1 + 0.2))
    path = tmp_path / "maps.h5"
    save_beam_file(path, given, images, scan, Provenance(source=scan.source))
    again = read_classification(path)
    assert (again.warnings, again.thresholds) == (WARNINGS, (0.7, 0.1 + 0.2))
    numpy.testing.assert_array_equal(again.condition(None), given.condition(None))
    with h5py.File(path) as file:
        shown = get_default(file["entry/classification/ambiguous"])
        assert 0 < shown.signal[()].mean() < 1
        numpy.testing.assert_array_equal(shown.signal[()], given.ambiguous)
        numpy.testing.assert_array_equal(
            get_default(file["entry/classification"]).signal[()], given.condition()
        )


def test_a_classification_from_before_warnings_and_thresholds(tmp_path, beam_map, scan):
    path = tmp_path / "maps.h5"
    with new_hdf5(path) as file:
        del write_classification(file, beam_map, scan)["warnings"]
    again = read_classification(path)
    assert (again.warnings, again.thresholds, again.record) == ((), None, None)


@pytest.mark.parametrize(
    "record",
    [
        ClassificationRecord(99.75, "estimated", 3.25, "mu", True, "cuda:0 (NVIDIA H200)"),
        ClassificationRecord("an image of mean 99 counts (SHA-256 ab)", "dark images", 3.0, ""),
    ],
)
def test_what_a_classification_was_made_with_comes_back(tmp_path, beam_map, scan, record):
    path = tmp_path / "maps.h5"
    given = dataclasses.replace(beam_map, record=record)
    with new_hdf5(path) as file:
        write_classification(file, given, scan)
    again = read_classification(path)
    assert again.record == record
    assert again.parameters == given.parameters
    assert (again.parameters["stride"], again.parameters["dark"]) == (8, record.dark)


def test_a_damaged_record_is_refused(tmp_path, beam_map, scan):
    path = tmp_path / "maps.h5"
    given = dataclasses.replace(beam_map, record=ClassificationRecord(99.0, "given", 3.0, "mu"))
    with new_hdf5(path) as file:
        del write_classification(file, given, scan)["record/dark"]
    with pytest.raises(DarfixWBError, match="is damaged"):
        read_classification(path)


def test_thresholds_of_another_number_are_refused(tmp_path, beam_map, scan):
    path = tmp_path / "maps.h5"
    with new_hdf5(path) as file:
        write_classification(file, beam_map, scan)["thresholds"] = [0.5, 0.5, 0.5]
    with pytest.raises(DarfixWBError, match="is damaged"):
        read_classification(path)


def test_a_classification_of_another_scan(tmp_path, beam_map, scan):
    other = RockingScan(scan.frames[:3], scan.angles[:3])
    with h5py.File(tmp_path / "maps.h5", "w") as file:
        with pytest.raises(DarfixWBError, match="must have the 3 frames of its scan, got 5"):
            write_classification(file, beam_map, other)
        assert list(file) == []


def test_a_file_without_classification(tmp_path, images, scan):
    path = tmp_path / "maps.h5"
    with new_hdf5(path) as file:
        write_integration(file, images, scan)
    with pytest.raises(DarfixWBError, match="must hold the classification of darfix-wb"):
        read_classification(path)


def test_integration_opens_as_an_overview_of_the_weak_beam_image(tmp_path, beam_map, images, scan):
    path = tmp_path / "maps.h5"
    axes = (
        Axis("y", 0.1 * numpy.arange(40), "um", "row position"),
        Axis("x", 0.2 * numpy.arange(30), "um", "column position"),
    )
    save_beam_file(path, beam_map, images, scan, Provenance(source=scan.source), axes=axes)
    with h5py.File(path) as file:
        shown = get_default(file)
        assert shown.interpretation == "image"
        assert shown.signal.name == "/entry/integration/overview/brightness"
        numpy.testing.assert_array_equal(shown.axes[0][()], -axes[0].values)
        numpy.testing.assert_array_equal(shown.axes[1][()], axes[1].values)
        assert shown.axes_names == ["- row position (um)", "column position (um)"]
        group = file["entry/integration"]
        for name, attribute, title, _ in PICTURES:
            nxdata = get_default(group[name])
            assert nxdata is not None, name
            assert nxdata.title == title
            numpy.testing.assert_array_equal(nxdata.signal[()], getattr(images, attribute))
    numpy.testing.assert_array_equal(
        read_classification(path).probabilities, beam_map.probabilities
    )


def test_axes_are_pixels_where_nothing_else_is_known(tmp_path, images, scan):
    with h5py.File(tmp_path / "maps.h5", "w") as file:
        write_integration(file, images, scan)
        shown = get_default(file)
        assert [axis.attrs["units"] for axis in shown.axes] == ["px", "px"]


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32", "float32", "float64", bool])
def test_pictures_of_every_dtype(tmp_path, dtype):
    values = RNG.integers(0, 2, (9, 7)).astype(dtype)
    with h5py.File(tmp_path / "maps.h5", "w") as file:
        write_process(file, "test", {"map": picture("map", values, unit="counts")}, "map")
        shown = get_default(file)
        assert shown.signal.dtype == (numpy.uint8 if dtype is bool else dtype)
        numpy.testing.assert_array_equal(shown.signal[()], values)
        assert file.attrs["NX_class"] == "NXroot"
        assert file["entry"].attrs["NX_class"] == "NXentry"
        assert file["entry/test"].attrs["NX_class"] == "NXprocess"


def test_the_later_process_is_shown_first(tmp_path):
    with h5py.File(tmp_path / "maps.h5", "w") as file:
        for name in ("first", "second"):
            write_process(file, name, {name: picture(name, numpy.eye(4))}, name)
        assert get_default(file).signal_name == "second"
        assert "first" in file["entry"]


def test_identical_runs_give_identical_files(tmp_path, beam_map, images, scan, labels):
    def run(folder, date):
        provenance = Provenance(
            {"mode": "default", "threshold": 5.0}, scan.source, "abc123", 7, "cpu", date=date
        )
        save_beam_file(folder / "maps.h5", beam_map, images, scan, provenance)
        save_labels(folder / "labels.h5", labels, provenance=provenance)
        return folder

    for name in "abc":
        (tmp_path / name).mkdir()
    first = run(tmp_path / "a", "2025-01-01T00:00:00+00:00")
    second = run(tmp_path / "b", "2025-01-01T00:00:00+00:00")
    later = run(tmp_path / "c", "2026-02-02T02:02:02+00:00")
    for name in ("maps.h5", "labels.h5"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
        before, after = contents(first / name), contents(later / name)
        differing = {item for item in before if repr(before[item]) != repr(after[item])}
        assert before.keys() == after.keys()
        assert differing
        assert {Path(item).name for item in differing} == {"date"}


def test_provenance_comes_back(tmp_path):
    provenance = Provenance(
        parameters={"a": numpy.float32(0.5), "b": [1, 2], "c": Path("x.h5"), "d": numpy.eye(2)},
        source="silx:///data/µ.h5?/1.1",
        model_hash="ff00",
        seed=3,
        device="NVIDIA H200",
    )
    with h5py.File(tmp_path / "maps.h5", "w") as file:
        content = {**provenance.to_nexus(), "map": picture("map", numpy.eye(3))}
        again = Provenance.from_nexus(write_process(file, "test", content, "map"))
    plain = {"a": 0.5, "b": [1, 2], "c": "x.h5", "d": [[1.0, 0.0], [0.0, 1.0]]}
    assert again.parameters == plain
    for name in ("source", "model_hash", "seed", "device", "date", "program"):
        assert getattr(again, name) == getattr(provenance, name)
    assert again.version == __version__
    assert datetime.fromisoformat(again.date).utcoffset() == timedelta(0)


def test_provenance_refuses_what_json_cannot_hold():
    with pytest.raises(DarfixWBError, match=r"plain values .*\(object is not one\)"):
        Provenance({"a": object()}).to_nexus()


def test_a_group_without_provenance(tmp_path):
    with h5py.File(tmp_path / "maps.h5", "w") as file, pytest.raises(DarfixWBError, match="come"):
        Provenance.from_nexus(file.create_group("entry"))
