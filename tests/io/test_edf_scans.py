"""EDF scans, of one frame a file as ID06 wrote them, or of several as Lima does."""

from __future__ import annotations

import bz2
import gzip
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


def stack(path, frames, positions, **more):
    """One file of several frames; a header without motors where its position is None."""
    for number, (frame, position) in enumerate(zip(frames, positions, strict=True)):
        header = {"motor_mne": "samx mu", "motor_pos": f"1.5 {position}"}
        block(path, frame, {**(header if position is not None else {}), "Image": number, **more})
    return path


def block(path, frame, header):
    """Append a frame as Lima does, with what its header shall say instead of the truth."""
    fields = {
        "ByteOrder": "LowByteFirst",
        "DataType": "UnsignedShort",
        "Dim_1": frame.shape[1],
        "Dim_2": frame.shape[0],
        "Size": frame.nbytes,
        **header,
    }
    lines = "".join(f"{key} = {value} ;\n" for key, value in fields.items() if value != "")
    with open(path, "ab") as file:
        file.write(f"{{\n{lines}".encode().ljust(1022) + b"}\n" + frame.tobytes())


def test_a_file_of_several_frames(tmp_path, frames):
    path = stack(tmp_path / "scan_0000.edf", frames, ANGLES)
    for source in (path, tmp_path):
        scan = open_scan(source)
        assert scan.motor == "mu"
        numpy.testing.assert_array_equal(scan.angles, ANGLES)
        numpy.testing.assert_array_equal([scan.frame(i) for i in range(6)], frames)


def test_files_of_different_numbers_of_frames_are_one_series(tmp_path, frames):
    stack(tmp_path / "scan_0000.edf", frames[:4], ANGLES[:4])
    stack(tmp_path / "scan_0001.edf", frames[4:5], ANGLES[4:5])
    stack(tmp_path / "scan_0002.edf", frames[5:], ANGLES[5:])
    scan = open_scan(tmp_path)
    numpy.testing.assert_array_equal(scan.angles, ANGLES)
    numpy.testing.assert_array_equal(list(scan.iter_frames()), frames)
    assert scan.warnings == ()


@pytest.mark.parametrize("suffix", ["gz", "bz2"])
def test_a_stack_that_is_compressed_as_a_whole(tmp_path, frames, suffix):
    plain = stack(tmp_path / "scan_0000.edf", frames, ANGLES)
    pack = {"gz": gzip.compress, "bz2": bz2.compress}[suffix]
    packed = tmp_path / f"scan_0000.edf.{suffix}"
    packed.write_bytes(pack(plain.read_bytes()))
    plain.unlink()
    numpy.testing.assert_array_equal(list(open_scan(tmp_path).iter_frames()), frames)
    packed.write_bytes(packed.read_bytes()[:-200])
    with pytest.raises(DarfixWBError, match="truncated"):
        open_scan(tmp_path)


def test_frames_that_are_packed_one_by_one(tmp_path, frames):
    for number in range(3):
        packed = numpy.frombuffer(gzip.compress(frames[number].tobytes()), "uint8")[None]
        header = {"motor_mne": "mu", "motor_pos": number, "Compression": "GzipCompression"}
        truth = {"Dim_1": 10, "Dim_2": 12}
        block(tmp_path / f"{number}.edf", packed, {**header, **truth})
    numpy.testing.assert_array_equal(list(open_scan(tmp_path).iter_frames()), frames[:3])


def test_motors_in_the_first_header_only(tmp_path, frames):
    path = stack(tmp_path / "scan_0000.edf", frames, [0.25, *[None] * 5])
    with pytest.raises(DarfixWBError, match=r"only 1 of 6 .*--positions FILE, or --start X --step"):
        open_scan(path)
    scan = open_scan(path, start=-0.02, step=0.01, motor="mu")
    numpy.testing.assert_allclose(scan.angles, ANGLES)
    assert (scan.motor, scan.unit) == ("mu", "degree")
    again = open_scan(scan.source)
    numpy.testing.assert_array_equal(again.angles, scan.angles)
    assert again.motor == "mu"


def test_counters_are_no_motors(tmp_path, frames):
    for number in range(3):
        header = {"counter_mne": "det mon", "counter_pos": f"{number} {number * 2}"}
        motors = {"motor_mne": "samx mu", "motor_pos": f"1.5 {number / 10}"}
        block(tmp_path / f"{number}.edf", frames[number], {**header, **motors})
    assert open_scan(tmp_path).motor == "mu"


def test_big_endian_frames(tmp_path, frames):
    for number in range(3):
        big = {"ByteOrder": "HighByteFirst", "motor_mne": "mu", "motor_pos": number}
        block(tmp_path / f"{number}.edf", frames[number].astype(">u2"), big)
    scan = open_scan(tmp_path)
    numpy.testing.assert_array_equal(list(scan.iter_frames()), frames[:3])
    assert scan.frame(0).dtype == numpy.dtype("uint16").newbyteorder("=")


@pytest.mark.parametrize(
    ("untrue", "found"),
    [
        ({"Dim_1": 9}, "on the 216 bytes, got Dim_1 = 9"),
        ({"Dim_1": 9, "Size": ""}, "is longer than its headers say"),
        ({"Dim_1": 2**31, "Dim_2": 2**31}, "on the 9223372036854775808 bytes"),
        ({"Dim_1": 2**31, "Dim_2": 2**31, "Size": ""}, "fits into memory"),
        ({"Dim_1": -10, "Dim_2": -12}, "two dimensions"),
        ({"Dim_1": "ten"}, "whole number as Dim_1, got 'ten'"),
        ({"Dim_2": ""}, "whole number as Dim_2, got ''"),
        ({"Dim_3": 2}, "Dim_3 = 2"),
        ({"Size": -240}, "Size = -240"),
        ({"Size": 480}, "Size = 480"),
        ({"DataType": "Foo"}, "DataType of EDF, .*Datatype = Foo"),
        ({"ByteOrder": ""}, "ByteOrder LowByteFirst or HighByteFirst"),
        ({"Compression": "Magic"}, "Compression = Magic"),
        ({"EDF_BinaryFileName": "other.raw"}, "other.raw"),
        ({"EDF_BinarySize": -99999}, "-99999"),
    ],
)
def test_a_header_that_lies(tmp_path, frames, untrue, found, caplog):
    block(tmp_path / "x_0.edf", frames[0], {"motor_mne": "mu", "motor_pos": 0})
    block(tmp_path / "x_1.edf", frames[1], {"motor_mne": "mu", "motor_pos": 1, **untrue})
    with pytest.raises(DarfixWBError, match=found) as caught:
        open_scan(tmp_path)
    assert "x_1.edf" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not caplog.records


def test_a_file_longer_than_its_header_says(folder):
    last = folder / "hkl111_phi9.9_5.edf"
    last.write_bytes(last.read_bytes() + bytes(700))
    with pytest.raises(DarfixWBError, match=r"_5.edf is longer than its headers say"):
        open_scan(folder)
    last.write_bytes(last.read_bytes()[:-700] + b"\n\n")
    assert open_scan(folder).n_frames == 6


def test_a_header_whose_end_is_damaged_swallows_no_frame(tmp_path, frames):
    path = stack(tmp_path / "scan_0000.edf", frames, ANGLES)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"}\n", b"|\n", 1))
    with pytest.raises(DarfixWBError, match="no proper end or is damaged"):
        open_scan(path)


def test_a_file_that_changes_while_it_is_open(folder):
    scan = open_scan(folder)
    os.truncate(folder / "hkl111_phi9.9_5.edf", 600)
    with pytest.raises(DarfixWBError, match=r"240 bytes that its header states, got 88"):
        scan.frame(5)
    (folder / "hkl111_phi9.9_4.edf").unlink()
    with pytest.raises(DarfixWBError, match="No such file"):
        scan.frame(4)


def test_a_header_whose_motors_do_not_match(folder, frames):
    header = {"motor_mne": "obx diffry", "motor_pos": "1.0"}
    fabio.edfimage.EdfImage(frames[0], header).write(str(folder / "hkl111_phi9.9_7.edf"))
    with pytest.raises(DarfixWBError, match=r"got 1 and 2 in .*9_7.edf"):
        open_scan(folder)


def test_files_without_motors(tmp_path, frames):
    for index in range(3):
        write(tmp_path / f"{index}.edf", frames[index])
    with pytest.raises(DarfixWBError, match="no motor moves here"):
        open_scan(tmp_path)


def test_a_motor_that_one_header_lacks(folder, frames):
    write(folder / "hkl111_phi9.9_9.edf", frames[0], obx=4.0)
    scan = open_scan(folder, motor="diffry")
    last = scan.n_frames - 1
    assert scan.left_out == {last: "no position of 'diffry'"}
    assert scan.warnings[-1] == f"1 frame is left out (no position of 'diffry'): {last}."
    numpy.testing.assert_array_equal(scan.used, numpy.arange(last + 1) < last)


def test_some_of_the_files(folder):
    every = open_scan(folder)
    scan = open_scan(folder, frames="1:4", skip_frames=[1])
    numpy.testing.assert_array_equal(scan.angles, every.angles[1:4])
    numpy.testing.assert_array_equal(scan.frame(0), every.frame(1))
    assert scan.left_out == {1: "skipped on request"}


def test_a_data_path_makes_no_sense(folder):
    with pytest.raises(DarfixWBError, match="Only HDF5 files have a data_path"):
        open_scan(folder, data_path="/1.1/data")


def test_reading_does_not_collect_open_files(folder):
    scan = open_scan(folder)
    before = len(os.listdir("/proc/self/fd"))
    for frame in scan.iter_frames():
        assert frame.shape == (12, 10)
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_motor_without_a_number_in_any_header(tmp_path, frames):
    for index in range(3):
        write(tmp_path / f"{index}.edf", frames[index], mu=index, enc="-1.#IND")
    assert open_scan(tmp_path).motor == "mu"
