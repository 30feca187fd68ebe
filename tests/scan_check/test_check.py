"""The whole check: a right scan, what it reads, and what comes of it."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace

import numpy
import pytest

from darfix_wb.errors import DarfixWBError, OperationCancelled
from darfix_wb.extraction import extract
from darfix_wb.io.output import InputFile
from darfix_wb.progress import Monitor
from darfix_wb.scan import RockingScan
from darfix_wb.scan_check import Finding, cheap_warnings, check_scan
from darfix_wb.scan_check.files import check_report_file, save_report
from darfix_wb.scan_check.page import draw_page
from darfix_wb.simulation import ScanParameters, SimulationParameters, simulate_scan

TOPICS = [
    "frames", "motors", "order of frames", "rocking peak", "offset and noise", "background", "gain",
    "saturation", "invalid pixels", "bad frames", "beam",
]  # fmt: skip


class CountedFrames:
    """Frames that know how often each was read."""

    def __init__(self, frames):
        self.frames, self.shape, self.dtype = frames, frames.shape, frames.dtype
        self.reads = numpy.zeros(len(frames), dtype=int)

    def __getitem__(self, index):
        self.reads[index] += 1
        return self.frames[index]


@pytest.fixture(scope="module")
def report(fine):
    return check_scan(fine, patch_size=16)[0]


def test_a_right_scan(report):
    assert [finding.topic for finding in report.findings] == TOPICS
    assert report.verdict == "ok", report.text()
    found = {finding.topic: finding.details for finding in report.findings}
    assert (found["frames"]["n_frames"], found["frames"]["height_px"]) == (31, 96)
    assert found["motors"]["step"] == pytest.approx(0.08 / 30)
    assert found["rocking peak"]["fwhm"] == pytest.approx(0.0188, rel=0.2)
    assert found["offset and noise"]["dark_level"] == pytest.approx(100, abs=1)
    assert found["offset and noise"]["sigma"] == pytest.approx(4, rel=0.1)


def test_every_frame_is_read_once_and_a_sample_again(fine, with_frames):
    counted = CountedFrames(fine.frames)
    _, patched = check_scan(with_frames(counted), patch_size=16)
    assert counted.reads.min() == 1
    assert counted.reads.sum() <= fine.n_frames + 16
    assert patched.scan.frames is counted
    numpy.testing.assert_array_equal(patched.curves, extract(fine, patch_size=16).curves)


def test_the_default_simulated_scan_is_right():
    scan = simulate_scan(SimulationParameters(scan=ScanParameters(shape=(192, 256)))).rocking_scan
    report, patched = check_scan(scan)
    assert report.verdict == "ok", report.text()
    assert cheap_warnings(patched) == ()
    gain = report.finding("gain").details
    assert gain["gain"] == pytest.approx(2.14, abs=max(0.2, 3 * gain["uncertainty"]))


def test_frames_smaller_than_a_patch(fine, with_frames):
    small = with_frames(fine.frames[:, :40, :50])
    report, patched = check_scan(small)
    assert patched.grid.patch_size == 40
    assert report.figures.patch_size == 40


def test_a_single_frame(fine):
    scan = RockingScan(fine.frames[15:16], [0.0], "phi")
    report, _ = check_scan(scan, patch_size=16)
    assert report.finding("motors").verdict == "look"
    assert "at most 1 of the 3 frames" in report.finding("motors").sentence
    draw_page(report)


def test_no_frame_is_left(fine):
    report, _ = check_scan(fine.leave_out(dict.fromkeys(range(31), "black")), patch_size=16)
    assert report.finding("motors").verdict == "stop"
    assert report.finding("bad frames").verdict == "stop"
    draw_page(report).canvas.draw()


def test_a_page_of_frames_with_pixels_that_are_not_finite(report):
    mean = report.figures.mean_frame.copy()
    mean[3] = numpy.nan
    draw_page(replace(report, figures=replace(report.figures, mean_frame=mean))).canvas.draw()


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float16", "float64", ">u2", ">f4"])
def test_every_dtype_is_checked_alike(fine, with_frames, dtype):
    frames = numpy.minimum(fine.frames, 255)
    usual, other = (
        check_scan(with_frames(frames.astype(kind)), patch_size=16)[0] for kind in ("uint16", dtype)
    )
    for topic in ("motors", "rocking peak", "beam", "background"):
        assert other.finding(topic).verdict == usual.finding(topic).verdict
    level = usual.finding("offset and noise").details["dark_level"]
    assert other.finding("offset and noise").details["dark_level"] == pytest.approx(level)
    assert other.finding("saturation").details["level"] == 255


def test_frames_of_one_value_are_refused(fine, with_frames):
    with pytest.raises(DarfixWBError, match="must show some signal or noise"):
        check_scan(with_frames(numpy.full_like(fine.frames, 7)), patch_size=16)


def test_it_can_be_cancelled(fine):
    done = []
    monitor = Monitor(done.append, cancelled=lambda: bool(done) and done[-1] >= 0.7)
    with pytest.raises(OperationCancelled):
        check_scan(fine, patch_size=16, monitor=monitor)
    assert done == sorted(done)


def test_the_text_has_a_line_for_each_finding_and_the_verdict_last(report):
    worse = report.with_finding(Finding("beam", "").look("It is weak.").stop("It is gone."))
    lines = worse.text().splitlines()
    assert len(lines) == len(worse.findings) + 1
    assert lines[0].startswith("ok    frames            31 frames of 96 x 128 px")
    assert lines[-2] == "stop  beam              It is weak. It is gone."
    assert lines[-1] == "stop  Correct these first, the result would be wrong: beam."


def test_a_report_can_be_pickled_and_is_plain_in_json(report, tmp_path):
    again = pickle.loads(pickle.dumps(report))
    assert again.to_dict() == report.to_dict()
    save_report(tmp_path / "report.json", report)
    read = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert read["verdict"] == "ok"
    assert [finding["topic"] for finding in read["findings"]] == TOPICS


@pytest.mark.parametrize(
    ("name", "begin"), [("page.png", b"\x89PNG"), ("page.pdf", b"%PDF"), ("page.svg", b"<?xml")]
)
def test_the_page(report, tmp_path, name, begin):
    save_report(tmp_path / name, report)
    assert (tmp_path / name).read_bytes().startswith(begin)


def test_the_page_shows_six_plots_and_every_sentence(report):
    long = Finding("beam", "").look("It is weak in many frames of this scan. " * 12)
    figure = draw_page(report.with_finding(long))
    titles = [axis.get_title(loc="left") for axis in figure.axes if axis.get_title(loc="left")]
    assert len(titles) == 6
    texts = [text.get_text() for part in figure.subfigs for text in part.texts]
    written = " ".join(" ".join(texts).split())
    for finding in report.with_finding(long).findings:
        assert " ".join(finding.sentence.split()) in written
    bottom = min(text.get_position()[1] for part in figure.subfigs for text in part.texts)
    assert bottom > 0


def test_a_file_that_cannot_be_the_report(report, tmp_path):
    with pytest.raises(DarfixWBError, match=r"must end in \.png, \.pdf, \.svg or \.json, got"):
        save_report(tmp_path / "page.h5", report)
    (tmp_path / "page.png").write_text("kept")
    with pytest.raises(DarfixWBError, match="must be a new file"):
        save_report(tmp_path / "page.png", report)
    inputs = (InputFile(tmp_path / "page.png", "is the scan"),)
    with pytest.raises(DarfixWBError, match="must not be a file that the run reads"):
        check_report_file(tmp_path / "page.png", overwrite=True, inputs=inputs)
    assert (tmp_path / "page.png").read_text() == "kept"
