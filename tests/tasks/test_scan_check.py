"""The task "Scan check" on datasets and on files."""

from __future__ import annotations

import json
import logging

import numpy
import pytest

from darfix_wb.scan_check import ScanReport
from darfix_wb.tasks.scan_check import ScanCheck


@pytest.fixture
def by_model(model_file):
    return {"model_file": model_file, "device": "cpu"}


def test_a_dataset_is_passed_on(run, dataset, by_model):
    done = run(ScanCheck, dataset=dataset, **by_model)
    assert done.dataset is dataset
    assert isinstance(done.report, ScanReport)
    assert done.report.finding("motors").details["motor"] == "phi"
    assert done.report.finding("classification").details["patch_size"] == 16


def test_a_file_gives_the_same(run, dataset, scan_file, by_model):
    done = run(ScanCheck, scan=str(scan_file), **by_model)
    assert done.dataset is None
    alike = run(ScanCheck, dataset=dataset, **by_model).report
    for finding in done.report.findings:
        if finding.topic != "classification":
            assert finding == alike.finding(finding.topic)
    url = f"silx://{scan_file}?/1.1/instrument/pco_ff/data"
    assert run(ScanCheck, scan=url, **by_model).report.source == done.report.source


def test_two_motors(run, dataset_4d, by_model):
    report = run(ScanCheck, dataset=dataset_4d, **by_model).report
    assert "in 3 rocking curves of 11 frames" in report.finding("motors").sentence
    other = run(ScanCheck, dataset=dataset_4d, rocking_motor="chi", **by_model).report
    assert "in 11 rocking curves of 3 frames" in other.finding("motors").sentence


def test_the_report_is_written(run, dataset, by_model, tmp_path):
    page, text = tmp_path / "page.png", tmp_path / "report.json"
    for path in (page, text):
        run(ScanCheck, dataset=dataset, report_file=str(path), **by_model)
    assert page.read_bytes().startswith(b"\x89PNG")
    assert json.loads(text.read_text(encoding="utf-8"))["verdict"] == "look"


def test_what_is_not_as_it_should_be_is_logged(run, scan, as_dataset, by_model, caplog):
    frames = numpy.minimum(scan.frames, 400)
    with caplog.at_level(logging.WARNING):
        report = run(ScanCheck, dataset=as_dataset(frames), **by_model).report
    warnings = [warning for finding in report.findings for warning in finding.warnings]
    assert any("where the detector saturates" in warning for warning in warnings)
    assert [record.message for record in caplog.records] == warnings


def test_one_scan_must_be_given(refusal, dataset, scan_file):
    assert "must be given, got neither" in refusal(ScanCheck)
    assert "must be given, got neither" in refusal(ScanCheck, scan="")
    assert "got both" in refusal(ScanCheck, dataset=dataset, scan=str(scan_file))
    text = refusal(ScanCheck, dataset="scan.h5")
    assert "must be an instance of Dataset or LazyDataset, got 'scan.h5'" in text


def test_outputs_that_cannot_be(refusal, dataset, by_model, tmp_path):
    page = tmp_path / "page.png"
    page.write_text("kept")
    assert "must be a new file" in refusal(
        ScanCheck, dataset=dataset, report_file=str(page), **by_model
    )
    assert page.read_text() == "kept"
    text = refusal(ScanCheck, dataset=dataset, report_file=str(tmp_path / "page.h5"), **by_model)
    assert "must end in" in text


def test_the_scan_is_never_replaced(refusal, dataset, scan_file, by_model, tmp_path):
    link = tmp_path / "page.png"
    link.symlink_to(scan_file)
    before = scan_file.read_bytes()
    text = refusal(ScanCheck, dataset=dataset, report_file=str(link), overwrite=True, **by_model)
    assert "must not be a file that the run reads" in text
    assert scan_file.read_bytes() == before
