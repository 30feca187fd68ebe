"""Dark level, noise, gain, saturation and pixels that are not used."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy
import pytest

from darfix_wb.normalization import Background
from darfix_wb.scan import RockingScan
from darfix_wb.scan_check import check_scan
from darfix_wb.scan_check.darkness import darkness_finding, removed_finding
from darfix_wb.scan_check.photon_transfer import block_noise, fit_gain


def found(scan, topic):
    return check_scan(scan, patch_size=16)[0].finding(topic)


# Dark level and noise


def test_the_dark_level_is_that_of_the_dark_images(fine):
    dark = numpy.full((96, 128), 99.0, dtype="float32")
    finding = found(replace(fine, dark=dark), "offset and noise")
    assert finding.verdict == "ok"
    assert "The dark level is 99 counts (from the dark images)" in finding.sentence


def test_a_dark_level_above_the_frames(fine, cut):
    patched = cut(fine)
    finding = darkness_finding(replace(patched, curves=patched.curves - 200))
    assert finding.verdict == "stop"
    assert "of all patches in all frames are darker than the dark level" in finding.sentence


def test_a_subtracted_offset(fine, with_frames):
    frames = fine.frames.astype("int32") - 150
    finding = found(with_frames(frames), "offset and noise")
    assert finding.verdict == "look"
    assert "no detector counts below 0" in finding.sentence


@pytest.mark.parametrize("factor", [0.05, 60.0])
def test_a_noise_that_no_camera_has(fine, with_frames, factor):
    frames = 1000 + factor * (fine.frames.astype(float) - 100)
    finding = found(with_frames(frames), "offset and noise")
    assert finding.verdict == "look"
    assert "neither scaled nor filtered" in finding.sentence


def test_light_that_is_taken_for_dark(fine, cut):
    patched = cut(fine)
    lit = replace(patched, background=Background(500.0, 30.0, "estimated"))
    assert "light is taken for the dark level" in darkness_finding(lit, 2.0).sentence
    dark = replace(patched, background=Background(500.0, 5.0, "estimated"))
    assert "light is taken" not in darkness_finding(dark, 2.0).sentence
    given = replace(patched, background=Background(500.0, 30.0, "given"))
    assert "light is taken" not in darkness_finding(given, 2.0).sentence
    assert "light is taken" not in darkness_finding(lit, math.nan).sentence


def test_a_level_that_drifts(fine, with_frames):
    drift = numpy.linspace(0, 20, 31)[:, None, None]
    finding = found(with_frames(fine.frames + drift), "offset and noise")
    assert finding.verdict == "look"
    assert finding.details["drift"] == pytest.approx(20 * 28 / 30, rel=0.1)


def test_a_removed_background(fine, with_frames, cut):
    frames = numpy.maximum(fine.frames.astype(int) - 130, 0)
    finding = found(with_frames(frames.astype("uint16")), "background")
    assert finding.verdict == "look"
    assert "of all pixels are exactly 0" in finding.sentence
    share = (frames == 0).mean()
    assert finding.details["share_of_zeros"] == pytest.approx(share)
    assert removed_finding(cut(fine), 0.02).verdict == "ok"


# Gain


def flat_pairs(gain, n=8, seed=0):
    """Pairs of frames of light from 0 to 2000 counts, each a ramp."""
    rng = numpy.random.default_rng(seed)
    ramp = numpy.linspace(0, 1, 320)[None] * numpy.ones((256, 1))
    for top in numpy.geomspace(20, 2000, n):
        light = top * ramp
        yield [100 + rng.normal(0, 4, light.shape) + gain * rng.poisson(light / gain) for _ in "ab"]


@pytest.mark.parametrize("gain", [0.46, 2.14, 10.0])
def test_the_gain_of_photons(gain):
    transfer = fit_gain([block_noise(*pair) for pair in flat_pairs(gain)], 100.0, 4.0)
    assert transfer.gain == pytest.approx(gain, rel=0.06)
    assert abs(transfer.gain - gain) < 4 * transfer.uncertainty
    assert transfer.offset == pytest.approx(16, rel=0.2)


def test_hot_pixels_do_not_change_it():
    pairs = []
    rng = numpy.random.default_rng(3)
    for first, second in flat_pairs(2.0):
        hot = rng.random(first.shape) < 0.002
        first[hot] += 5000
        pairs.append(block_noise(first, second))
    assert fit_gain(pairs, 100.0, 4.0).gain == pytest.approx(2.0, rel=0.06)


def test_invalid_pixels_take_no_part():
    first, second = next(iter(flat_pairs(2.0)))
    invalid = numpy.zeros(first.shape, dtype=bool)
    invalid[:, :160] = True
    first[invalid], second[invalid] = 0, 65535
    means, variances = block_noise(first, second, invalid)
    assert len(means) == (256 - 2) // 8 * ((320 - 160 - 4) // 8)
    assert variances.max() < 300


def test_where_the_gain_cannot_be_told():
    rng = numpy.random.default_rng(0)
    dark = [[100 + rng.normal(0, 4, (96, 128)) for _ in "ab"] for _ in range(4)]
    assert math.isnan(fit_gain([block_noise(*pair) for pair in dark], 100.0, 4.0).gain)
    assert math.isnan(fit_gain([], 100.0, 4.0).gain)
    blotchy = [
        [100 + rng.normal(0, 4, (128, 128)) + top * rng.random((128, 128)) for _ in "ab"]
        for top in numpy.geomspace(20, 2000, 8)
    ]
    assert math.isnan(fit_gain([block_noise(*pair) for pair in blotchy], 100.0, 4.0).gain)


# Saturation


def saturated(fine, top, dtype):
    signal = 8 * (fine.frames.astype(float) - 100) + 100
    return numpy.clip(signal, 0, top).astype(dtype)


@pytest.mark.parametrize(("top", "dtype"), [(65535, "uint16"), (4095, "uint16"), (4095, "float32")])
def test_saturated_strong_beam(fine, with_frames, top, dtype):
    factor = top / 4095
    frames = saturated(fine, top / factor, float) * factor
    finding = found(with_frames(frames.astype(dtype)), "saturation")
    assert finding.verdict == "look"
    assert finding.details["level"] == top
    saturated_frames = (frames >= top).mean(axis=(1, 2)) > 1e-4
    assert finding.details["frames"] == numpy.flatnonzero(saturated_frames).tolist()
    assert 0 < finding.details["n_pixels"] <= (frames >= top).any(axis=0).sum()


def test_most_frames_saturated(fine, with_frames):
    frames = numpy.clip((fine.frames.astype(int) - 80) * 3000, 0, 65535).astype("uint16")
    finding = found(with_frames(frames), "saturation")
    assert finding.verdict == "stop"
    assert "31 of 31 frames" in finding.sentence


def test_a_few_hot_pixels_are_not_saturation(fine, with_frames):
    frames = fine.frames.copy()
    frames[14:17, 40, 50] = 65535
    finding = found(with_frames(frames), "saturation")
    assert finding.verdict == "ok"


def test_invalid_rows_at_the_end_of_the_range_are_not_saturation(fine, with_frames, masked):
    frames = fine.frames.copy()
    frames[:, 30:34] = 65535
    assert found(with_frames(frames), "saturation").details["n_pixels"] == 0
    invalid = numpy.zeros((96, 128), dtype=bool)
    invalid[30:34] = True
    scan = masked(with_frames(frames), invalid, {"largest value": 512})
    assert found(scan, "saturation").verdict == "ok"


def test_unsigned_counts_stored_as_signed(fine, with_frames):
    frames = saturated(fine, 65000, "uint16").astype(int) * 8
    frames = numpy.minimum(frames, 65000).astype("uint16").view("int16")
    finding = found(with_frames(frames), "saturation")
    assert finding.verdict == "stop"
    assert "unsigned counts were stored as signed ones" in finding.sentence


def test_negative_counts_stored_as_unsigned(fine, with_frames):
    frames = (fine.frames.astype(int) - 100).astype("uint16")
    finding = found(with_frames(frames), "saturation")
    assert finding.verdict == "stop"
    assert "counts below 0 were stored as unsigned ones" in finding.sentence


def test_low_whole_numbers_are_no_plateau(fine):
    rng = numpy.random.default_rng(0)
    rate = 0.02 * (fine.frames.astype(float) - 100).clip(0) + 0.1
    scan = RockingScan(rng.poisson(rate).astype("uint16"), fine.angles, "phi")
    assert found(scan, "saturation").verdict == "ok"


# Pixels and frames that are not used


def test_invalid_pixels_by_reason(fine, masked):
    invalid = numpy.zeros((96, 128), dtype=bool)
    invalid[0, :120] = True
    scan = masked(fine, invalid, {"hot": 100, "dead": 20, "NaN": 0})
    finding = found(scan, "invalid pixels")
    assert finding.verdict == "ok"
    assert "120 of 12288 pixels (0.98%)" in finding.sentence
    assert finding.sentence.endswith("100 hot, 20 dead.")
    report, _ = check_scan(scan, patch_size=16)
    numpy.testing.assert_array_equal(report.figures.invalid, invalid)
    invalid[:10] = True
    assert found(masked(fine, invalid, {"hot": 1280}), "invalid pixels").verdict == "look"
    none = masked(fine, numpy.zeros_like(invalid), {})
    assert found(none, "invalid pixels").sentence == "All 12288 pixels are valid."


def test_frames_that_are_left_out(fine):
    scan = fine.leave_out({3: "black", 7: "torn", 9: "black"})
    finding = found(scan, "bad frames")
    assert finding.verdict == "look"
    expected = "3 of 31 frames are left out of the rocking curves: 2 black (frames 3 and 9), 1 torn"
    assert finding.sentence.startswith(expected)
    many = fine.leave_out(dict.fromkeys(range(20), "missing"))
    assert found(many, "bad frames").verdict == "stop"


def test_what_was_noticed_on_opening(fine):
    scan = replace(fine, warnings=("Two positions more than frames were left aside.",))
    finding = found(scan, "frames")
    assert finding.verdict == "look"
    assert finding.warnings == scan.warnings
