"""A scan is followed while a process of its own writes it: all frames, whole, in their order."""

from __future__ import annotations

import time

import h5py
import numpy
import pytest

from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.live import following
from darfix_wb.live.following import ScanFollower
from darfix_wb.live.looking import Look, look_at
from darfix_wb.progress import Monitor


def check_all(given, frames, n_frames=None):
    expected = given.frames[:n_frames]
    assert [frame.index for frame in frames] == list(range(len(expected)))
    for frame, counts in zip(frames, expected, strict=True):
        numpy.testing.assert_array_equal(frame.counts, counts)


def test_thirty_frames_at_ten_hertz(record, follow):
    frames = numpy.random.default_rng(1).integers(90, 4000, (30, 60, 80), dtype="uint16")
    given = record("--period", 0.1, "--gap", 0.03, frames=frames)
    begin = time.monotonic()
    follower, found = follow(given.path, poll_s=0.05)
    check_all(given, found)
    assert time.monotonic() - begin > 2.5
    assert follower.ending == "The scan ended with 30 frames."
    assert not follower.stopped_early
    assert (follower.motor, follower.unit) == ("mu", "deg")
    numpy.testing.assert_allclose([frame.angle for frame in found[2:]], given.angles[2:])
    assert given.process.wait() == 0


@pytest.mark.parametrize("libver", ["earliest", "latest"])
@pytest.mark.parametrize("filters", ["bitshuffle", "gzip", "none"])
def test_what_was_extended_but_not_written_is_no_frame(record, follow, filters, libver):
    given = record("--filter", filters, "--libver", libver, "--gap", 0.05)
    _, found = follow(given.path, poll_s=0.003)
    check_all(given, found)


@pytest.mark.parametrize("kind", ["virtual", "link"])
@pytest.mark.parametrize("filters", ["bitshuffle", "none"])
def test_files_of_lima_that_appear_late(record, follow, kind, filters):
    given = record("--kind", kind, "--filter", filters, "--gap", 0.02)
    follower, found = follow(given.path)
    check_all(given, found)
    assert follower.ending == "The scan ended with 9 frames."
    assert follower.passed_over == {}


def test_a_file_of_lima_that_comes_after_the_end(record, follow, monkeypatch):
    monkeypatch.setattr(following, "PATIENCE_S", 30.0)
    given = record("--kind", "link", "--stop-after", 8)
    given.process.wait()

    looks = []

    def come_late():
        """At the tenth look, which is asked for whether to stop."""
        looks.append(None)
        if len(looks) == 10:
            with h5py.File(given.path.with_name("scan_pco_ff_0000.h5"), "w") as file:
                file.create_dataset("entry_0000/data", data=given.frames[:8], chunks=(1, 40, 50))
        return False

    follower = ScanFollower(given.path, poll_s=0.01, timeout_s=5)
    found = list(follower.frames(monitor=Monitor(cancelled=come_late)))
    check_all(given, found, 8)
    assert follower.ending == "The scan ended with 8 frames."


def test_a_file_that_is_not_there_yet(record, follow):
    given = record("--wait", 0.5)
    assert not given.path.exists()
    check_all(given, follow(given.path)[1])


def test_the_entry_that_is_named_is_waited_for(record, follow):
    first = record("--entry", "1.1", "--stop-after", 3)
    first.process.wait()
    others = 5000 + first.frames
    given = record("--entry", "2.1", "--wait", 0.4, frames=others)
    follower, found = follow(given.path, data_path="2.1")
    check_all(given, found)
    assert follower.data_path == "/2.1/instrument/pco_ff/data"


def test_without_a_name_the_scan_that_goes_on_is_followed(record, follow):
    record("--entry", "9.1", "--stop-after", 3).process.wait()
    given = record("--entry", "10.1", "--kind", "link", "--gap", 0.02)
    given.wait_for("begun")  # no frame of it is there yet, nor before it ends
    follower, found = follow(given.path)
    check_all(given, found)
    assert follower.data_path.startswith("/10.1/")


def test_which_of_several_finished_scans_is_asked_at_once(record, follow):
    for entry in ("1.1", "2.1"):
        given = record("--entry", entry, "--period", 0)
        given.process.wait()
    begin = time.monotonic()
    with pytest.raises(DarfixWBError, match=r"data_path must say which frames .*1\.1.*2\.1"):
        follow(given.path)
    assert time.monotonic() - begin < 2


def test_an_early_end(record, follow):
    given = record("--stop-after", 4)
    follower, found = follow(given.path)
    check_all(given, found, 4)
    assert follower.ending == "The scan ended with 4 frames."


def test_an_early_end_of_frames_that_were_announced(record, follow, monkeypatch):
    monkeypatch.setattr(following, "PATIENCE_S", 0.5)
    given = record("--kind", "virtual", "--stop-after", 4)
    follower, found = follow(given.path)
    check_all(given, found, 4)
    assert follower.ending == "The scan ended with 4 of 9 frames."
    assert follower.stopped_early


def test_a_writer_that_is_killed(record, follow):
    given = record("--hang-after", 5)
    given.wait_for("frame 4")
    given.kill()
    follower, found = follow(given.path, timeout_s=0.7)
    check_all(given, found, 5)
    assert "the scan does not say that it ended: it is taken to be over, with 5 frames" in (
        follower.ending
    )
    assert follower.stopped_early


@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_a_writer_that_is_killed_at_any_moment(record, follow, libver):
    given = record("--period", 0, "--gap", 0.004, "--libver", libver)
    given.wait_for("frame 2")
    time.sleep(0.003)
    given.kill()
    _, found = follow(given.path, timeout_s=0.5)
    assert 3 <= len(found) <= 5
    check_all(given, found, len(found))


def test_a_position_that_was_not_written_is_not_waited_for_for_ever(record, follow, monkeypatch):
    monkeypatch.setattr(following, "PATIENCE_S", 0.4)
    given = record("--stop-after", 4, "--skip-position")
    follower, found = follow(given.path)
    check_all(given, found, 4)
    assert (follower.n_frames, follower.n_positions) == (4, 3)
    assert numpy.isnan(found[3].angle)


def test_a_frame_that_never_comes_is_passed_over(tmp_path, follow, monkeypatch):
    monkeypatch.setattr(following, "PATIENCE_S", 0.3)
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w") as file:
        data = file.create_dataset("1.1/instrument/pco_ff/data", (6, 8, 9), "u2", chunks=(1, 8, 9))
        for index in (0, 1, 3, 5):
            data[index] = index + 7
        data[5] = 0
        file["1.1/instrument/positioners/mu"] = numpy.linspace(0, 0.1, 6)
        file["1.1/end_time"] = "2026-11-28T17:01:00+01:00"
    follower, found = follow(path)
    assert [(frame.index, int(frame.counts.max())) for frame in found] == [(0, 7), (1, 8), (3, 10)]
    assert follower.passed_over == {2: "not written", 4: "not written", 5: "only zeros"}
    assert follower.ending == "The scan ended with 3 of 6 frames."


def test_a_half_written_file_is_read_when_it_is_whole(tmp_path, record, follow):
    given = record("--period", 0, name="whole.h5")
    given.process.wait()
    content = given.path.read_bytes()
    path = tmp_path / "scan.h5"
    looks = []

    def grow(fraction):
        """Between two looks the file grows: at first it is no HDF5 file, then one without end."""
        path.write_bytes(content[: round(fraction * len(content))])
        looks.append(look_at(path))

    for fraction in (0, 0.0005, 0.01, 0.3, 0.6, 0.9):
        grow(fraction)
    assert looks[0].problem.endswith("cannot be read (file signature not found)")
    for look in looks:
        assert look.problem or look.data_path
    path.write_bytes(content)
    check_all(given, follow(path)[1])


def test_nothing_at_all(tmp_path, follow):
    path = tmp_path / "scan.h5"
    begin = time.monotonic()
    with pytest.raises(DarfixWBError, match=r"frames within 0\.3 s, and none came \(there is no"):
        follow(path, timeout_s=0.3)
    assert time.monotonic() - begin < 3
    with pytest.raises(DarfixWBError, match="poll must be above 0 s"):
        ScanFollower(path, poll_s=0)


def test_a_detector_without_counts_in_its_last_row(record, follow, monkeypatch):
    monkeypatch.setattr(following, "PATIENCE_S", 0.4)
    frames = numpy.random.default_rng(2).integers(90, 4000, (6, 40, 50), dtype="uint16")
    frames[:, -1] = 0
    given = record(frames=frames)
    begin = time.monotonic()
    check_all(given, follow(given.path)[1])  # only the first one is waited for
    assert time.monotonic() - begin < 3


def test_a_look_that_fails_takes_no_frame_away(record, monkeypatch):
    given = record("--filter", "none", "--period", 0)
    given.process.wait()
    calls = []

    def fails_for_a_while(*arguments, **options):
        calls.append(None)
        return Look(problem="torn") if 1 < len(calls) < 20 else look_at(*arguments, **options)

    monkeypatch.setattr(following, "look_at", fails_for_a_while)
    monkeypatch.setattr(following, "PATIENCE_S", 0.4)
    follower = ScanFollower(given.path, poll_s=0.04, timeout_s=3)
    check_all(given, list(follower.frames()))
    assert follower.passed_over == {}


def test_whoever_takes_the_frames_may_be_slow(record):
    """Four frames wait when the first was dealt with; those take longer than the time-out."""
    given = record("--period", 0.12)
    follower = ScanFollower(given.path, poll_s=0.01, timeout_s=0.4)
    found = []
    for frame in follower.frames():
        found.append(frame)
        time.sleep(0.15 if frame.index else 0.6)
    check_all(given, found)
    assert follower.ending == "The scan ended with 9 frames."


def test_files_of_another_layout(tmp_path, follow, record):
    """Entries without numbers, and data sets beside them."""
    given = record("--period", 0)
    given.process.wait()
    path = tmp_path / "other.h5"
    with h5py.File(path, "w") as file:
        file["a_scan/instrument/pco_ff/data"] = given.frames
        file["a_scan/instrument/positioners/mu"] = given.angles
        file["truth/lines"] = numpy.zeros(3)
        file["version"] = "1"
    follower, found = follow(path, timeout_s=0.6)
    check_all(given, found)
    assert follower.data_path == "/a_scan/instrument/pco_ff/data"


def test_stopping(record):
    given = record("--hang-after", 3)
    given.wait_for("frame 2")
    follower = ScanFollower(given.path, poll_s=5)
    frames = follower.frames(monitor=Monitor(cancelled=lambda: follower.n_frames == 3))
    check_all(given, [next(frames), next(frames), next(frames)], 3)
    begin = time.monotonic()
    with pytest.raises(OperationCancelled):
        next(frames)
    assert time.monotonic() - begin < 1
