"""Mosaic blocks: their size, their tilts, how they join, and that nothing else moves."""

import dataclasses

import numpy as np
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.simulation import SampleParameters, SimulationParameters, simulate_scan
from darfix_wb.simulation.crystal import make_crystal
from darfix_wb.simulation.geometry import make_geometry
from darfix_wb.simulation.mosaic import MosaicBlocks, make_blocks

from .conftest import small_parameters

BOX = np.array([[-40.0, -20.0], [200.0, 60.0]])


def blocks_of(**values):
    return make_blocks(SampleParameters(**values), BOX, 20.0)


def test_blocks_have_their_mean_size_and_spread():
    sizes, tilts = [], []
    for seed in range(8):
        blocks = blocks_of(mosaic_um=12.0, mosaic_urad=900.0, crystal_seed=seed)
        volume = np.prod(np.append(BOX[1] - BOX[0], 60.0) + 24)
        sizes.append((volume / len(blocks.seed_um)) ** (1 / 3))
        tilts.append(blocks.block_tilt_rad)
    assert np.mean(sizes) == pytest.approx(12, rel=0.03)
    assert np.concatenate(tilts).std() == pytest.approx(900e-6, rel=0.05)


def test_inside_a_block_its_tilt_holds_and_neighbours_join_over_a_micrometre():
    blocks = MosaicBlocks(np.array([[0.0, 0, 0], [20.0, 0, 0]]), np.array([-1e-3, 2e-3]))
    x = np.linspace(-10, 30, 4001)
    tilt = blocks.tilt_rad(np.stack([x, 3 + 0 * x, -2 + 0 * x], axis=1))
    np.testing.assert_allclose(tilt[x < 8], -1e-3, atol=1e-7)
    np.testing.assert_allclose(tilt[x > 12], 2e-3, atol=1e-7)
    inside = x[(tilt > -1e-3 + 0.3e-3) & (tilt < 2e-3 - 0.3e-3)]
    assert 0.3 < np.ptp(inside) < 1.2
    assert np.all(np.diff(tilt) >= -1e-12)
    assert tilt[2000] == pytest.approx(0.5e-3, abs=1e-6)


def test_a_single_block_is_everywhere():
    blocks = MosaicBlocks(np.zeros((1, 3)), np.array([3e-4]))
    np.testing.assert_allclose(blocks.tilt_rad(np.zeros((4, 5, 3))), np.full((4, 5), 3e-4))


@pytest.mark.parametrize("values", [{}, {"mosaic_um": 20.0}, {"mosaic_urad": 300.0}])
def test_no_blocks_unless_they_have_size_and_tilt(values):
    assert blocks_of(**values) is None


@pytest.mark.parametrize("size", [0.5, -3.0, float("nan")])
def test_blocks_that_are_too_small_are_refused(size):
    with pytest.raises(DarfixWBError, match="mosaic_um must be"):
        SampleParameters(mosaic_um=size)


def test_blocks_move_no_dislocation_and_belong_to_the_crystal_and_not_to_the_layer():
    plain = SimulationParameters()
    sample = dataclasses.replace(plain.sample, mosaic_um=15.0, mosaic_urad=500.0)
    mosaic = dataclasses.replace(plain, sample=sample)
    other = dataclasses.replace(mosaic, sample=dataclasses.replace(sample, layer_z_um=7.0))
    crystals = [make_crystal(p, make_geometry(p)) for p in (plain, mosaic, other)]
    for crystal in crystals[1:]:
        np.testing.assert_array_equal(
            crystal.dislocations.point_um, crystals[0].dislocations.point_um
        )
        np.testing.assert_array_equal(crystal.wave_phase_rad, crystals[0].wave_phase_rad)
    np.testing.assert_array_equal(crystals[1].blocks.seed_um, crystals[2].blocks.seed_um)


def test_local_peaks_of_a_scan_are_those_of_the_blocks():
    """Without dislocations and tilt, the truth holds a few distinct peaks that fill the frame."""
    sample = {
        "dislocation_density_per_um2": 0.0,
        "boundary_misorientation_urad": 0.0,
        "tilt_urad": 0.0,
        "curvature_urad_per_um": 0.0,
        "mosaic_um": 8.0,
        "mosaic_urad": 400.0,
    }
    scan = simulate_scan(small_parameters(steps=3, step_deg=0.02, sample=sample))
    assert len(scan.truth.dislocations.line) == 0
    peaks = np.deg2rad(scan.truth.local_peak_deg.astype(float))
    geometry = make_geometry(scan.parameters)
    crystal = make_crystal(scan.parameters, geometry)
    tilts = crystal.blocks.block_tilt_rad
    middle = np.median(crystal.tilt_rad(field_points(scan.parameters, geometry)))
    nearest = np.abs(peaks[..., None] - (tilts - middle)).min(axis=-1)
    assert np.mean(nearest < 5e-6) > 0.7
    assert np.ptp(peaks) > 200e-6


def field_points(parameters, geometry):
    """The 24 x 24 points on which a scan is centred."""
    rows, columns = parameters.scan.shape
    x = np.linspace(0, rows * geometry.row_um, 24)
    y = np.linspace(0, columns * geometry.column_um, 24)
    return np.stack(np.broadcast_arrays(x[:, None], y, 0.0), axis=-1)
