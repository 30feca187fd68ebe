"""Whole scans: the same twice, seeds apart, detector as measured, progress and cancelling."""

import dataclasses
import time

import numpy as np
import pytest

from darfix_wb.errors import OperationCancelled
from darfix_wb.patches import PatchGrid
from darfix_wb.progress import Monitor
from darfix_wb.simulation import (
    DetectorParameters,
    OpticsParameters,
    patch_truth,
    random_parameters,
    simulate_scan,
)
from darfix_wb.simulation.geometry import make_geometry
from darfix_wb.simulation.scan import bin_mean

from .conftest import COARSE, small_parameters


def test_same_seeds_give_the_same_bytes(small_scan):
    again = simulate_scan(small_scan.parameters)
    assert again.frames.tobytes() == small_scan.frames.tobytes()
    for name in ("ms", "dev", "illumination", "local_peak_deg", "dislocation_mask"):
        first, second = (getattr(scan.truth, name) for scan in (small_scan, again))
        assert first.tobytes() == second.tobytes()


def test_seed_of_noise_leaves_the_crystal_alone(small_scan):
    other = simulate_scan(small_parameters(seed=1))
    assert not np.array_equal(other.frames, small_scan.frames)
    np.testing.assert_array_equal(other.truth.ms, small_scan.truth.ms)
    third = simulate_scan(small_parameters(sample={"crystal_seed": 1}))
    assert not np.array_equal(third.truth.ms, small_scan.truth.ms)


def test_frames_and_truth_have_their_shapes(small_scan):
    assert small_scan.frames.shape == (11, 96, 130)
    assert small_scan.frames.dtype == np.uint16
    assert small_scan.truth.ms.shape == small_scan.truth.dev.shape == (11, 24, 33)
    np.testing.assert_allclose(np.diff(small_scan.phi_deg), 0.004)


def test_dark_level_and_noise_are_those_of_the_camera():
    parameters = dataclasses.replace(
        small_parameters(steps=2, peak_offset_deg=1.0),
        optics=OpticsParameters(haze_adu_per_s=0, stray_fraction=0),
        detector=DetectorParameters(exposure_s=2.0, fixed_pattern_adu=0, edge_glow_adu=0),
    )
    first, second = simulate_scan(parameters).frames.astype(float)
    assert np.median(first) == pytest.approx(102.5 + 7.5 * 2, abs=1)
    difference = first - second
    assert np.mean(difference**2) / 2 == pytest.approx(6.3 + 11 * 2, rel=0.1)


def test_peak_offset_moves_the_peak(small_scan):
    shifted = simulate_scan(small_parameters(peak_offset_deg=0.008))
    counts = [scan.frames.mean(axis=(1, 2)) for scan in (small_scan, shifted)]
    assert np.argmax(counts[1]) - np.argmax(counts[0]) == 2
    moved = shifted.truth.local_peak_deg - small_scan.truth.local_peak_deg
    np.testing.assert_allclose(moved, 0.008, atol=1e-5)


def test_margins_are_empty():
    optics = OpticsParameters(margins=(0, 0, 0.5, 0))
    parameters = dataclasses.replace(small_parameters(steps=5), optics=optics)
    scan = simulate_scan(parameters)
    condition = patch_truth(scan.truth, PatchGrid((96, 130), 32)).condition
    assert np.all(condition[:, :, :2] == 2)
    assert np.all(condition[:, :, 3:] != 2)


def test_auto_exposure_lengthens_dim_frames(small_scan):
    detector = DetectorParameters(auto_exposure=True)
    scan = simulate_scan(dataclasses.replace(small_scan.parameters, detector=detector))
    assert scan.exposure_s[0] > 2 * scan.exposure_s[5]
    assert np.all(small_scan.exposure_s == 1.0)


def test_progress_rises_to_one():
    seen = []
    simulate_scan(small_parameters(steps=3), monitor=Monitor(seen.append))
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)
    assert len(seen) > 10


def test_cancelling_stops_within_a_second(small_scan):
    parameters = small_parameters(steps=31, shape=(512, 640))
    parameters = dataclasses.replace(parameters, grid=dataclasses.replace(COARSE, column_px=1))
    asked = []

    def cancelled():
        asked.append(time.perf_counter())
        return len(asked) > 30

    with pytest.raises(OperationCancelled):
        simulate_scan(parameters, monitor=Monitor(cancelled=cancelled))
    assert len(asked) == 31
    assert time.perf_counter() - asked[-1] < 1
    assert np.max(np.diff(asked)) < 1


def test_bins_at_the_border_hold_fewer_pixels():
    image = np.arange(30.0).reshape(5, 6)
    binned = bin_mean(image)
    assert binned.shape == (2, 2)
    assert binned[0, 0] == image[:4, :4].mean()
    assert binned[1, 1] == image[4:, 4:].mean()


def test_random_parameters_differ_and_run():
    rng = np.random.default_rng(3)
    drawn = [random_parameters(rng, shape=(64, 64)) for _ in range(40)]
    assert len({p.sample.reflection for p in drawn}) > 3
    assert len({p.scan.step_deg for p in drawn}) == 40
    assert {p.detector.auto_exposure for p in drawn} == {True, False}
    small = dataclasses.replace(drawn[0], grid=COARSE)
    assert simulate_scan(small).frames.shape == (small.scan.steps, 64, 64)
    again = random_parameters(np.random.default_rng(3), shape=(64, 64))
    assert again == drawn[0]


def test_absorption_dims_the_rows_and_leaves_the_truth(monkeypatch):
    """exp(-mu s0) from the first lit row on, in illumination and signal; ms is relative."""
    sample = {"material": "Cu", "dislocation_density_per_um2": 0.001}
    optics = OpticsParameters(margins=(0.25, 0, 0, 0), haze_adu_per_s=0, stray_fraction=0)
    parameters = dataclasses.replace(small_parameters(steps=3, sample=sample), optics=optics)
    dimmed = simulate_scan(parameters)
    monkeypatch.setattr("darfix_wb.simulation.geometry.absorption_per_um", lambda *_: 0.0)
    plain = simulate_scan(parameters)
    np.testing.assert_array_equal(dimmed.truth.ms, plain.truth.ms)
    np.testing.assert_array_equal(dimmed.truth.dev, plain.truth.dev)
    monkeypatch.undo()
    geometry = make_geometry(parameters)
    assert geometry.absorption_per_um == pytest.approx(0.047, rel=0.02)
    rows = np.arange(24) * 4 + 1.5 - 24
    expected = np.exp(-geometry.absorption_per_um * geometry.row_um * rows)
    for name in ("illumination", "signal_adu"):
        part = np.asarray(getattr(dimmed.truth, name), float)[..., 8:, :]
        whole = np.asarray(getattr(plain.truth, name), float)[..., 8:, :]
        ratio = np.median(part / whole, axis=-1)
        np.testing.assert_allclose(ratio, np.broadcast_to(expected[8:], ratio.shape), rtol=0.01)
    offset = parameters.detector.offset_adu + parameters.detector.dark_adu_per_s
    means = [scan.frames[1, -12:-4].astype(float).mean() - offset for scan in (dimmed, plain)]
    s0 = (96 - 8 - 24) * geometry.row_um
    assert means[0] / means[1] == pytest.approx(np.exp(-geometry.absorption_per_um * s0), rel=0.05)
