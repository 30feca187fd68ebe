"""Dislocations: what they do to the lattice, when they are seen, and how layers fit together."""

import dataclasses

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from darfix_wb.progress import Monitor
from darfix_wb.simulation import SampleParameters, ScanParameters, SimulationParameters
from darfix_wb.simulation.crystal import make_crystal
from darfix_wb.simulation.deformation import add_near_phase, pack_lines, smooth_deviation
from darfix_wb.simulation.geometry import make_geometry
from darfix_wb.simulation.materials import MATERIALS
from darfix_wb.simulation.slip import slip_systems
from darfix_wb.simulation.visibility import dislocation_mask, line_map
from darfix_wb.simulation.wavefield import solve_rocking

from .conftest import COARSE, crystal_of

BURGERS_UM = MATERIALS["Al"].lattice_um[0] / np.sqrt(2)


def field(crystal, parameters, steps=(0.0, 4.0)):
    shape = parameters.scan.shape
    phi = np.deg2rad(0.004) * np.asarray(steps)
    fields = solve_rocking(
        parameters,
        crystal,
        make_geometry(parameters),
        phi,
        0.0,
        shape,
        monitor=Monitor(lambda part: None, cancelled=lambda: False),
    )
    return fields.intensity.transpose(2, 1, 0)


def lone(layer_z=0.0, grid=COARSE):
    return SimulationParameters(
        sample=SampleParameters(upstream_um=5, exit_um=8, layer_z_um=layer_z),
        scan=ScanParameters(shape=(96, 128)),
        grid=grid,
    )


def test_slip_systems_of_fcc():
    systems = slip_systems(MATERIALS["Al"])
    normals, burgers = systems.normals, systems.burgers_um
    assert len({(*n.round(6), *b.round(9)) for n, b in zip(normals, burgers, strict=True)}) == 12
    np.testing.assert_allclose(np.einsum("ij,ij->i", normals, burgers), 0, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(burgers, axis=1), BURGERS_UM)


def test_g_dot_b_is_an_integer():
    parameters = SimulationParameters()
    table = make_crystal(parameters, make_geometry(parameters)).dislocations
    assert set(np.unique(table.g_dot_b)) <= {-1.0, 0.0, 1.0}
    assert np.ptp(table.g_dot_b) > 0


def test_phase_around_a_dislocation_closes_to_the_burgers_vector():
    """Along two rays on either side of the line, h.u differs by 2 pi g.b in total."""
    parameters = lone()
    geometry = make_geometry(parameters)
    h_hat = geometry.diffraction_vector_per_um / np.linalg.norm(geometry.diffraction_vector_per_um)
    spacing = 2 * np.pi / np.linalg.norm(geometry.diffraction_vector_per_um)
    crystal = crystal_of([0, 0, 0], [0, 1, 0], h_hat * spacing, parameters)
    lines = pack_lines(crystal, geometry)
    edges = np.linspace(-2000, 2000, 40001)
    middle = 0.5 * (edges[1:] + edges[:-1])
    s0 = np.array([-3.0, 3.0])
    phase = np.zeros((2, middle.size), np.float32)
    add_near_phase(lines, 0.06**2, s0, 0.0, 0.0, edges, phase)
    points = s0[:, None, None] * [1, 0, 0] + middle[:, None] * geometry.diffracted
    smooth = smooth_deviation(crystal, geometry, lines, 0.06, points)
    total = phase.sum(axis=1) + geometry.kappa_per_um * smooth.sum(axis=1) * (edges[1] - edges[0])
    assert abs(total[1] - total[0]) == pytest.approx(2 * np.pi, rel=0.01)


def test_screw_with_g_dot_b_zero_is_invisible():
    parameters = lone()
    nothing = field(crystal_of([6, 2.5, 0], [0, 1, 0], [0, 0, 0], parameters), parameters)
    h = make_geometry(parameters).diffraction_vector_per_um
    across = np.cross(h, [0, 1, 0])
    across /= np.linalg.norm(across)
    hidden = crystal_of([6, 2.5, 0], across, BURGERS_UM * across, parameters)
    np.testing.assert_allclose(field(hidden, parameters), nothing, rtol=1e-4, atol=1e-9)
    seen = crystal_of([6, 2.5, 0], across, BURGERS_UM * h / np.linalg.norm(h), parameters)
    assert field(seen, parameters)[1].max() > 50 * nothing[1].max()
    geometry = make_geometry(parameters)
    assert not dislocation_mask(line_map(parameters, hidden, geometry), hidden).any()
    assert dislocation_mask(line_map(parameters, seen, geometry), seen).any()


def test_other_layer_moves_a_dislocation_along_its_line():
    line, point = np.array([0.5, -0.3, 0.8]), [6.0, 3.0, 0.0]
    grid = dataclasses.replace(COARSE, row_px=1, column_px=1, layer_cell_um=0.1)
    spots, marks = [], []
    for layer in (0.0, 2.0):
        parameters = lone(layer, grid)
        geometry = make_geometry(parameters)
        h = geometry.diffraction_vector_per_um
        crystal = crystal_of(point, line, BURGERS_UM * h / np.linalg.norm(h), parameters)
        weak = gaussian_filter(field(crystal, parameters)[1], 2)
        weak = np.where(weak > 0.5 * weak.max(), weak, 0)
        rows, columns = np.indices(weak.shape)
        spots.append([np.average(rows, weights=weak), np.average(columns, weights=weak)])
        marked = np.argwhere(line_map(parameters, crystal, geometry) >= 0)
        marks.append(marked.mean(axis=0))
    moved = 2.0 * line[:2] / line[2] / [geometry.row_um, geometry.column_um]
    np.testing.assert_allclose(np.subtract(*marks[::-1]), moved, atol=1.0)
    np.testing.assert_allclose(np.subtract(*spots[::-1]), moved, atol=2.5)


def test_crystal_belongs_to_its_seed_alone():
    first = SimulationParameters(scan=ScanParameters(shape=(64, 64), seed=1))
    second = dataclasses.replace(
        first,
        scan=dataclasses.replace(first.scan, seed=2, steps=5),
        sample=dataclasses.replace(first.sample, layer_z_um=3.0),
    )
    third = dataclasses.replace(first, sample=dataclasses.replace(first.sample, crystal_seed=1))
    crystals = [make_crystal(p, make_geometry(p)) for p in (first, second, third)]
    points = [crystal.dislocations.point_um for crystal in crystals]
    np.testing.assert_array_equal(points[0], points[1])
    assert points[0].shape != points[2].shape or not np.array_equal(points[0], points[2])


def test_boundary_has_the_spacing_of_its_misorientation():
    sample = SampleParameters(dislocation_density_per_um2=0, boundary_misorientation_urad=60)
    parameters = SimulationParameters(sample=sample, scan=ScanParameters(shape=(512, 640)))
    table = make_crystal(parameters, make_geometry(parameters)).dislocations
    spacings = []
    for number in np.unique(table.boundary):
        points = table.point_um[table.boundary == number]
        line = table.line[table.boundary == number][:1]
        if len(points) > 3:
            chords = np.diff(points, axis=0)
            chords -= (chords @ line.T) * line
            spacings.append(np.median(np.linalg.norm(chords, axis=1)))
    expected = BURGERS_UM / 60e-6
    assert 0.6 * expected < np.median(spacings) < 1.5 * expected
