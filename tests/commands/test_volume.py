"""``darfix-wb volume``, as a user calls it."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time

import h5py
import numpy
import pytest

from darfix_wb.cli import main
from darfix_wb.volume.volume_file import read_summary, read_volume_plan

OPTIONS = ["--patch-size", "16", "--stride", "16", "--device", "cpu"]


@pytest.fixture(scope="module")
def scans(tmp_path_factory, make_scan):
    """Three files of a scan each, 11 frames of 64x96 px."""
    folder = tmp_path_factory.mktemp("scans")
    for index in range(3):
        scan = make_scan(seed=index)
        with h5py.File(folder / f"layer_{index}.h5", "w") as file:
            file["/1.1/instrument/pco_ff/data"] = scan.frames
            file["/1.1/instrument/positioners/phi"] = scan.angles
            file["/1.1/instrument/positioners/samz"] = 0.1 * index
    return [str(path) for path in sorted(folder.iterdir())]


def test_a_volume_and_again(scans, tmp_path, capsys):
    output = tmp_path / "volume.h5"
    command = ["volume", *scans, "--output", str(output), *OPTIONS]
    assert main(command) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-4] == "3 of 3 layers done, 0 failed, 0 pending"
    assert lines[-3].startswith("The distances of layers and of rows and columns are not known")
    assert lines[-2] == f"Written to {output}"
    reconstruct = f"Next: darfix-wb reconstruct {output} --spacing 1 1 1 --output lines.h5"
    assert lines[-1] == reconstruct
    before = output.read_bytes()
    assert main(command) == 0
    assert output.read_bytes() == before
    assert main([*command, "--no-resume"]) == 1
    assert "give --overwrite" in capsys.readouterr().err
    assert main([*command[:-2], "--binning", "2"]) == 1
    error = capsys.readouterr().err
    assert "was begun with binning 1, and 2 is given now" in error or "device" in error
    assert main([*command, "--binning", "2", "--overwrite"]) == 0
    with h5py.File(output) as file:
        assert file["entry/volume/weak_beam/weak_beam"].shape == (3, 32, 48)


def test_options_reach_the_layers(scans, tmp_path):
    output, mask = tmp_path / "volume.h5", tmp_path / "mask.npy"
    numpy.save(mask, numpy.eye(48, 64))
    given = ["--region", "0:48,16:80", "--mask-file", str(mask), "--dark", "99", "--no-lines"]
    assert main(["volume", *scans[:1], "--output", str(output), *OPTIONS, *given]) == 0
    plan = read_volume_plan(output)
    options = plan.options
    assert str(options.region) == "0:48,16:80"
    assert (options.dark, options.find_dislocations, options.device) == (99, False, "cpu")
    assert plan.mask_hash != ""
    with h5py.File(output) as file:
        assert file["entry/volume/layers/dark"][0] == 99


def test_a_failed_layer_is_named_and_the_status_says_so(scans, tmp_path, capsys):
    damaged = tmp_path / "damaged.h5"
    damaged.write_bytes(b"nothing of HDF5" * 10)
    output = tmp_path / "volume.h5"
    assert main(["volume", *scans[:2], str(damaged), "--output", str(output), *OPTIONS]) == 1
    text = capsys.readouterr().out
    assert "2 of 3 layers done, 1 failed, 0 pending" in text
    assert "Failed: damaged.h5" in text
    assert "Run the same command again" in text
    words = shlex.join([*scans[:2], str(damaged), "--output", str(output), *OPTIONS])
    assert text.splitlines()[-2:] == [f"Written to {output}", f"Next: darfix-wb volume {words}"]


def test_shares_and_their_assembly(scans, tmp_path, capsys):
    output = tmp_path / "volume.h5"
    command = ["volume", *scans, "--output", str(output), *OPTIONS]
    assert main([*command, "--part", "1/2"]) == 0
    following = capsys.readouterr().out.splitlines()[-1].removeprefix("Next: ")
    assert following.endswith(" --part 2/2")
    assert main(["volume", "--assemble", "--output", str(output)]) == 1
    assert "2 of 3 layers done, 0 failed, 1 pending" in capsys.readouterr().out
    assert main(shlex.split(following)[1:]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"Next: darfix-wb volume --assemble --output {output}"
    assert main(["volume", "--assemble", "--output", str(output)]) == 0
    assert read_summary(output).complete


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ([], "layers of the volume must be given"),
        (["a.h5", "--assemble"], "layers would have none with --assemble"),
        (["--assemble", "--stride", "8"], "--stride would have none with --assemble"),
        (["a.h5", "--part", "2"], "must be a share of the layers, e.g. 3/10, got '2'"),
        (["a.h5", "--part", "1/2", "--overwrite"], "--overwrite would have none with --part"),
        (["a.h5", "--no-lines", "--detector", "d"], "--detector would have none with --no-lines"),
        (["a.h5", "--region", "5"], "A region must be rows and columns"),
        (["a.h5", "--binning", "0"], "binning must be between"),
    ],
)
def test_what_cannot_be_is_one_sentence(given, sentence, tmp_path, capsys):
    assert main(["volume", *given, "--output", str(tmp_path / "volume.h5")]) == 1
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_ends_with_a_sentence_and_the_run_goes_on(scans, tmp_path):
    output = tmp_path / "volume.h5"
    command = ["volume", *scans, "--output", str(output), *OPTIONS]
    process = subprocess.Popen(
        [sys.executable, "-m", "darfix_wb", *command],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    with process:
        while not output.exists() and process.poll() is None:
            pass
        process.send_signal(signal.SIGINT)
        error = process.communicate()[1]
    assert process.returncode == 130, error
    assert "Layers that are done stay in" in error
    assert "Traceback" not in error
    assert main(command) == 0


@pytest.mark.slow
def test_ctrl_c_with_workers_is_as_quiet(scans, tmp_path):
    """A terminal sends it to all processes at once."""
    output = tmp_path / "volume.h5"
    command = ["volume", *scans, "--output", str(output), *OPTIONS, "--scheduler", "local"]
    process = subprocess.Popen(
        [sys.executable, "-m", "darfix_wb", *command],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    parts = tmp_path / "volume.h5.parts"
    with process:
        while not list(parts.glob("*.npz")) and process.poll() is None:
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        error = process.communicate()[1]
    assert process.returncode == 130, error
    assert "Traceback" not in error
    assert main(command[:-2]) == 0
    assert not parts.exists()
