"""Real scans, of which it is known what is right with them and what is not."""

from __future__ import annotations

import pytest

from darfix_wb.io.frame_sources import open_scan
from darfix_wb.scan_check import cheap_warnings, check_scan


def test_a_rocking_scan_that_does_not_reach_the_tails(real_data):
    report, _ = check_scan(open_scan(real_data / "id03_rocking/rocking.h5"))
    assert report.verdict == "look"
    assert "does not reach the tails" in report.finding("rocking peak").sentence


def test_a_mosaicity_scan_and_the_gain_of_a_pco_edge(real_data):
    """Its data sheet says 2.14 counts per photon."""
    report, patched = check_scan(open_scan(real_data / "id03_rocking/motor_drift.h5"))
    assert any("no weak beam is seen there" in warning for warning in cheap_warnings(patched))
    assert report.finding("gain").details["gain"] == pytest.approx(2.14, abs=0.3)
    assert report.finding("offset and noise").details["dark_level"] == pytest.approx(102, abs=1)


def test_a_background_that_was_removed(real_data):
    report, patched = check_scan(open_scan(real_data / "id03_mosaicity/2D_domains.h5"))
    assert "91% of all pixels are exactly 0" in report.finding("background").sentence
    assert any("background seems to be removed" in text for text in cheap_warnings(patched))


def test_topographs_are_right(real_data):
    path = real_data / "diamond_topographs/SA1_diamond_rocking.h5"
    report, patched = check_scan(open_scan(path))
    assert report.verdict == "ok", report.text()
    assert cheap_warnings(patched) == ()
