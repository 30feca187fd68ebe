"""Which lines of a simulated scan show, and where."""

from dataclasses import replace

import numpy as np
import pytest

from darfix_wb.simulation import simulate_scan
from darfix_wb.simulation.crystal import make_crystal
from darfix_wb.simulation.geometry import make_geometry
from darfix_wb.simulation.scan import _drifts
from darfix_wb.simulation.visibility import Contrast, line_map

from .conftest import small_parameters

DENSE = {"dislocation_density_per_um2": 0.02}


@pytest.fixture(scope="module")
def dense_scan():
    return simulate_scan(small_parameters(sample=DENSE))


def test_lines_show_by_day_and_not_by_night(dense_scan):
    truth = dense_scan.truth
    assert truth.shown_lines.any()
    assert not truth.shown_lines[truth.line_map < 0].any()
    parameters = dense_scan.parameters
    dark = replace(parameters, detector=replace(parameters.detector, strong_adu_per_s=1.0))
    night = simulate_scan(dark).truth
    assert not night.shown_lines.any()
    np.testing.assert_array_equal(night.line_map, truth.line_map)


def test_lines_are_where_the_middle_frame_shows_them():
    still = simulate_scan(small_parameters(sample=DENSE, drift_px=0.0))
    moved = simulate_scan(small_parameters(sample=DENSE, drift_px=8.0))
    _, shifts, _ = _drifts(moved.parameters)
    down, right = np.rint(shifts[len(shifts) // 2]).astype(int)
    assert np.hypot(down, right) > 2
    expected = np.roll(still.truth.line_map, (down, right), axis=(0, 1))[10:-10, 10:-10]
    agree = (moved.truth.line_map[10:-10, 10:-10] >= 0) == (expected >= 0)
    assert agree.mean() > 0.98


def test_every_pixel_of_the_mask_is_on_a_line_with_contrast_by_g_dot_b(dense_scan):
    truth = dense_scan.truth
    g_dot_b = truth.dislocations.g_dot_b
    on_line = truth.line_map >= 0
    expected = on_line & (g_dot_b[np.maximum(truth.line_map, 0)] != 0)
    np.testing.assert_array_equal(truth.dislocation_mask, expected)


def test_offset_moves_the_map():
    parameters = small_parameters(sample=DENSE)
    geometry = make_geometry(parameters)
    crystal = make_crystal(parameters, geometry)
    here = line_map(parameters, crystal, geometry)
    moved = line_map(parameters, crystal, geometry, (5.0, -3.0))
    np.testing.assert_array_equal(moved[5:, :-3], here[:-5, 3:])
    assert (here >= 0).any()


@pytest.mark.parametrize(("height", "shows"), [(0.5, False), (12.0, True)])
def test_contrast_is_held_against_the_noise(height, shows):
    parameters = small_parameters()
    rate = np.full(parameters.scan.shape, 40.0, np.float32)
    rate[40:47, 20:110] += height * np.sqrt(40 * parameters.detector.gain_adu_per_photon)
    lines = np.full(parameters.scan.shape, -1, np.int16)
    lines[42:45, 20:110] = 0
    contrast = Contrast(parameters)
    contrast.add(rate, 1.0)
    assert contrast.shown(lines).any() == shows
    assert not contrast.shown(np.full_like(lines, -1)).any()


def test_fringes_of_strong_beam_are_no_contrast():
    parameters = small_parameters()
    columns = np.arange(parameters.scan.shape[1])
    rate = np.broadcast_to(5000 * (1 + 0.4 * np.sin(columns / 3)), parameters.scan.shape)
    contrast = Contrast(parameters)
    contrast.add(rate.astype(np.float32), 1.0)
    assert contrast.sigma.max() < 2
