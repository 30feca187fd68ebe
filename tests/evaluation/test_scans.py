"""Scans with a truth, from the files that hold it."""

import dataclasses
import shutil

import h5py
import numpy
import pytest

from darfix_wb.beam import AMBIGUOUS, UNLABELLED, BeamCondition
from darfix_wb.errors import DarfixWBError
from darfix_wb.evaluation.scans import FRAME_LABELS, Cut, check_scans, open_known_scans, sample_name
from darfix_wb.extraction import extract
from darfix_wb.io.label_files import save_labels
from darfix_wb.io.provenance import Provenance
from darfix_wb.labels import LabelMap
from darfix_wb.simulation import SampleParameters, read_truth

CUT = Cut(16)


@pytest.fixture
def measured_file(tmp_path, make_scan):
    """A scan of 11 frames as BLISS writes it, frames named by their angle."""
    scan = make_scan()
    path = tmp_path / "mine" / "measured.h5"
    path.parent.mkdir()
    names = ["faint", "transition", *["WB"] * 2, *["SB"] * 3, *["WB"] * 3, "faint"]
    with h5py.File(path, "w") as file:
        file["/1.1/instrument/pco_ff/data"] = scan.frames
        file["/1.1/instrument/positioners/phi"] = scan.angles
        file[FRAME_LABELS] = numpy.array(names, dtype="S10")
    return path


@pytest.fixture
def labels_file(measured_file, scan):
    grid = extract(scan, patch_size=16).grid
    labels = LabelMap.unlabelled(11, grid).with_frames({"weak": [1], "strong": [5]})
    path = measured_file.with_name("labels.h5")
    source = f"silx://{measured_file}?/1.1/instrument/pco_ff/data"
    save_labels(path, labels, provenance=Provenance(source=source))
    return path


def test_layers_of_a_simulated_sample(simulated_layers):
    scans = open_known_scans(simulated_layers, CUT)
    assert [scan.layer for scan in scans] == [0, 6]
    assert scans[0].sample == scans[1].sample
    assert scans[0].truth.shape == scans[0].patched.curves.shape == (11, 4, 6)
    assert set(numpy.unique(scans[0].truth)) >= {BeamCondition.WEAK, BeamCondition.STRONG}
    assert scans[0].lines.shape == (64, 96)
    assert scans[0].clear.any()
    assert scans[0].strong_image.shape == (64, 96)
    assert abs(scans[0].rocking_index[5]) <= 2


def test_lines_are_those_that_show_or_in_earlier_files_all_that_are_visible(
    simulated_layers, tmp_path
):
    old = tmp_path / "old.h5"
    shutil.copy(simulated_layers[0], old)
    with h5py.File(old, "r+") as file:
        for name in ("line_map", "shown_lines"):
            del file["truth"][name]
    new, old = (open_known_scans([path], CUT)[0] for path in (simulated_layers[0], old))
    maps = read_truth(simulated_layers[0])
    numpy.testing.assert_array_equal(new.lines, maps.shown_lines)
    numpy.testing.assert_array_equal(new.line_truth.mask, maps.shown_lines)
    numpy.testing.assert_array_equal(old.lines, maps.dislocation_mask)
    assert old.line_truth is None


def test_a_sample_is_all_but_the_layer():
    one = SampleParameters()
    assert sample_name(one) == sample_name(dataclasses.replace(one, layer_z_um=3.0))
    assert sample_name(one) != sample_name(dataclasses.replace(one, tilt_urad=51.0))
    assert sample_name(one).startswith("111 crystal 0")
    assert sample_name(dataclasses.replace(one, material="Si")).startswith("Si 111 crystal 0")


def test_a_sample_is_called_as_by_earlier_versions():
    assert sample_name(SampleParameters(tilt_urad=51.0)) == "111 crystal 0 3294"


def test_frames_named_by_their_angle(measured_file):
    (scan,) = open_known_scans([measured_file], CUT)
    assert scan.sample == "mine"
    assert scan.clear is None
    assert (scan.truth[:, :, 5] == BeamCondition.EMPTY).all()
    assert scan.truth[:, 0, 0].tolist() == [
        *[UNLABELLED, AMBIGUOUS, 0, 0, 1, 1, 1, 0, 0, 0, UNLABELLED]
    ]


def test_labels_of_a_person(labels_file):
    (scan,) = open_known_scans([labels_file], CUT)
    assert scan.known_by == "labels of patches"
    assert scan.labels.counts()["strong"] == 24
    with pytest.raises(DarfixWBError, match="grid of the patches"):
        open_known_scans([labels_file], Cut(32))


def test_a_sample_can_be_named(simulated_layers):
    scans = open_known_scans([f"Al 111={path}" for path in simulated_layers], CUT)
    assert {scan.sample for scan in scans} == {"Al 111"}


def test_a_frame_must_hold_a_patch(measured_file):
    with pytest.raises(DarfixWBError, match="times the frame's shorter side"):
        open_known_scans([measured_file], Cut(128))


def test_a_scan_given_twice_is_refused(simulated_layers):
    with pytest.raises(DarfixWBError, match="Each scan must be given once"):
        open_known_scans([simulated_layers[0], simulated_layers[0]], CUT)


def test_labels_of_frames_given_otherwise_are_the_same_scan(measured_file, labels_file):
    with pytest.raises(DarfixWBError, match="Each scan must be given once"):
        open_known_scans([measured_file, labels_file], CUT)


def test_patches_of_one_size(make_known, make_scan):
    scan = make_known("one")
    coarse = extract(make_scan(seed=5), patch_size=32)
    other = dataclasses.replace(
        scan, patched=dataclasses.replace(coarse, scan=dataclasses.replace(coarse.scan, source="b"))
    )
    with pytest.raises(DarfixWBError, match="one size and stride"):
        check_scans([scan, other])
    with pytest.raises(DarfixWBError, match="at least one scan"):
        check_scans([])


def test_what_holds_no_truth_is_refused(measured_file, tmp_path):
    with pytest.raises(DarfixWBError, match="hold the truth of darfix-wb simulate"):
        open_known_scans([measured_file], Cut(16, frame_labels="/elsewhere"))
    with pytest.raises(DarfixWBError, match="must exist"):
        open_known_scans([tmp_path / "nothing.h5"], CUT)


def test_a_name_for_each_frame(measured_file):
    with h5py.File(measured_file, "a") as file:
        file["names"] = numpy.array([b"WB", b"SB"])
    with pytest.raises(DarfixWBError, match="a name for each of the 11 frames, got 2"):
        open_known_scans([measured_file], Cut(16, frame_labels="names"))


def test_the_peak_of_a_scan(make_known):
    scan = make_known()
    assert scan.rocking_index.tolist() == list(range(-5, 6))


def test_scan_without_signal_has_its_middle_as_peak(make_known):
    scan = make_known()
    dark = dataclasses.replace(scan.patched, curves=numpy.zeros_like(scan.patched.curves))
    assert dataclasses.replace(scan, patched=dark).rocking_index[5] in (-1, 0)


@pytest.mark.slow
def test_the_diamond(real_data):
    path = real_data / "diamond_topographs" / "SA1_diamond_rocking.h5"
    (scan,) = open_known_scans([path], CUT)
    counts = scan.labels.counts()
    assert counts["weak"] == 32 * 48
    assert counts["strong"] == 10 * 48
