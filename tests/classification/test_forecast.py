"""What is said of a classification before it runs."""

from __future__ import annotations

import pytest

from darfix_wb.classification.forecast import forecast
from darfix_wb.classification.network import classify
from darfix_wb.extraction import extract
from darfix_wb.model import BeamModel


@pytest.fixture(scope="module")
def model():
    return BeamModel.load()


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


def test_without_curves_there_is_no_context(make_scan, model, one_thread):
    scan = make_scan(shape=(64, 96), n_steps=2)
    finding = forecast(extract(scan), model, device="cpu")
    assert not finding.details["uses_context"]
    assert "without the other frames" in finding.sentence


def test_frames_smaller_than_a_patch(make_scan, model):
    finding = forecast(extract(make_scan(shape=(48, 96)), patch_size=48), model, device="cpu")
    assert finding.verdict == "stop"
    assert "patches of 64 x 64 px, and the frames have 48 x 96 px" in finding.sentence
