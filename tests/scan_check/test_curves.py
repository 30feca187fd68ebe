"""The rocking peak, the beam, and what a classification tells of them."""

from __future__ import annotations

from dataclasses import replace

import numpy
import pytest

from darfix_wb.scan import RockingScan
from darfix_wb.scan_check import cheap_warnings
from darfix_wb.scan_check.beam import beam_jumps
from darfix_wb.scan_check.intensities import frame_intensities
from darfix_wb.scan_check.peaks import measure_peaks, peaks_finding
from darfix_wb.scan_check.sample import neighbouring_frames


def only(scan, frames):
    return replace(scan, frames=scan.frames[frames], angles=scan.angles[frames], curves=None)


def test_points_per_width(fine, cut):
    peaks = measure_peaks(cut(fine))
    assert peaks.points.mean() == pytest.approx(0.0188 / (0.08 / 30), abs=0.5)
    assert not peaks.at_edge.any()


def test_a_peak_in_one_frame(fine, cut):
    finding = peaks_finding(cut(only(fine, slice(3, None, 12))))
    assert finding.verdict == "look"
    assert "most show up in a single frame" in finding.sentence


@pytest.mark.parametrize("frames", [slice(0, 16), slice(15, None)])
def test_a_peak_at_the_edge(fine, cut, frames):
    finding = peaks_finding(cut(only(fine, frames)))
    assert finding.verdict == "look"
    assert "at or beyond the edge of the scan" in finding.sentence


def test_no_tails(fine, cut):
    finding = peaks_finding(cut(only(fine, slice(10, 21)), dark=100.0))
    assert finding.verdict == "look"
    assert "does not reach the tails" in finding.sentence


def test_a_weak_beam_that_is_not_seen(fine, with_frames, cut):
    """As in a mosaicity scan: the patches are dark in most frames."""
    assert peaks_finding(cut(fine)).details["share_with_signal"] == pytest.approx(1, abs=0.02)
    rng = numpy.random.default_rng(0)
    peak = numpy.exp(-0.5 * (numpy.arange(-15, 16) / 1.0) ** 2)[:, None, None]
    frames = 100 + rng.normal(0, 4, fine.frames.shape) + 50 * peak
    patched = cut(with_frames(frames))
    finding = peaks_finding(patched)
    assert finding.verdict == "look"
    assert finding.details["share_with_signal"] == pytest.approx(5 / 31, abs=0.04)
    assert any("no weak beam is seen there" in warning for warning in cheap_warnings(patched))


def test_no_signal(fine, with_frames, cut):
    frames = numpy.random.default_rng(0).normal(100, 4, fine.frames.shape)
    finding = peaks_finding(cut(with_frames(frames)))
    assert finding.verdict == "stop"
    assert "No patch carries any signal" in finding.sentence
    assert "steps" not in finding.sentence


def test_a_peak_of_a_single_frame_that_is_left_out(fine, with_frames, cut):
    frames = numpy.random.default_rng(0).normal(100, 4, fine.frames.shape)
    frames[15] += 1000
    patched = cut(with_frames(frames).leave_out({15: "too bright"}))
    finding = peaks_finding(patched)
    assert finding.verdict == "stop"
    assert "if one of them is the peak, the steps are too wide" in finding.sentence


def changed(fine, frame, factor):
    frames = fine.frames.astype(float)
    frames[frame] = 100 + factor * (frames[frame] - 100)
    return frames


@pytest.mark.parametrize(("frame", "factor"), [(18, 0.6), (25, 2.0)])
def test_a_jump_of_the_beam(fine, with_frames, cut, frame, factor):
    jumps, n_seen = beam_jumps(cut(with_frames(changed(fine, frame, factor))))
    assert list(jumps) == [frame]
    assert jumps[frame] == pytest.approx(factor, rel=0.25)
    assert n_seen > 20


def test_a_beam_that_is_nearly_lost_is_left_out(fine, with_frames, cut):
    patched = cut(with_frames(changed(fine, 4, 0.3)))
    assert dict(patched.scan.left_out) == {4: "no beam, or hardly any"}


def test_grains_that_peak_each_in_a_frame_of_its_own_are_no_jump(cut):
    """As in a mosaicity scan: in each frame another set of patches is bright."""
    rng = numpy.random.default_rng(0)
    grains = rng.lognormal(0, 1.5, (40, 6, 8)).repeat(16, 1).repeat(16, 2)
    frames = 100 + rng.normal(0, 4, grains.shape) + 100 * grains
    scan = RockingScan(frames, numpy.arange(40.0), "phi")
    assert beam_jumps(cut(scan))[0] == {}


def test_no_jump_where_there_is_none(fine, cut, lines):
    for scan in (
        fine,
        only(fine, slice(None, None, 2)),
        only(fine, slice(None, None, 4)),
        lines(3),
    ):
        assert beam_jumps(cut(scan))[0] == {}


def test_a_right_scan_has_no_warnings(fine, lines, cut):
    assert cheap_warnings(cut(fine)) == ()
    assert cheap_warnings(cut(lines(4))) == ()
    assert cheap_warnings(cut(lines(4, zigzag=True))) == ()


def test_patches_without_a_valid_pixel_take_no_part(fine, cut):
    patched = cut(fine)
    curves = patched.curves.copy()
    curves[:, 2, 3] = numpy.nan
    partly = replace(patched, curves=curves)
    assert cheap_warnings(partly) == ()
    assert beam_jumps(partly) == beam_jumps(patched)
    assert measure_peaks(partly).points.size == measure_peaks(patched).points.size - 1
    assert neighbouring_frames(partly)[-1] == neighbouring_frames(patched)[-1]
    intensities = frame_intensities(partly)
    kept = numpy.delete(patched.curves.reshape(31, -1), 2 * patched.grid.shape[1] + 3, axis=1)
    numpy.testing.assert_allclose(intensities, kept.mean(axis=1))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda frames: frames[::-1].copy(), None),
        (lambda frames: numpy.maximum(frames.astype(int) - 140, 0).astype("uint16"), "removed"),
        (lambda frames: numpy.clip((frames - 80.0) * 400, 0, 65535).astype("uint16"), "holds"),
        (lambda frames: frames.astype("int32") - 200, "below 0"),
    ],
)
def test_warnings_of_changed_frames(fine, with_frames, cut, change, expected):
    warnings = cheap_warnings(cut(with_frames(change(fine.frames))))
    if expected is None:
        assert warnings == ()
    else:
        assert any(expected in warning for warning in warnings), warnings


def test_warnings_of_wrong_angles_are_sentences(fine, cut):
    grid = replace(fine, angles=numpy.tile(fine.angles[:10], 4)[:31], curves=None)
    (warning, *_) = cheap_warnings(cut(grid))
    assert warning.startswith("phi turns back 5 times in the rocking curve")
    assert warning.endswith("Choose the frames of one sweep, or the motor that rocks.")
