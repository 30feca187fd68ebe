"""Which scan of an HDF5 file, which frames, and where its motors are."""

from __future__ import annotations

import h5py
import numpy
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.io.frame_sources import open_scan

MU = numpy.linspace(0.3, 0.35, 6)
DATA = "instrument/pco_ff/data"


@pytest.fixture
def master(write_bliss, frames):
    """An alignment scan without frames, darks, the rocking scan, and a scan of the beam current."""
    path = write_bliss(frames, {"mu": 0.3 + 1e-6 * numpy.arange(6) % 3}, entry="2.1")
    write_bliss(frames, {"mu": MU, "chi": 1.0}, entry="3.1")
    titles = {"1.1": "ascan mu 0 1 4 1", "2.1": "loopscan 6 1", "3.1": "fscan mu 0.3 0.01 6 1"}
    with h5py.File(path, "a") as file:
        file["1.1/instrument/positioners/mu"] = MU
        file["3.2/measurement/current"] = MU
        for entry, title in titles.items():
            file[f"{entry}/title"] = title
    return path


@pytest.mark.parametrize(
    "data_path",
    [None, "3.1", "/3.1", "/3.1/", "3.1/instrument", "3.1/instrument/pco_ff", f"/3.1/{DATA}"],
)
def test_the_scan_that_moves_a_motor(master, data_path):
    scan = open_scan(master, data_path=data_path)
    assert scan.source.endswith(f"?/3.1/{DATA}")
    assert (scan.motor, scan.warnings) == ("mu", ())


def test_a_scan_in_a_url(master):
    for url in (f"{master}::/3.1", f"silx://{master}?/3.1", f"silx://{master}?path=/3.1"):
        assert open_scan(url).source.endswith(f"?/3.1/{DATA}")


def test_scans_that_are_no_candidates(master):
    with pytest.raises(DarfixWBError, match="title is that of a scan which moves none"):
        open_scan(master, data_path="2.1")
    with pytest.raises(DarfixWBError, match=r"none in /1.1. Choose one of /2.1/.*; /3.1/"):
        open_scan(master, data_path="1.1")
    with pytest.raises(DarfixWBError, match=r"must have the data set '/9\.1'"):
        open_scan(master, data_path="9.1")


def test_several_scans_that_move_a_motor(master, write_bliss, frames):
    write_bliss(frames + 1, {"phi": MU}, entry="4.1")
    message = rf"/3.1/{DATA} \(fscan mu 0.3 0.01 6 1\) of 6 x 12 x 10; /4.1/{DATA} of .*e.g. /3.1"
    with pytest.raises(DarfixWBError, match=message):
        open_scan(master)
    scan = open_scan(master, data_path="4.1")
    assert scan.motor == "phi"
    numpy.testing.assert_array_equal(scan.frame(0), frames[0] + 1)


def test_no_scan_moves_a_motor(write_bliss, frames):
    path = write_bliss(frames, {"mu": 0.3})
    with pytest.raises(DarfixWBError, match="none was recorded"):
        open_scan(path)
    write_bliss(frames, {"mu": 0.3}, entry="2.1")
    with pytest.raises(DarfixWBError, match=r"has /1.1/.*; /2.1/.*Give one of them"):
        open_scan(path)


def test_the_detector_with_more_pixels_than_a_webcam(write_bliss, frames):
    path = write_bliss(frames, {"mu": MU})
    write_bliss(frames[:, :4, :5], {}, detector="basler_view/data")
    assert open_scan(path).frame_shape == (12, 10)
    assert open_scan(path, data_path="1.1/instrument/basler_view").frame_shape == (4, 5)
    write_bliss(frames[:, :11], {}, detector="basler_ff/image")
    with pytest.raises(DarfixWBError, match=r"basler_ff/image .*basler_view/data.*pco_ff/data"):
        open_scan(path)


def test_frames_that_are_linked_count_once(write_bliss, frames):
    path = write_bliss(frames, {"mu": MU})
    with h5py.File(path, "a") as file:
        file["1.1/instrument/pco_ff/image"] = h5py.SoftLink(f"/1.1/{DATA}")
        file["1.1/measurement/pco_ff"] = h5py.SoftLink(f"/1.1/{DATA}")
        file["1.1/measurement/camera"] = h5py.SoftLink(f"/1.1/{DATA}")
        file["1.1/measurement/gone"] = h5py.SoftLink("/nowhere")
        file["1.1/measurement/elsewhere"] = h5py.ExternalLink("gone.h5", "/data")
    assert open_scan(path).source.endswith(DATA)


def test_frames_among_the_measurements_only(tmp_path, frames):
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w") as file:
        file["1.1/measurement/basler_ff"] = frames
        file["1.1/measurement/mu"] = MU
        file["1.1/measurement/ct32"] = numpy.arange(6.0)
        file["1.1/instrument/positioners_start/mu"] = 0.3
    for data_path in (None, "1.1", "1.1/measurement", "/1.1/measurement/basler_ff"):
        scan = open_scan(path, data_path=data_path)
        assert (scan.motor, scan.source[-25:]) == ("mu", "/1.1/measurement/basler_ff"[-25:])


def test_a_link_to_frames_in_another_file_is_named_as_it_is_here(tmp_path, frames):
    with h5py.File(tmp_path / "lima.h5", "w") as file:
        file["entry_0000/data"] = frames
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file["1.1/instrument/pco_ff/data"] = h5py.ExternalLink("lima.h5", "/entry_0000/data")
        file["1.1/instrument/positioners/mu"] = MU
    for data_path in (None, "1.1", "/1.1/instrument/pco_ff/data"):
        scan = open_scan(tmp_path / "scan.h5", data_path=data_path)
        assert scan.source.endswith("scan.h5?/1.1/instrument/pco_ff/data")
        numpy.testing.assert_array_equal(scan.frame(2), frames[2])


def test_a_link_to_frames_in_a_file_that_is_not_there(tmp_path):
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file["1.1/instrument/pco_ff/data"] = h5py.ExternalLink("gone.h5", "/data")
        file["1.1/instrument/positioners/mu"] = MU
    with pytest.raises(DarfixWBError, match=r"lies in gone.h5, which must exist"):
        open_scan(tmp_path / "scan.h5")


@pytest.mark.parametrize(
    "place",
    [
        "instrument/positioners/mu", "instrument/mu/value", "instrument/mu/data", "measurement/mu",
        "instrument/positioners_start/mu",
    ],
)  # fmt: skip
@pytest.mark.parametrize("known", ["positioners", "positioners_start", "title", "fscan"])
@pytest.mark.parametrize("column", [False, True])
def test_where_the_motor_is(write_bliss, frames, place, known, column):
    path = write_bliss(frames, {"chi": 0.1})
    with h5py.File(path, "a") as file:
        entry = file["1.1"]
        entry["measurement/ct32"] = numpy.arange(6.0) ** 2
        entry["instrument/ct32/data"] = numpy.arange(6.0) ** 2
        entry[place] = MU[:, None] if column else MU
        entry[place].attrs["units"] = "deg"
        if known == "title":
            entry["title"] = "fscan mu 0.3 0.01 6 1"
        elif known == "fscan":
            entry["instrument/fscan_parameters/motor"] = "mu"
        elif not place.startswith(f"instrument/{known}/"):
            entry[f"instrument/{known}/mu"] = 0.3
    scan = open_scan(path)
    assert (scan.motor, scan.unit) == ("mu", "deg")
    numpy.testing.assert_array_equal(scan.angles, MU)
    assert scan.warnings == ()


def test_a_counter_is_no_motor_until_it_is_named(write_bliss, frames):
    path = write_bliss(frames, {"chi": 0.1})
    with h5py.File(path, "a") as file:
        file["1.1/measurement/nonius"] = MU
    with pytest.raises(DarfixWBError, match="none was recorded"):
        open_scan(path)
    assert open_scan(path, motor="nonius").motor == "nonius"


def test_the_record_that_fits_the_frames(write_bliss, frames):
    path = write_bliss(frames, {"mu": numpy.append(MU, 9.0), "mu_raw": numpy.arange(13)})
    assert "7 frames were recorded" in open_scan(path).warnings[0]
    with h5py.File(path, "a") as file:
        file["1.1/instrument/mu/data"] = numpy.full(6, numpy.nan)
        file["1.1/measurement/mu"] = MU
    scan = open_scan(path)
    numpy.testing.assert_array_equal(scan.angles, MU)
    assert scan.warnings == ()


@pytest.mark.parametrize("place", ["instrument/chi/value", "measurement/chi"])
@pytest.mark.parametrize(
    "title", ["fscan2d chi 0 1 3 diffry 7 0.1 4 1", "amesh diffry 7 8 3 chi 0 2 2"]
)
def test_a_grid_whose_slow_motor_is_elsewhere(write_bliss, place, title):
    chi, diffry = (values.ravel() for values in numpy.mgrid[0:3.0, 0:4.0])
    path = write_bliss(numpy.ones((12, 9, 8), "uint16"), {"diffry": diffry})
    with h5py.File(path, "a") as file:
        file["1.1/title"] = title
        file[f"1.1/{place}"] = chi
    scan = open_scan(path)
    assert scan.motor == "diffry"
    numpy.testing.assert_array_equal(scan.curves, numpy.arange(12).reshape(3, 4))


def test_no_positions_at_all(tmp_path, frames):
    with h5py.File(tmp_path / "lima.h5", "w") as file:
        file["entry_0000/measurement/data"] = frames
    message = (
        r"None was found in /entry_0000 .*'HDF5 data selection'.*'metadata path \(positioners\)'"
    )
    with pytest.raises(DarfixWBError, match=message):
        open_scan(tmp_path / "lima.h5")


def test_odd_items_do_not_count(write_bliss, frames):
    path = write_bliss(frames, {"mu": MU, "empty": h5py.Empty("f8"), "map": numpy.ones((6, 3))})
    with h5py.File(path, "a") as file:
        file["1.1/title"] = numpy.bytes_(b"\xff\xfe mu")
        file["1.1/instrument/positioners/names"] = numpy.repeat(b"a", 6)
        file["1.1/instrument/loop"] = h5py.SoftLink("/1.1")
        file["8.1"] = h5py.SoftLink("/nowhere")
        file["9.1"] = h5py.ExternalLink("gone.h5", "/9.1")
        file["comment"] = "none"
    assert open_scan(path).motor == "mu"


def test_a_scan_without_a_frame(write_bliss, frames):
    with pytest.raises(DarfixWBError, match="one frame or more, and has none"):
        open_scan(write_bliss(frames[:0], {"mu": MU}))


def test_positions_that_are_damaged(write_bliss, frames):
    path = write_bliss(frames, {"chi": 1.0})
    name = "1.1/instrument/positioners/mu"
    with h5py.File(path, "a") as file:
        file.create_dataset(name, data=MU, chunks=(6,), compression="gzip", fletcher32=True)
        chunk = file[name].id.get_chunk_info(0)
    with open(path, "r+b") as file:
        file.seek(chunk.byte_offset)
        file.write(bytes(chunk.size))
    with pytest.raises(DarfixWBError, match=rf"must be readable, and /{name} of .* is not"):
        open_scan(path)
