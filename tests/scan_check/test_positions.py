"""The grid of the rocking motor, and the order of the frames."""

from __future__ import annotations

from dataclasses import replace

import numpy
import pytest

from darfix_wb.scan import RockingScan
from darfix_wb.scan_check.positions import grid_finding, order_finding


def reordered(scan, order):
    return RockingScan(scan.frames[order], scan.angles[order], scan.motor, scan.unit)


def test_curves_of_unequal_lengths(lines):
    scan = lines(3)
    scan = scan.leave_out({60: "black", 61: "black"})
    finding = grid_finding(scan)
    assert finding.verdict == "ok"
    assert "in 3 rocking curves of 29 to 31 frames" in finding.sentence


def test_a_unit_that_is_not_recorded(fine):
    sentence = grid_finding(replace(fine, unit="")).sentence
    assert sentence.startswith(
        "phi rocks from -0.04 to 0.04 (unit not recorded) in 1 rocking curve"
    )


def test_irregular_steps(fine):
    angles = fine.angles.copy()
    angles[10:20:2] += 0.4 * 0.08 / 30
    finding = grid_finding(replace(fine, angles=angles))
    assert finding.verdict == "look"
    assert finding.details["irregular_steps"] == 10
    assert "10 of 30 steps of phi" in finding.sentence
    noisy = fine.angles + numpy.random.default_rng(0).normal(0, 0.02 * 0.08 / 30, 31)
    assert grid_finding(replace(fine, angles=noisy)).verdict == "ok"


def test_no_frame_is_left(fine):
    finding = grid_finding(fine.leave_out(dict.fromkeys(range(31), "black")))
    assert finding.verdict == "stop"


@pytest.mark.parametrize(
    ("order", "text"),
    [(slice(None), "Angles rise from"), (slice(None, None, -1), "Angles fall from")],
)
def test_one_direction(fine, cut, order, text):
    finding = order_finding(cut(reordered(fine, order)))
    assert finding.verdict == "ok"
    assert finding.sentence.startswith(text)


def test_a_noisy_reading_is_no_turn(fine, cut):
    noise = numpy.random.default_rng(0).normal(0, 0.02 * 0.08 / 30, 31)
    angles = numpy.repeat(fine.angles[::3], 3)[:31] + noise
    finding = order_finding(cut(replace(fine, angles=angles + 0.08 / 30 * numpy.arange(31))))
    assert finding.verdict == "ok"


def test_there_and_back_in_one_curve(fine, cut):
    order = numpy.r_[0:31, 30:-1:-1]
    finding = order_finding(cut(reordered(fine, order)))
    assert finding.verdict == "look"
    assert "phi turns back 1 time in the rocking curve" in finding.sentence
    sawtooth = order_finding(cut(reordered(fine, numpy.tile(numpy.arange(31), 3))))
    assert "phi turns back 4 times" in sawtooth.sentence


def test_repeated_angles(fine, cut):
    scan = reordered(fine, numpy.r_[0:10, 9:31])
    scan.frames[10] += 1  # taken again, not a copy of the frame before
    finding = order_finding(cut(scan))
    assert finding.verdict == "look"
    assert "1 of 32 frames has the angle of another" in finding.sentence
    several = order_finding(cut(reordered(fine, numpy.r_[0:10, 7:31])))
    assert several.verdict == "look"


def test_lines_there_and_back(lines, cut):
    finding = order_finding(cut(lines(5, zigzag=True)))
    assert finding.verdict == "ok"
    assert finding.sentence.startswith("Lines are scanned there and back")
    assert abs(finding.details["backlash"]) < 0.3 * 0.08 / 30


@pytest.mark.parametrize("n_steps", [2, -2])
def test_backlash(lines, cut, n_steps):
    shift = n_steps * 0.08 / 30
    finding = order_finding(cut(lines(5, zigzag=True, shift=-shift)))
    assert finding.verdict == "look"
    assert finding.details["backlash"] == pytest.approx(shift, rel=0.2)
    side = "above" if n_steps > 0 else "below"
    assert f"{side} those with falling ones" in finding.sentence
