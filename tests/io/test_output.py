"""Files that appear only when they are complete."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy
import pytest

from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.io.output import check_output, check_room, is_disk_full, new_file, new_hdf5

NOBODY = 65534


def write_text(path, text, **options):
    with new_file(path, **options) as partial:
        partial.write_text(text)


def test_the_file_appears_when_it_is_complete(tmp_path):
    path = tmp_path / "deep" / "er" / "maps.h5"
    with new_file(path) as partial:
        assert partial.parent == path.parent
        with h5py.File(partial, "w") as file:
            file["a"] = 1
        assert not path.exists()
    assert [item.name for item in path.parent.iterdir()] == ["maps.h5"]


def write_half(path, error, **options):
    with new_file(path, **options) as partial:
        partial.write_text("half")
        raise error


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, OperationCancelled])
def test_nothing_is_left_after_an_error(tmp_path, error):
    with pytest.raises(error):
        write_half(tmp_path / "maps.h5", error)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_only_when_asked(tmp_path):
    path = tmp_path / "maps.h5"
    write_text(path, "old")
    with pytest.raises(DarfixWBError, match=r"maps.h5 exists. Choose another name, or set over"):
        write_text(path, "new")
    assert path.read_text() == "old"
    write_text(path, "new", overwrite=True)
    assert path.read_text() == "new"


def test_an_error_keeps_the_file_that_was_there(tmp_path):
    path = tmp_path / "maps.h5"
    write_text(path, "old")
    with pytest.raises(RuntimeError):
        write_half(path, RuntimeError, overwrite=True)
    assert path.read_text() == "old"


def write_while_another_writes(path):
    with new_file(path) as partial:
        partial.write_text("mine")
        path.write_text("theirs")


def test_a_file_that_appears_meanwhile_is_kept(tmp_path):
    path = tmp_path / "maps.h5"
    with pytest.raises(DarfixWBError, match="exists"):
        write_while_another_writes(path)
    assert path.read_text() == "theirs"
    assert list(tmp_path.iterdir()) == [path]


def write_half_hdf5(path):
    with new_hdf5(path) as file:
        file["a"] = 1
        raise OperationCancelled


def test_an_hdf5_file_appears_when_it_is_complete(tmp_path):
    with pytest.raises(OperationCancelled):
        write_half_hdf5(tmp_path / "maps.h5")
    assert list(tmp_path.iterdir()) == []
    with new_hdf5(tmp_path / "maps.h5") as file:
        file["a"] = numpy.arange(1000)
    assert [item.name for item in tmp_path.iterdir()] == ["maps.h5"]
    with h5py.File(tmp_path / "maps.h5") as file:
        assert file["a"][999] == 999


def test_room_is_checked_beforehand(tmp_path):
    check_room(tmp_path / "new" / "maps.h5", 1000)
    with pytest.raises(
        DarfixWBError, match=r"needs 1000000000000 MB, and the disk of .* has \d+ MB"
    ):
        check_room(tmp_path / "new" / "maps.h5", 10**18)


def test_a_killed_process_leaves_no_half_file(tmp_path):
    path = tmp_path / "maps.h5"
    path.write_text("old")
    code = (
        "import os, signal, sys\n"
        "from darfix_wb.io.output import new_file\n"
        "with new_file(sys.argv[1], overwrite=True) as partial:\n"
        "    partial.write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_text() == "old"


@pytest.mark.parametrize("name", ["RAW_DATA/maps.h5", "RAW_DATA/sample/layer/maps.h5"])
def test_raw_data_is_protected(tmp_path, name):
    with pytest.raises(DarfixWBError, match="below a folder named RAW_DATA"):
        check_output(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_raw_data_is_protected_behind_a_link(tmp_path):
    (tmp_path / "RAW_DATA").mkdir()
    (tmp_path / "results").symlink_to(tmp_path / "RAW_DATA")
    with pytest.raises(DarfixWBError, match="RAW_DATA"):
        check_output(tmp_path / "results" / "maps.h5", overwrite=True)


def test_a_name_that_contains_raw_data_is_no_such_folder(tmp_path):
    assert check_output(tmp_path / "NO_RAW_DATA" / "maps.h5") == tmp_path / "NO_RAW_DATA/maps.h5"


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(DarfixWBError, match="must be a file, got the folder"):
        check_output(tmp_path, overwrite=True)


def test_a_folder_below_a_file(tmp_path):
    (tmp_path / "note").write_text("")
    with pytest.raises(DarfixWBError, match=r"folder of the output must be writable.*directory"):
        check_output(tmp_path / "note" / "sub" / "maps.h5")


@pytest.mark.parametrize("mode", [0o555, 0o000], ids=["read-only", "closed"])
def test_a_folder_that_this_user_may_not_write(mode):
    folder = Path(tempfile.mkdtemp())
    folder.chmod(mode)
    code = (
        "import os, sys\n"
        "from darfix_wb.io.output import DarfixWBError, check_output\n"
        f"os.getuid() or os.setuid({NOBODY})\n"
        "try:\n"
        "    check_output(sys.argv[1])\n"
        "except DarfixWBError as error:\n"
        "    print(error)\n"
    )
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, str(folder / "maps.h5")],
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)
    assert "The folder of the output must be writable" in done.stdout
    assert "Permission denied" in done.stdout


FILLING = """
import sys, numpy, h5py
from darfix_wb.io.nexus import picture, write_process
from darfix_wb.io.output import DarfixWBError, new_file, new_hdf5
noise = numpy.random.default_rng(0).random(({rows}, 512))
try:
    {write}
except DarfixWBError as error:
    print(error)
"""

WRITERS = {
    "contiguous": (
        "with new_file(sys.argv[1], overwrite=True) as partial, h5py.File(partial, 'w') as file:"
        " file['noise'] = noise"
    ),
    "nexus": (
        "with new_hdf5(sys.argv[1], overwrite=True) as file:"
        " write_process(file, 'test', {'noise': picture('noise', noise)}, 'noise')"
    ),
    "plain": (
        "with new_file(sys.argv[1], overwrite=True) as partial:"
        " partial.write_bytes(noise.tobytes())"
    ),
}


def fill(path, rows, write, limit=None):
    return subprocess.run(
        [sys.executable, "-c", FILLING.format(rows=rows, write=WRITERS[write]), str(path)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
    )


@pytest.mark.parametrize("rows", [20, 400])
@pytest.mark.parametrize("write", WRITERS)
def test_a_file_that_grows_beyond_its_limit(tmp_path, write, rows):
    path = tmp_path / "maps.h5"
    path.write_text("old")

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    done = fill(path, rows, write, limit)
    assert done.returncode == 0, done.stderr
    assert "disk or quota of" in done.stdout
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("write", WRITERS)
def test_a_disk_that_fills(tmp_path, write):
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(tmp_path)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no small file system can be mounted here (needs root)")
    try:
        done = fill(tmp_path / "maps.h5", 400, write)
        left = list(tmp_path.iterdir())
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
    assert done.returncode == 0, done.stderr
    assert "disk or quota of" in done.stdout
    assert left == []


def test_a_full_device_is_told_from_other_errors():
    with pytest.raises(OSError) as full, open("/dev/full", "wb", buffering=0) as device:
        device.write(b"1")
    assert is_disk_full(full.value)
    wrapped = ValueError("Failed to create dataset")
    wrapped.__cause__ = full.value
    assert is_disk_full(wrapped)
    assert not is_disk_full(PermissionError(13, os.strerror(13)))
    assert not is_disk_full(ValueError(f"a text on {os.strerror(28)}"))
    assert not is_disk_full(None)


def test_the_probe_leaves_no_trace(tmp_path):
    assert check_output(tmp_path / "maps.h5") == tmp_path / "maps.h5"
    assert list(tmp_path.iterdir()) == []
