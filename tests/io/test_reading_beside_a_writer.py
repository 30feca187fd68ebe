"""Reading takes no lock: a file that is open for writing opens, and its writer goes on."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from contextlib import contextmanager

import h5py
import numpy
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.io.frame_sources import HDF5Frames, open_scan
from darfix_wb.io.hdf5_access import open_hdf5

DATA = "1.1/instrument/pco_ff/data"

WRITER = """
import sys, h5py, numpy
path, mode, libver, swmr = sys.argv[1:]
with h5py.File(path, mode, libver=libver or None) as file:
    data = file.require_group("1.1/instrument/pco_ff").create_dataset(
        "data", (6, 8, 9), "u2", maxshape=(None, 8, 9), chunks=(1, 8, 9)
    )
    file["1.1/instrument/positioners/mu"] = numpy.linspace(0, 0.1, 6)
    data[:] = numpy.arange(6)[:, None, None]
    file.flush()
    if swmr:
        file.swmr_mode = True
    for line in sys.stdin:
        data.resize(len(data) + 1, axis=0)
        data[-1] = len(data)
        data.flush()
        print(len(data), flush=True)
"""


@contextmanager
def writer(path, mode="w", libver="", swmr=False):
    """A process that has the file open, and adds a frame at each call."""
    arguments = [sys.executable, "-c", WRITER, str(path), mode, libver, "1" if swmr else ""]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(arguments, text=True, **pipes)

    def add():
        process.stdin.write("\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        assert answer, process.stderr.read()
        return int(answer)

    try:
        assert add() == 7
        yield add
    finally:
        _, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize(
    ("mode", "libver", "swmr"),
    [("w", "", False), ("a", "", False), ("w", "latest", True), ("w", "latest", False)],
    ids=["w", "a", "swmr", "latest"],
)
def test_a_file_that_is_being_written(tmp_path, mode, libver, swmr):
    path = tmp_path / "scan.h5"
    with writer(path, mode, libver, swmr) as add, HDF5Frames(path, DATA) as frames:
        assert frames.shape == (7, 8, 9)
        for n in range(1, 6):
            assert (frames[n] == n).all()
            assert add() == 7 + n
    with h5py.File(path) as file:
        assert len(file[DATA]) == 12


def is_locked(path):
    """Whether anyone has a lock on the file."""
    with open(path, "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        return False


def test_no_lock_on_the_file_nor_on_those_that_it_shows(tmp_path):
    for name in ("a.h5", "b.h5"):
        with h5py.File(tmp_path / name, "w") as file:
            file["data"] = numpy.ones((3, 8, 9))
    layout = h5py.VirtualLayout((3, 8, 9), "f8")
    layout[:] = h5py.VirtualSource("a.h5", "data", (3, 8, 9))
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file.create_virtual_dataset("virtual", layout)
        file["linked"] = h5py.ExternalLink("b.h5", "/data")
    sources = [HDF5Frames(tmp_path / "scan.h5", name) for name in ("virtual", "linked")]
    assert [source[1].max() for source in sources] == [1, 1]
    assert [is_locked(tmp_path / name) for name in ("scan.h5", "a.h5", "b.h5")] == [False] * 3
    with h5py.File(tmp_path / "scan.h5", "a") as file, h5py.File(tmp_path / "a.h5", "a") as other:
        file["more"] = other["more"] = 1


@pytest.mark.parametrize("h5py_first", [False, True])
@pytest.mark.parametrize("value", ["TRUE", "FALSE", "BEST_EFFORT"])
def test_whatever_the_environment_says_of_locks(tmp_path, monkeypatch, value, h5py_first):
    monkeypatch.setenv("HDF5_USE_FILE_LOCKING", value)
    code = (
        "import sys\n"
        + "import h5py\n" * h5py_first
        + (
            "from darfix_wb.io.hdf5_frames import HDF5Frames\n"
            "print(HDF5Frames(*sys.argv[1:])[3].max())\n"
        )
    )
    path = tmp_path / "scan.h5"
    with writer(path, mode="a") as add:
        arguments = [sys.executable, "-c", code, str(path), DATA]
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
        assert (done.stdout, done.returncode) == ("3\n", 0), done.stderr
        add()


@pytest.mark.parametrize("mode", ["r", "a"])
def test_a_file_that_is_open_in_this_process(write_bliss, frames, mode):
    path = write_bliss(frames, {"mu": numpy.arange(6)})
    with h5py.File(path, mode) as file:
        scan = open_scan(path)
        numpy.testing.assert_array_equal(scan.frame(2), frames[2])
        assert len(file[DATA]) == 6
    with h5py.File(path, "a") as file:
        file["later"] = 1
    numpy.testing.assert_array_equal(scan.frame(3), frames[3])


def test_a_mark_left_by_a_writer_that_was_killed(tmp_path):
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w", libver="latest") as file:
        file["data"] = numpy.full((3, 4, 5), 7)
        file.flush()
        content = path.read_bytes()
    path.write_bytes(content)
    with pytest.raises(OSError, match="already open for write"):
        h5py.File(path, "r")
    assert (HDF5Frames(path, "data")[1] == 7).all()
    with h5py.File(tmp_path / "links.h5", "w", libver="latest") as file:
        file["data"] = h5py.ExternalLink("scan.h5", "/data")
        file.flush()
        content = (tmp_path / "links.h5").read_bytes()
    (tmp_path / "links.h5").write_bytes(content)
    with (
        pytest.raises(DarfixWBError, match=r"held open by a program .*h5clear") as caught,
        open_hdf5(tmp_path / "links.h5"),
    ):
        pass
    assert "errno" not in str(caught.value)
