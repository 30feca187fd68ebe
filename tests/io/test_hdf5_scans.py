"""HDF5 scans: read frame by frame, refused with a reason."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys

import h5py
import hdf5plugin
import numpy
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.io.frame_sources import HDF5Frames, open_scan

MU = {"mu": numpy.linspace(0.3, 0.35, 6)}
DATA = "/1.1/instrument/pco_ff/data"


@pytest.mark.parametrize("dtype", ["int16", "uint16", "int32", "float32", "float64"])
def test_every_dtype_comes_back_as_it_is(write_bliss, frames, dtype):
    path = write_bliss(frames.astype(dtype), MU)
    scan = open_scan(path)
    assert scan.frames.dtype == dtype
    assert scan.frame(2).dtype == dtype
    numpy.testing.assert_array_equal(numpy.stack(list(scan.iter_frames())), frames)


def test_a_scan_knows_its_motor_unit_and_source(write_bliss, frames):
    path = write_bliss(frames, {**MU, "chi": 2.0})
    with h5py.File(path, "a") as file:
        file["1.1/instrument/positioners/mu"].attrs["units"] = "degree"
    scan = open_scan(path)
    assert (scan.motor, scan.unit) == ("mu", "degree")
    numpy.testing.assert_array_equal(scan.curves, [range(6)])
    again = open_scan(scan.source)
    numpy.testing.assert_array_equal(again.frame(5), frames[5])


def test_a_motor_read_out_like_a_detector(write_bliss, frames):
    path = write_bliss(frames, {"diffry": 7.0})
    with h5py.File(path, "a") as file:
        file["1.1/instrument/diffry/data"] = MU["mu"]
        file["1.1/instrument/diffry/data"].attrs["units"] = "degree"
    scan = open_scan(path)
    assert (scan.motor, scan.unit) == ("diffry", "degree")
    numpy.testing.assert_array_equal(scan.angles, MU["mu"])


def test_image_is_taken_where_there_is_no_data(write_bliss, frames):
    scan = open_scan(write_bliss(frames, MU, detector="pco_ff/image"))
    assert scan.source.endswith("/1.1/instrument/pco_ff/image")


@pytest.mark.parametrize(
    "compression",
    [hdf5plugin.Bitshuffle(), hdf5plugin.Blosc(), {"compression": "gzip"}],
    ids=["bitshuffle", "blosc", "gzip"],
)
def test_compressed_frames(write_bliss, frames, compression):
    path = write_bliss(frames, MU, chunks=(1, 12, 10), **compression)
    numpy.testing.assert_array_equal(open_scan(path).frame(3), frames[3])


def test_compressed_frames_in_a_fresh_process(write_bliss, frames):
    path = write_bliss(frames, MU, chunks=(1, 12, 10), **hdf5plugin.Bitshuffle())
    code = (
        "import sys\n"
        "from darfix_wb.io.frame_sources import open_scan\n"
        "print(int(open_scan(sys.argv[1]).frame(1).sum()))\n"
        "unwanted = {'darfix', 'torch', 'PyQt5', 'PyQt6', 'qtpy'}\n"
        "sys.exit(repr(unwanted & set(sys.modules)) if unwanted & set(sys.modules) else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == frames[1].sum()


def test_the_chunk_cache_holds_all_chunks_of_a_frame_and_no_more(write_bliss, frames):
    thick = HDF5Frames(
        write_bliss(numpy.zeros((40, 256, 300), "uint16"), {}, chunks=(19, 50, 70)), DATA
    )
    assert thick.chunk_cache == 6 * 5 * 19 * 50 * 70 * 2
    thin = HDF5Frames(write_bliss(frames, MU, "thin.h5", chunks=(1, 12, 10)), DATA)
    assert thin.chunk_cache == 2**20


def test_pickled_frames_open_their_file_again(write_bliss, frames):
    source = HDF5Frames(write_bliss(frames, MU), DATA)
    source[0]
    copy = pickle.loads(pickle.dumps(source))
    numpy.testing.assert_array_equal(copy[4], frames[4])
    assert copy.shape == (6, 12, 10)


def test_closing_lets_go_of_the_file_and_reading_takes_it_again(write_bliss, frames):
    path = write_bliss(frames, MU)
    with HDF5Frames(path, DATA) as source:
        source[0]
        open_descriptors = os.listdir("/proc/self/fd")
    assert len(os.listdir("/proc/self/fd")) < len(open_descriptors)
    numpy.testing.assert_array_equal(source[1], frames[1])


def test_two_motors(write_bliss):
    stack = numpy.arange(12)[:, None, None] * numpy.ones((12, 9, 8), "uint16")
    chi, diffry = (values.ravel() for values in numpy.mgrid[0:3.0, 0:4.0])
    path = write_bliss(stack, {"chi": chi, "diffry": diffry})
    assert numpy.shape(open_scan(path).curves) == (3, 4)
    scan = open_scan(path, motor="chi")
    numpy.testing.assert_array_equal([scan.frame(i)[0, 0] for i in scan.curves[1]], [1, 5, 9])


def test_a_missing_file(tmp_path):
    with pytest.raises(DarfixWBError, match=r"must exist, and .*nowhere.h5 does not"):
        open_scan(tmp_path / "nowhere.h5")


def test_no_hdf5_file(tmp_path):
    path = tmp_path / "scan.h5"
    path.write_text("angle,intensity\n")
    with pytest.raises(DarfixWBError, match="must be an HDF5 file"):
        open_scan(path)


def test_a_truncated_file(write_bliss, frames):
    path = write_bliss(frames, MU)
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(DarfixWBError, match=r"truncated. Copy it again"):
        open_scan(path)


def test_a_damaged_frame(write_bliss, frames):
    path = write_bliss(frames, MU, chunks=(1, 12, 10), compression="gzip", fletcher32=True)
    with h5py.File(path) as file:
        chunk = file[DATA].id.get_chunk_info(2)
    with open(path, "r+b") as file:
        file.seek(chunk.byte_offset)
        file.write(bytes(chunk.size))
    scan = open_scan(path)
    numpy.testing.assert_array_equal(scan.frame(1), frames[1])
    with pytest.raises(DarfixWBError, match=r"frame 2 of .* is not"):
        scan.frame(2)


def test_a_missing_data_set_names_those_that_are_there(write_bliss, frames):
    path = write_bliss(frames, MU)
    with pytest.raises(DarfixWBError, match=f"'/1.1/measurement/basler'.*data sets: {DATA}"):
        open_scan(path, data_path="/1.1/measurement/basler")


def test_a_data_set_that_is_not_3d(write_bliss, frames):
    path = write_bliss(frames, MU)
    with pytest.raises(DarfixWBError, match=r"3D data set of numbers, got .* \(\(6,\)\)"):
        open_scan(path, data_path="/1.1/instrument/positioners/mu")
    with pytest.raises(DarfixWBError, match=r"none in /1.1/instrument/positioners. Choose one of"):
        open_scan(path, data_path="/1.1/instrument/positioners")


def test_a_file_without_frames(write_bliss):
    path = write_bliss(numpy.zeros((6, 12)), MU)
    with pytest.raises(DarfixWBError, match=r"has none there. Give data_path"):
        open_scan(path)
    with pytest.raises(DarfixWBError, match="no 3D data set at all"):
        open_scan(path, data_path="/1.1/data")


def test_a_link_to_a_file_that_is_not_there(write_bliss, frames):
    path = write_bliss(frames, MU, detector="roi/image")
    with h5py.File(path, "a") as file:
        file["1.1/instrument/basler"] = h5py.ExternalLink("gone.h5", "/data")
    with pytest.raises(DarfixWBError, match=r"lies in gone.h5, which must exist"):
        open_scan(path, data_path="/1.1/instrument/basler")
