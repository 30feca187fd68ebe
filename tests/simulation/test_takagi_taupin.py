"""The solver against theory: Kato's fan, conserved energy, convergence, single scattering."""

import numpy as np
import pytest
from scipy.special import j0

from darfix_wb.progress import Monitor
from darfix_wb.simulation import (
    GridParameters,
    OpticsParameters,
    SampleParameters,
    ScanParameters,
    SimulationParameters,
)
from darfix_wb.simulation.geometry import make_geometry
from darfix_wb.simulation.optics import blurred
from darfix_wb.simulation.takagi_taupin import solve_column
from darfix_wb.simulation.wavefield import layer_edges, sheet_amplitude, solve_rocking

from .conftest import crystal_of

PATH_UM = 120.0


def kato_field(s0, exit_um, phi, geometry):
    """Sum of point sources over the Gaussian sheet (Kato 1961): -iK J0(2K sqrt(s0 sh))."""
    source = np.linspace(-3.5, 3.5, 1501) * geometry.beam_sigma_um
    height = exit_um - source
    amplitude = np.exp(-0.5 * (source / geometry.beam_sigma_um) ** 2)
    turn = amplitude * np.exp(-1j * geometry.kappa_per_um * phi * height)
    fan = j0(2 * geometry.coupling_per_um * np.sqrt(s0[:, None] * height))
    return -1j * geometry.coupling_per_um * (fan @ turn) * (source[1] - source[0])


def solve_perfect(
    phi,
    phase_of=lambda n_s0, n_sh: np.zeros((n_s0, n_sh)),
    coupling=1.0,
    path_um=PATH_UM,
    **sample,
):
    parameters = SimulationParameters(sample=SampleParameters(**sample))
    geometry = make_geometry(parameters)
    edges = layer_edges(parameters, geometry)
    step = geometry.row_um * parameters.grid.row_px
    n_s0 = round(path_um / step)
    fields = solve_column(
        phase_of(n_s0, edges.size - 1),
        edges,
        step,
        np.asarray(phi),
        coupling * geometry.coupling_per_um,
        geometry.kappa_per_um,
        sheet_amplitude(edges, geometry),
    )
    return fields, (np.arange(n_s0) + 0.5) * step, edges, geometry, step


@pytest.mark.parametrize(
    ("material", "reflection", "path_um", "exit_um"),
    [
        ("Al", (1, 1, 1), PATH_UM, 60),
        ("Si", (2, 2, 0), PATH_UM, 60),
        ("C", (2, 2, 0), PATH_UM, 60),
        # As thick as lets the beam through: mu (path + exit) = 1.5
        ("Ge", (2, 2, 0), 28, 14),
        ("GaN", (0, 0, 2), 32, 16),
    ],
)
def test_perfect_crystal_agrees_with_kato(material, reflection, path_um, exit_um):
    angles = np.array([0.0, 70e-6, -70e-6])
    fields, s0, edges, geometry, _ = solve_perfect(
        angles, path_um=path_um, material=material, reflection=reflection, exit_um=exit_um
    )
    for k, phi in enumerate(angles):
        expected = np.abs(kato_field(s0, edges[-1], phi, geometry)) ** 2
        found = np.abs(fields.diffracted[:, k]) ** 2
        error = np.sqrt(np.mean((found - expected) ** 2) / np.mean(expected**2))
        assert error < 0.01


def test_energy_is_conserved_in_a_deformed_crystal():
    rng = np.random.default_rng(5)
    angles = np.array([0.0, 140e-6, -500e-6])
    fields, _, edges, geometry, step = solve_perfect(
        angles, lambda *shape: rng.normal(0, 0.8, shape)
    )
    width = np.diff(edges)
    entered = np.sum(sheet_amplitude(edges, geometry) ** 2 * width)
    left = width @ np.abs(fields.transmitted) ** 2
    left += step * np.sum(np.abs(fields.diffracted) ** 2, axis=0)
    np.testing.assert_allclose(left, entered, rtol=1e-11)


def test_born_solution_is_the_limit_of_weak_scattering():
    fields, *_ = solve_perfect([0.0, 70e-6], coupling=1e-3)
    difference = np.abs(fields.diffracted - fields.born)
    assert difference.max() < 1e-3 * np.abs(fields.born).max()
    fields, *_ = solve_perfect([0.0, 70e-6])
    assert np.abs(fields.diffracted - fields.born).max() > 0.3 * np.abs(fields.born).max()


def test_rocking_curve_of_thin_crystal_is_the_angular_spectrum():
    angles = np.linspace(-150e-6, 150e-6, 61)
    fields, *_ = solve_perfect(angles, coupling=1e-3)
    curve = np.abs(fields.born[10]) ** 2
    above = angles[curve > 0.5 * curve.max()]
    assert np.ptp(above) == pytest.approx(105e-6, abs=6e-6)


def rocking_frames(fine):
    """Frames of 48 x 64 px of one dislocation; `fine` halves every cell of the grid."""
    factor = 2 if fine else 1
    default = GridParameters()
    shape = (48 * factor, 64 * factor)
    parameters = SimulationParameters(
        sample=SampleParameters(upstream_um=8, exit_um=12),
        optics=OpticsParameters(pixel_um=0.0444 / factor, psf_px=3.0 * factor),
        scan=ScanParameters(shape=shape),
        grid=GridParameters(
            layer_cell_um=default.layer_cell_um / factor, exit_cell_um=default.exit_cell_um / factor
        ),
    )
    geometry = make_geometry(parameters)
    burgers = 2.863e-4 * np.array([0.3, 0.4, 0.866])
    crystal = crystal_of([3.4, 1.5, 0], [0.25, 0.3, 0.9], burgers, parameters)
    phi = np.deg2rad(0.004) * np.array([0.0, 3.0, 4.0, -3.0, -4.0])
    fields = solve_rocking(
        parameters,
        crystal,
        geometry,
        phi,
        0.0,
        shape,
        monitor=Monitor(lambda part: None, cancelled=lambda: False),
    )
    frames = [blurred(fields.intensity[..., k].T, parameters) for k in range(len(phi))]
    return np.reshape(frames, (len(phi), 48, factor, 64, factor)).mean(axis=(2, 4))


def test_halving_the_grid_changes_little():
    coarse, fine = rocking_frames(fine=False), rocking_frames(fine=True)
    assert np.corrcoef(coarse[0].ravel(), fine[0].ravel())[0, 1] > 0.9
    for weak, reference in zip(coarse[1:], fine[1:], strict=True):
        change = np.sqrt(np.mean((weak - reference) ** 2) / np.mean(reference**2))
        assert change < 0.01
