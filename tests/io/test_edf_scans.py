"""EDF scans, one frame a file, as ID06 wrote them."""

from __future__ import annotations

import os

import fabio
import numpy
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.io.frame_sources import EDFFrames, open_scan

ANGLES = numpy.round(numpy.linspace(-0.02, 0.03, 6), 4)


def write(path, frame, **motors):
    header = {
        "motor_mne": " ".join(motors),
        "motor_pos": " ".join(str(value) for value in motors.values()),
    }
    fabio.edfimage.EdfImage(frame, header if motors else {}).write(str(path))
    return path


@pytest.fixture
def folder(tmp_path, frames):
    """Files whose names say another reflection and angle than their headers."""
    for index in range(6):
        write(tmp_path / f"hkl111_phi9.9_{index}.edf", frames[index], obx=4.0, diffry=ANGLES[index])
    return tmp_path


def test_motors_come_from_the_headers(folder, frames):
    scan = open_scan(folder)
    assert scan.motor == "diffry"
    numpy.testing.assert_array_equal(scan.angles, ANGLES)
    assert scan.frames.shape == (6, 12, 10)
    numpy.testing.assert_array_equal(numpy.stack(list(scan.iter_frames())), frames)
    assert scan.source == str(folder)


def test_files_are_ordered_by_their_numbers(tmp_path, frames):
    for index in (10, 9, 2):
        write(tmp_path / f"layer_{index}.edf", frames[index % 6], diffry=float(index))
    numpy.testing.assert_array_equal(open_scan(tmp_path / "layer_*.edf").angles, [2.0, 9.0, 10.0])


@pytest.mark.parametrize("dtype", ["int16", "uint16", "int32", "float32", "float64"])
def test_every_dtype(tmp_path, frames, dtype):
    for index in range(3):
        write(tmp_path / f"{index}.edf", frames[index].astype(dtype), diffry=float(index))
    scan = open_scan(tmp_path)
    assert scan.frames.dtype == dtype
    assert scan.frame(1).dtype == dtype
    numpy.testing.assert_array_equal(scan.frame(1), frames[1])


def test_no_file(tmp_path):
    with pytest.raises(DarfixWBError, match="at least one EDF file"):
        open_scan(tmp_path)
    with pytest.raises(DarfixWBError, match="at least one EDF file"):
        open_scan(tmp_path / "layer_*.edf")
    with pytest.raises(DarfixWBError, match="at least one EDF file"):
        EDFFrames([])


def test_shapes_that_differ(folder):
    write(folder / "hkl111_phi9.9_6.edf", numpy.zeros((9, 10), "uint16"), obx=4.0, diffry=0.1)
    with pytest.raises(DarfixWBError, match=r"first \(12, 10\), got \(9, 10\) in .*_6.edf"):
        open_scan(folder)


def test_a_truncated_file(folder):
    last = folder / "hkl111_phi9.9_5.edf"
    os.truncate(last, last.stat().st_size - 50)
    with pytest.raises(DarfixWBError, match=r"_5.edf is truncated"):
        open_scan(folder)


def test_a_file_that_is_no_edf(folder):
    (folder / "hkl111_phi9.9_7.edf").write_text("no header here")
    with pytest.raises(DarfixWBError, match=r"_7.edf cannot be read as one"):
        open_scan(folder)


def test_a_file_of_several_frames(tmp_path, frames):
    image = fabio.edfimage.EdfImage(frames[0], {"motor_mne": "mu", "motor_pos": "1"})
    image.append_frame(data=frames[1])
    image.write(str(tmp_path / "stack.edf"))
    with pytest.raises(DarfixWBError, match="has 2 frames"):
        open_scan(tmp_path)


def test_a_header_whose_motors_do_not_match(folder, frames):
    header = {"motor_mne": "obx diffry", "motor_pos": "1.0"}
    fabio.edfimage.EdfImage(frames[0], header).write(str(folder / "x.edf"))
    with pytest.raises(DarfixWBError, match=r"got 1 and 2 in .*x.edf"):
        open_scan(folder)


def test_files_without_motors(tmp_path, frames):
    for index in range(3):
        write(tmp_path / f"{index}.edf", frames[index])
    with pytest.raises(DarfixWBError, match="no motor moves here"):
        open_scan(tmp_path)


def test_a_motor_that_one_header_lacks(folder, frames):
    write(folder / "hkl111_phi9.9_9.edf", frames[0], obx=4.0)
    with pytest.raises(DarfixWBError, match="'diffry' must be a finite number, got 1"):
        open_scan(folder, motor="diffry")


def test_a_data_path_makes_no_sense(folder):
    with pytest.raises(DarfixWBError, match="Only HDF5 files have a data_path"):
        open_scan(folder, data_path="/1.1/data")


def test_reading_does_not_collect_open_files(folder):
    scan = open_scan(folder)
    before = len(os.listdir("/proc/self/fd"))
    for frame in scan.iter_frames():
        assert frame.shape == (12, 10)
    assert len(os.listdir("/proc/self/fd")) == before
