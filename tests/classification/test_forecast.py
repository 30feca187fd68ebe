"""What is said of a classification before it runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy
import pytest

from darfix_wb.classification.forecast import forecast
from darfix_wb.classification.network import classify
from darfix_wb.extraction import extract
from darfix_wb.model import BeamModel
from darfix_wb.scan_check import cheap_warnings

SAVED = Path(__file__).parents[1] / "saved"


@pytest.fixture(scope="module")
def model():
    """One that is sure of the scans of these tests."""
    return BeamModel.load(SAVED / "version_0_2" / "lcnn.safetensors")


def test_it_says_what_the_classification_then_does(make_scan, model, one_thread):
    scan = make_scan(shape=(128, 160), n_steps=5)
    finding = forecast(extract(scan), model, device="cpu")
    assert finding.verdict == "ok"
    beam_map = classify(extract(scan, stride=32), model, device="cpu")
    details = finding.details
    assert details["n_patches"] == beam_map.condition().size
    assert details["patches_per_frame"] == beam_map.grid.n_patches
    assert (details["patch_size"], details["stride"]) == (64, beam_map.grid.stride)
    assert details["uses_context"] == beam_map.record.use_context
    assert details["device"] == beam_map.record.device
    assert 0 < details["seconds"] < 60
    assert f"{beam_map.grid.n_patches} overlapping patches of 64 px" in finding.sentence


def test_more_frames_take_longer_and_need_more(make_scan, model, one_thread):
    few, many = (
        forecast(extract(make_scan(shape=(128, 160), n_steps=n)), model, device="cpu").details
        for n in (5, 50)
    )
    assert many["n_patches"] == 10 * few["n_patches"]
    assert many["memory_bytes"] > few["memory_bytes"]


def test_a_short_classification_is_tried_and_its_warnings_told(make_scan, model, monkeypatch):
    scan = make_scan(shape=(64, 96), n_steps=11)
    at_edge = replace(scan, frames=scan.frames[:6], angles=scan.angles[:6], curves=None)
    patched = extract(at_edge)
    (known, *_) = cheap_warnings(patched)
    tried = []

    def doubtful(patches, *arguments, **options):
        tried.append(patches)
        beam_map = classify(patches, *arguments, **options)
        return replace(beam_map, warnings=(known, "The scan looks like nothing known."))

    monkeypatch.setattr("darfix_wb.classification.forecast.classify", doubtful)
    finding = forecast(patched, model, device="cpu")
    assert finding.warnings == ("The scan looks like nothing known.",)
    assert tried == [patched]
    monkeypatch.setattr("darfix_wb.classification.forecast.LONGEST_TRIAL", 0.0)
    assert forecast(patched, model, device="cpu").warnings == ()
    assert len(tried) == 1


def test_without_curves_there_is_no_context(make_scan, model, one_thread):
    scan = make_scan(shape=(64, 96), n_steps=2)
    finding = forecast(extract(scan), model, device="cpu")
    assert not finding.details["uses_context"]
    assert "without the other frames" in finding.sentence


def test_frames_smaller_than_a_patch(make_scan, model):
    finding = forecast(extract(make_scan(shape=(40, 96)), patch_size=48), model, device="cpu")
    assert finding.verdict == "stop"
    assert "patches of 64 x 64 px, and the frames have 40 x 96 px" in finding.sentence


def test_counts_that_a_classification_refuses(make_scan, model):
    scan = make_scan(shape=(64, 96), n_steps=11)
    bright = numpy.minimum(scan.frames.astype(int) * 100, 65535).astype("uint16")
    finding = forecast(extract(replace(scan, frames=bright.view("int16"))), model, device="cpu")
    assert finding.verdict == "stop"
    assert "unsigned 16-bit counts seem to be stored as signed ones" in finding.sentence
