"""The scans themselves, and how they are judged."""

from __future__ import annotations

import dataclasses

import numpy
import pytest

from benchmarks.physics import draws
from benchmarks.physics.changes import CHANGES, LOWEST_DARK, Measured
from benchmarks.physics.curve_rules import one_peak, rises
from benchmarks.physics.rules import Figure, Rule, broken
from benchmarks.physics.scans import Recipe, as_scan, curve, make_scan, reach

PLAIN = Recipe(shape=(128, 160), n_frames=21, peak=10.0, fwhm=4.0, gain=2.0)


@pytest.mark.parametrize("tails", [1.0, 3.0, numpy.inf])
def test_the_curve_halves_at_half_its_width_and_reaches_any_share(tails):
    assert curve(numpy.array([0.0, 2.0, -2.0]), 4.0, tails) == pytest.approx([1, 0.5, 0.5])
    assert curve(reach(0.005, 4.0, tails), 4.0, tails) == pytest.approx(0.005)


def test_frames_have_the_noise_of_photons_and_of_reading():
    scan = make_scan(PLAIN)
    assert scan.frames.dtype == numpy.uint16
    peak = scan.frames[10].astype(float)
    assert peak.mean() == pytest.approx(PLAIN.dark + PLAIN.counts, rel=0.005)
    assert peak.var() == pytest.approx(PLAIN.gain * PLAIN.counts + PLAIN.read_noise**2, rel=0.05)
    assert scan.frames[0].std() == pytest.approx(PLAIN.read_noise, rel=0.05)
    numpy.testing.assert_array_equal(make_scan(PLAIN).frames, scan.frames)


def test_texture_margins_and_gradients_are_as_asked():
    rough = make_scan(dataclasses.replace(PLAIN, texture=0.5, texture_px=3.0)).signal[10]
    assert rough.std() / rough.mean() == pytest.approx(0.5, rel=0.3)
    assert (rough > 0).all()
    dark = make_scan(dataclasses.replace(PLAIN, margins=(0, 0, 30, 0))).signal
    assert (dark[..., :30] == 0).all()
    assert (dark[10, :, 30:] > 0).all()
    tilted = make_scan(dataclasses.replace(PLAIN, tilt=6.0, gradient=0.5)).signal
    peaks = tilted.argmax(axis=0)
    assert (peaks[64, 0], peaks[64, -1]) == (7, 13)
    assert tilted.max(axis=0)[64, -1] == pytest.approx(3 * tilted.max(axis=0)[64, 0], rel=0.01)


@pytest.mark.parametrize("seed", range(20))
def test_drawn_scans_hold_the_tails_and_flanks_do_not_hold_the_peak(seed):
    for recipe in (draws.featureless(seed), draws.textured(seed)):
        assert 20 <= recipe.n_frames <= 60
        slope = recipe.tilt / 2 * numpy.array([-1, 1])
        ends = numpy.array([0, recipe.n_frames - 1])
        far = curve(ends[:, None] - recipe.peak - slope, recipe.fwhm, recipe.tails)
        assert (far < draws.FAR).all()
    flank = draws.one_flank(seed)
    assert not -flank.tilt / 2 <= flank.peak <= flank.n_frames - 1 + flank.tilt / 2
    cut = draws.cut_tails(seed)
    assert 0 < cut.peak < cut.n_frames - 1
    assert cut.dark_image


@pytest.mark.parametrize("name", CHANGES)
def test_changes_change_the_frames_and_keep_the_curve(name):
    measured = Measured(make_scan(PLAIN).rocking_scan, PLAIN.dark)
    changed = CHANGES[name](measured, numpy.random.default_rng(3))
    assert changed.frame_shape == PLAIN.shape
    assert not numpy.array_equal(changed.frames, measured.scan.frames)
    assert numpy.median(changed.frames[0]) > LOWEST_DARK - 5
    assert int(changed.frames.mean(axis=(1, 2)).argmax()) in (9, 10, 11)


def test_rises_are_told_on_each_side_of_the_peak():
    curves = numpy.array([[1.0, 2, 9, 3, 1]]).T
    falling = numpy.array([[0.1, 0.5, 0.9, 0.4, 0.0]]).T
    assert rises(falling, curves) == 0
    before = numpy.array([[0.3, 0.1, 0.9, 0.4, 0.0]]).T
    after = numpy.array([[0.0, 0.5, 0.9, 0.4, 0.8]]).T
    assert rises(before, curves) == pytest.approx(0.2)
    assert rises(after, curves) == pytest.approx(0.4)
    assert rises(1 - falling, curves) == pytest.approx(0.9)


def test_a_second_peak_is_one_that_rises_out_of_the_noise():
    single = numpy.array([0.1, -0.2, 5, 50, 4, 0.3, 0.0])
    double = numpy.array([0.1, 9.0, 5, 50, 4, 0.3, 0.0])
    assert one_peak(numpy.stack([single, double], axis=1), noise=0.5).tolist() == [True, False]


def test_rules_judge_the_worst_scan_or_the_mean():
    each, mean = Rule(1, "each", 0.9), Rule(4, "mean", 0.9, of_mean=True)
    low = Rule(3, "low", 0.1, largest=True)
    assert not each.holds([1.0, 0.8])
    assert mean.holds([1.0, 0.8])
    assert not mean.holds([1.0, 0.7])
    assert low.holds([0.0, 0.1])
    assert not low.holds([0.0, 0.2])
    assert not each.holds([])
    figures = [Figure(each, 1.0, "good"), Figure(each, 0.8, "bad"), Figure(low, 0.0, "good")]
    (line,) = broken(figures)
    assert "bad" in line
    assert "0.8" in line


def test_names_of_scans_tell_how_they_differ():
    assert str(Recipe(seed=3, fwhm=2.5, shape=(128, 130))) == "seed 3: shape (128,130), fwhm 2.5"
    assert as_scan(numpy.zeros((3, 8, 8))).n_steps == 3
