"""Damaged files end in one sentence, also those of which HDF5 itself dies or never comes back."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import h5py
import numpy
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.io import hdf5_look
from darfix_wb.io.frame_sources import open_scan
from darfix_wb.io.hdf5_access import cannot_open, open_hdf5, reason
from darfix_wb.io.hdf5_look import check_sound

BENCHMARKS = str(Path(__file__).parents[2] / "benchmarks")
DATA = "1.1/instrument/pco_ff/data"
MU = {"mu": numpy.linspace(0.3, 0.35, 6)}


@pytest.fixture
def endless(tmp_path):
    """A file of which HDF5 dies: a virtual data set of itself."""
    layout = h5py.VirtualLayout((6, 12, 10), "uint16")
    layout[:] = h5py.VirtualSource(".", DATA, (6, 12, 10))
    path = tmp_path / "endless.h5"
    with h5py.File(path, "w") as file:
        file.create_virtual_dataset(DATA, layout)
        file["1.1/instrument/positioners/mu"] = MU["mu"]
    return path


@pytest.mark.slow
def test_damaged_files_of_all_kinds(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import mutated_files

    whole = mutated_files.write_whole(tmp_path)
    assert {path.name.split("-")[0] for path in whole} == {
        "scan",
        "truth",
        "labels",
        "result",
        "model",
    }
    assert all(one[0] == "result" for one in mutated_files.outcomes(whole))
    found = mutated_files.outcomes(mutated_files.write_damaged(whole, 60, seed=11))
    wrong = [one for one in found if one[0] not in {"result", "sentence"}]
    assert wrong == []
    counts = Counter(one[0] for one in found)
    assert counts.total() == 60
    assert counts["sentence"] > 20


def test_the_same_seed_damages_alike(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    from mutated_files import damaged

    content = bytes(range(256)) * 40
    copies = [damaged(content, numpy.random.default_rng(seed)) for seed in (3, 3, 4)]
    assert copies[0] == copies[1]
    assert len({content, *copies}) == 3


def test_what_kills_hdf5_leaves_this_process_alive(endless):
    code = f"import h5py; h5py.File({str(endless)!r})[{DATA!r}][0]"
    alone = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert alone.returncode < 0  # as long as it dies, there is something to protect from
    with pytest.raises(DarfixWBError, match=rf"damaged: HDF5 cannot read '/{DATA}'"):
        open_scan(endless)


def test_the_command_ends_with_a_sentence(endless, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "darfix_wb", "classify", str(endless), "--output", "out.h5"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("darfix-wb: The file must be whole")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.h5").exists()


def test_a_file_is_looked_at_once_until_it_changes(write_bliss, frames, monkeypatch):
    looks = []
    probe = hdf5_look._probe
    monkeypatch.setattr(hdf5_look, "_probe", lambda path: looks.append(path) or probe(path))
    path = write_bliss(frames, MU)
    open_scan(path).frame(0)
    open_scan(path).frame(0)
    assert looks == [str(path)]
    with h5py.File(path, "a") as file:
        file["more"] = 1
    open_scan(path)
    assert looks == [str(path)] * 2


def test_a_look_takes_little_time(write_bliss, frames):
    path = write_bliss(frames, MU)
    times = []
    for n in range(3):
        os.utime(path, (n, n))
        begin = time.perf_counter()
        check_sound(path)
        times.append(time.perf_counter() - begin)
    assert min(times) < 2  # 0.13 s on an idle machine


def test_no_process_can_be_started(write_bliss, frames, monkeypatch):
    path = write_bliss(frames, MU)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    numpy.testing.assert_array_equal(open_scan(path).frame(1), frames[1])


def test_a_probe_that_fails_before_it_looks_refuses_nothing(write_bliss, frames, monkeypatch):
    path = write_bliss(frames, MU)
    monkeypatch.setattr(hdf5_look, "_PROGRAM", "import os; os.abort()")
    numpy.testing.assert_array_equal(open_scan(path).frame(1), frames[1])


def test_a_look_inside_a_daemon_process(write_bliss, frames):
    """Such processes, dask's workers among them, may have no children of `multiprocessing`."""
    code = (
        "import multiprocessing, sys\n"
        "from darfix_wb.io.frame_sources import open_scan\n"
        "def work(path, queue): queue.put(int(open_scan(path).frame(1).sum()))\n"
        "if __name__ == '__main__':\n"
        "    context = multiprocessing.get_context('fork')\n"
        "    queue = context.Queue()\n"
        "    worker = context.Process(target=work, args=(sys.argv[1], queue), daemon=True)\n"
        "    worker.start()\n"
        "    print(queue.get(timeout=60))\n"
    )
    path = write_bliss(frames, MU)
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == str(frames[1].sum()), done.stderr


@pytest.mark.parametrize(
    "error",
    [KeyError("x"), OverflowError("too large"), UnicodeDecodeError("utf-8", b"a", 0, 1, "")],
)
def test_errors_of_libraries_inside_become_one_sentence(write_bliss, frames, error):
    path = write_bliss(frames, MU)
    with (
        pytest.raises(DarfixWBError, match="damaged: HDF5 cannot read it") as caught,
        open_hdf5(path),
    ):
        raise error
    assert "\n" not in str(caught.value)


def test_error_numbers_are_words():
    text = (
        "[Errno 11] Unable to synchronously open file (unable to lock file, errno = 11, "
        "error message = 'Resource temporarily unavailable')"
    )
    assert "errno" not in str(cannot_open("a.h5", OSError(text)))
    assert reason(OSError("Unable to read (file read failed: errno = 5, error message = 'x')")) == (
        "input/output error"
    )
    assert reason(OSError(13, "Permission denied")) == "Permission denied"


def test_a_damaged_head(write_bliss, frames):
    path = write_bliss(frames, MU)
    with open(path, "r+b") as file:
        file.seek(8)
        file.write(b"\xff" * 40)
    with pytest.raises(DarfixWBError, match="damaged: HDF5 cannot read it") as caught:
        open_scan(path)
    assert "\n" not in str(caught.value)
