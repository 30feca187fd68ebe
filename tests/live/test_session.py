"""A scan while it is recorded: what is found, the file in between, and the result at its end."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import h5py
import numpy
import pytest

from darfix_wb.beam import BeamCondition
from darfix_wb.cli import main
from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.io.classification_files import read_classification
from darfix_wb.live import following, preliminary
from darfix_wb.live.options import LiveOptions
from darfix_wb.live.session import LiveSession
from darfix_wb.progress import Monitor


@pytest.fixture(autouse=True)
def _one_thread(one_thread):
    """In every test."""


@pytest.fixture
def record_rocking(record, rocking):
    def begin(*options, **given):
        return record(*options, frames=rocking.frames, angles=rocking.angles, **given)

    return begin


def options(given, output, **others):
    chosen = {"poll_s": 0.01, "timeout_s": 5.0, "device": "cpu", **others}
    return LiveOptions(str(given.path), str(output), **chosen)


def run(session):
    session.follow()
    return session.finish()


def datasets(path, *groups):
    """All arrays of some groups of a file, but those that tell when and how they were made."""
    found = {}

    def note(name, item):
        provenance = ("date", "parameters")
        if isinstance(item, h5py.Dataset) and not any(part in name for part in provenance):
            found[name] = item[()]

    with h5py.File(path) as file:
        file["entry"].visititems(note)
        return found, dict(file.attrs)


@pytest.mark.parametrize("kind", ["growing", "virtual", "link"])
def test_the_end_is_that_of_the_batch_run_bit_for_bit(record_rocking, tmp_path, kind, capsys):
    given = record_rocking("--kind", kind, "--period", 0.03)
    live, batch = tmp_path / "live.h5", tmp_path / "batch.h5"
    command = ["watch", str(given.path), "--output", str(live), "--poll", "0.01"]
    assert main([*command, "--device", "cpu"]) == 0
    printed = capsys.readouterr().out
    assert [line.split()[1] for line in printed.splitlines() if line.startswith("frame ")] == [
        str(index) for index in range(11)
    ]
    assert "angle    0.0400" in printed
    assert "The scan ended with 11 frames." in printed
    assert printed.splitlines()[-2:] == [f"Written to {live}", f"Next: silx view {live}"]
    again = ["classify", str(given.path), "--output", str(batch), "--device", "cpu"]
    assert main(again) == 0
    (found, attributes), (expected, others) = datasets(live), datasets(batch)
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        numpy.testing.assert_array_equal(found[name], values, err_msg=name)
    assert attributes.keys() == others.keys()
    assert {"preliminary"} & attributes.keys() == set()
    assert sum(name.startswith("integration/lines") for name in expected) > 3


def test_a_scan_of_two_motors_ends_as_in_the_batch_run(tmp_path, rocking, capsys):
    path, live, batch = (tmp_path / name for name in ("scan.h5", "live.h5", "batch.h5"))
    with h5py.File(path, "w") as file:
        entry = file.create_group("1.1")
        entry["title"] = "amesh mu -0.04 0.04 10 chi 0 1 1 0.05"
        frames = numpy.concatenate([rocking.frames, rocking.frames + 3])
        entry.create_dataset("instrument/pco_ff/data", data=frames, chunks=(1, 128, 128))
        entry["instrument/mu/value"] = numpy.tile(rocking.angles, 2)
        entry["instrument/chi/value"] = numpy.repeat([0.0, 1.0], 11)
        entry["end_time"] = "2026-11-28T17:01:00+01:00"
    for command, output in (("watch", live), ("classify", batch)):
        assert main([command, str(path), "--output", str(output), "--device", "cpu"]) == 0
    assert "2 rocking curves of mu" in capsys.readouterr().out
    (found, _), (expected, _) = datasets(live), datasets(batch)
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        numpy.testing.assert_array_equal(found[name], values, err_msg=name)


def test_frames_are_labelled_alone_as_they_land(record_rocking, tmp_path, rocking):
    given = record_rocking("--period", 0.05)
    seen = []

    def note(frame, labels):
        with_peak = labels.share(BeamCondition.STRONG)
        seen.append((frame.index, with_peak, labels.latency_s, given.process.poll() is None))

    run(LiveSession(options(given, tmp_path / "live.h5"), on_frame=note))
    indices, strong, latencies, going_on = zip(*seen, strict=True)
    assert indices == tuple(range(11))
    assert max(*strong[:2], *strong[-2:]) < 0.1 < 0.5 < strong[5]
    assert all(going_on[1:8])
    assert numpy.median(latencies) < 0.5


def test_the_file_in_between_is_whole_and_says_so(record_rocking, tmp_path, monkeypatch):
    monkeypatch.setattr(preliminary, "EVERY_S", 0.0)
    monkeypatch.setattr(preliminary, "LARGEST_SHARE", 1e9)
    given = record_rocking("--period", 0.05)
    output, states = tmp_path / "live.h5", []

    def reopen(frame, labels):
        if not output.exists():
            return
        beam_map = read_classification(output)
        with h5py.File(output) as file:
            assert file.attrs["preliminary"]
            entry = file[f"entry/{file['entry'].attrs['default']}"]
            shown = entry[entry.attrs["default"]]
            assert len(shown[shown.attrs["signal"]]) == len(entry["frames"]) == beam_map.n_frames
        states.append(beam_map.warnings[0])

    run(LiveSession(options(given, output), on_frame=reopen))
    assert states[-1] == ("Preliminary, each frame by itself: 10 frames so far; the scan goes on.")
    assert "Preliminary" not in " ".join(read_classification(output).warnings)
    left = sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".h5")
    assert left == ["live.h5", "scan.h5"]


def test_a_scan_that_stops_early(record_rocking, tmp_path):
    given = record_rocking("--hang-after", 7, "--skip-position")
    given.wait_for("frame 6")
    given.kill()
    output = tmp_path / "live.h5"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(following, "PATIENCE_S", 0.3)
        ended = run(LiveSession(options(given, output, timeout_s=0.6)))
    assert "Nothing new came for 0.6 s" in ended.ending
    beam_map = read_classification(output)
    assert beam_map.n_frames == 6  # the position of the last frame was never written
    assert beam_map.warnings[0] == ended.ending


def test_stopping_keeps_what_there_is(record_rocking, tmp_path):
    given = record_rocking("--hang-after", 4)
    output = tmp_path / "live.h5"
    seen = []
    session = LiveSession(options(given, output), on_frame=lambda *both: seen.append(both))
    with pytest.raises(OperationCancelled):
        session.follow(Monitor(cancelled=lambda: len(seen) == 4))
    beam_map = read_classification(output)
    assert beam_map.n_frames == 4
    assert beam_map.warnings[0].endswith("4 frames came. It was stopped by the user.")


PROGRAM = "import sys; from darfix_wb.cli import main; sys.exit(main(sys.argv[1:]))"


@pytest.mark.parametrize("name", ["SIGINT", "SIGKILL"])
def test_a_watch_that_is_ended(record_rocking, tmp_path, name):
    given = record_rocking("--hang-after", 6)
    output = tmp_path / "live.h5"
    command = [sys.executable, "-c", PROGRAM, "watch", str(given.path), "--output", str(output)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen([*command, "--device", "cpu"], text=True, **pipes)
    for line in process.stdout:
        if line.startswith("frame    5"):
            break
    end = time.monotonic() + 10
    while not output.exists() and time.monotonic() < end:
        time.sleep(0.01)
    process.send_signal(getattr(signal, name))
    printed, errors = process.communicate(timeout=60)
    beam_map = read_classification(output)
    if name == "SIGINT":
        assert (process.returncode, errors) == (130, "darfix-wb: cancelled.\n")
        assert f"What was found so far is in {output}" in printed
        assert beam_map.n_frames == 6
    else:
        assert process.returncode == -signal.SIGKILL
        assert 1 <= beam_map.n_frames <= 6
    assert beam_map.warnings[0].startswith("Preliminary")


def test_what_cannot_be_classified_as_a_whole_is_kept_frame_by_frame(tmp_path, rocking):
    """Frames without any motor position."""
    path, output = tmp_path / "scan.h5", tmp_path / "live.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset(
            "1.1/instrument/pco_ff/data", data=rocking.frames[:3], chunks=(1, 128, 128)
        )
        file["1.1/end_time"] = "2026-11-28T17:01:00+01:00"
    given = SimpleNamespace(path=path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(following, "PATIENCE_S", 0.2)
        with pytest.raises(DarfixWBError, match="position of a motor at each frame"):
            run(LiveSession(options(given, output)))
    beam_map = read_classification(output)
    assert beam_map.n_frames == 3
    assert "position of a motor" in beam_map.warnings[0]


def test_a_frame_of_one_value_is_empty(record, tmp_path, rocking):
    frames = numpy.array(rocking.frames)
    frames[0] = 100
    given = record(frames=frames, angles=rocking.angles)
    found = []
    chosen = options(given, tmp_path / "live.h5")
    run(LiveSession(chosen, on_frame=lambda frame, labels: found.append(labels)))
    assert found[0].share(BeamCondition.EMPTY) == 1
    assert found[5].share(BeamCondition.STRONG) > 0.1


def test_the_output_is_looked_at_before_anything_is_waited_for(record_rocking, tmp_path, capsys):
    given = record_rocking()
    given.process.wait()
    kept = tmp_path / "kept.h5"
    kept.write_text("mine")
    for output, text in ((kept, "must be a new file"), (given.path, "which is the scan")):
        command = ["watch", str(given.path), "--output", str(output)]
        extra = ["--overwrite"] if output == given.path else []
        assert main([*command, *extra]) == 1
        assert text in capsys.readouterr().err
    assert kept.read_text() == "mine"


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (["--no-lines", "--detector", "lines.safetensors"], "--no-lines"),
        (["--detector", "lines.safetensors"], "lines.safetensors"),
        (["--model", "model.safetensors"], "model.safetensors"),
        (["--patch-size", "3"], "3"),
        (["--line-threshold", "2"], "above 0 and below 1"),
        (["--poll", "0"], "poll must be above 0 s"),
        (["--timeout", "-1"], "timeout must be above 0 s"),
        (["--mask-file", "mask.npy"], "mask.npy"),
    ],
)
def test_wrong_options_are_refused_before_the_scan_begins(tmp_path, wrong, text, capsys):
    command = ["watch", str(tmp_path / "scan.h5"), "--output", str(tmp_path / "live.h5")]
    begin = time.monotonic()
    assert main([*command, *wrong]) == 1
    assert time.monotonic() - begin < 20
    captured = capsys.readouterr()
    assert text in captured.err
    assert captured.out == ""
