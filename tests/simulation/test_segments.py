"""Curved lines: what their segments do to the lattice together."""

import dataclasses

import numpy as np
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.simulation import SampleParameters, ScanParameters, SimulationParameters
from darfix_wb.simulation.crystal import make_crystal
from darfix_wb.simulation.curved_lines import make_curved_lines
from darfix_wb.simulation.deformation import pack_lines, smooth_deviation
from darfix_wb.simulation.geometry import make_geometry
from darfix_wb.simulation.line_network import reactions
from darfix_wb.simulation.segment_field import add_segment_phase
from darfix_wb.simulation.segments import PackedSegments

from .conftest import crystal_of

CORE_UM = 0.06
PARAMETERS = SimulationParameters(
    sample=SampleParameters(
        curved_density_per_um2=0.01,
        dislocation_density_per_um2=0.0,
        boundary_misorientation_urad=0.0,
        junction_density_per_um3=0.002,
        loop_fraction=0.3,
        upstream_um=10,
        exit_um=10,
        depth_um=8,
        crystal_seed=4,
    ),
    scan=ScanParameters(shape=(96, 128)),
)
GEOMETRY = make_geometry(PARAMETERS)


@pytest.fixture(scope="module")
def network():
    return make_crystal(PARAMETERS, GEOMETRY).curved


def gradients(lines, points):
    """The gradient of h.u, (..., 3), from one derivative along each axis."""
    packed = [
        PackedSegments(lines, dataclasses.replace(GEOMETRY, diffracted=axis)) for axis in np.eye(3)
    ]
    return np.stack([one.gradient(CORE_UM, points) for one in packed], axis=-1)


def circuit(lines, centre, axis, radius):
    """What h.u gains on the way round an axis, right-handed."""
    axis = axis / np.linalg.norm(axis)
    first = np.cross(axis, np.eye(3)[np.argmin(np.abs(axis))])
    first /= np.linalg.norm(first)
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)[:, None]
    second = np.cross(axis, first)
    points = centre + radius * (np.cos(angle) * first + np.sin(angle) * second)
    tangents = np.cos(angle) * second - np.sin(angle) * first
    return radius * 2 * np.pi * np.mean(np.sum(gradients(lines, points) * tangents, axis=1))


def test_burgers_vectors_add_up_at_every_node(network):
    assert len(network.node_um) > 4
    for node, place in enumerate(network.node_um):
        starts, ends = (np.flatnonzero(network.nodes[:, side] == node) for side in (0, 1))
        burgers = network.burgers_um
        assert len(starts) + len(ends) == 3
        balance = burgers[starts].sum(axis=0) - burgers[ends].sum(axis=0)
        np.testing.assert_allclose(balance, 0, atol=1e-12)
        polylines = network.polylines
        for points in [polylines[k][0] for k in starts] + [polylines[k][-1] for k in ends]:
            np.testing.assert_array_equal(points, place)


def test_circuit_round_any_segment_gives_its_burgers_vector(network):
    start, end, number = network.segments()
    curved = np.flatnonzero(np.linalg.norm(end - start, axis=1) < 3)
    h_dot_b = network.burgers_um @ GEOMETRY.diffraction_vector_per_um
    kinds = set()
    for k in np.random.default_rng(1).choice(curved, 40, replace=False):
        other = np.flatnonzero(number != number[k])
        middle = 0.5 * (start[k] + end[k])
        if np.linalg.norm(start[other] - middle, axis=1).min() < 2:
            continue
        found = circuit(network, middle, end[k] - start[k], 0.3)
        assert found == pytest.approx(h_dot_b[number[k]], abs=0.01 * 2 * np.pi)
        kinds.add(round(h_dot_b[number[k]], 3))
    assert len(kinds) == 3


def test_circuit_beside_lines_gives_nothing(network):
    """Next to nodes and next to lines, round no line."""
    start, end, _ = network.segments()
    short = np.linalg.norm(end - start, axis=1) < 3
    steps = np.linspace(0, 1, 21)[:, None, None]
    points = (start + steps * (end - start))[:, short].reshape(-1, 3)
    aside = np.random.default_rng(3).normal(0, 0.6, (30, 3))
    centres = np.concatenate([network.node_um[:6], start[short][:24]]) + aside
    near = np.linalg.norm(centres[:, None] - points, axis=2).min(axis=1)
    free = centres[(near > 0.5) & (near < 1.5)]
    assert len(free) > 10
    for centre in free:
        assert abs(circuit(network, centre, np.array([1.0, 2.0, 3.0]), 0.4)) < 0.01


def test_many_collinear_segments_are_an_infinite_line():
    rng = np.random.default_rng(2)
    for burgers in (rng.normal(size=3), rng.normal(size=3)):
        line, burgers = rng.normal(size=3), 2e-4 * burgers
        point = np.array([3.0, 2.0, 1.0])
        crystal = crystal_of(point, line, burgers, PARAMETERS)
        direction = crystal.dislocations.line[0]
        points = point + np.linspace(-4000, 4000, 3001)[:, None] * direction
        lines = make_curved_lines(
            [points], [burgers], [(-1, -1)], [], GEOMETRY.diffraction_vector_per_um
        )
        packed = pack_lines(crystal, GEOMETRY)
        aside = np.cross(direction, np.eye(3))
        places = point + 4 * aside / np.linalg.norm(aside, axis=1, keepdims=True)
        infinite = smooth_deviation(crystal, GEOMETRY, packed, CORE_UM, places)
        found = PackedSegments(lines, GEOMETRY).gradient(CORE_UM, places) / GEOMETRY.kappa_per_um
        np.testing.assert_allclose(found, infinite, rtol=2e-3, atol=1e-3 * np.abs(infinite).max())


def ring(count, radius=10.0):
    angle = np.linspace(0, 2 * np.pi, count + 1)
    points = radius * np.stack([np.cos(angle), 0.6 * np.sin(angle), 0.8 * np.sin(angle)], axis=1)
    points[-1] = points[0]
    return make_curved_lines(
        [points],
        [np.array([1e-4, 2e-4, -1e-4])],
        [(-1, -1)],
        [],
        GEOMETRY.diffraction_vector_per_um,
    )


def test_shorter_segments_change_little():
    """A ring of 10 um radius in segments of 2 um, as curved lines have, and in shorter ones."""
    points = np.random.default_rng(5).uniform(-15, 15, (4000, 3))
    from_plane = np.abs(points @ [0.0, 0.8, -0.6])
    in_plane = np.hypot(points[:, 0], points @ [0.0, 0.6, 0.8])
    points = points[np.hypot(from_plane, in_plane - 10) > 2]
    coarse, fine = (PackedSegments(ring(n), GEOMETRY).gradient(CORE_UM, points) for n in (32, 64))
    assert np.abs(fine - coarse).max() < 0.02 * np.abs(fine).max()
    assert np.median(np.abs(fine - coarse)) < 0.005 * np.median(np.abs(fine))


def test_far_from_a_line_runs_of_segments_count_as_one():
    packed = PackedSegments(ring(32), GEOMETRY)
    points = np.random.default_rng(6).uniform(-30, 30, (2000, 3))
    points = points[np.linalg.norm(points, axis=1) > 15]
    whole = packed.gradient(CORE_UM, points)
    smooth = packed.smooth_gradient(CORE_UM, points)
    assert not np.array_equal(smooth, whole)
    assert np.abs(smooth - whole).max() / GEOMETRY.kappa_per_um < 0.2e-6


def test_near_and_far_make_the_whole(network):
    """Phases of 1 um along rays, away from lines, against the whole gradient at cell middles."""
    packed = PackedSegments(network, GEOMETRY)
    edges = np.linspace(-2, 6, 161)
    middle = 0.5 * (edges[1:] + edges[:-1])
    s0 = np.arange(0, 12, 0.5)
    phase = np.zeros((s0.size, middle.size), np.float32)
    y, z = 2.0, 0.5
    kernel = packed.table, packed.boxes, packed.ray, CORE_UM**2, packed.poisson
    add_segment_phase(*kernel, s0, y, z, edges, phase)
    points = np.empty((*phase.shape, 3))
    points[..., 0] = s0[:, None] + packed.ray[0] * middle
    points[..., 1], points[..., 2] = y, z + packed.ray[2] * middle
    found = phase + 0.05 * packed.smooth_gradient(CORE_UM, points)
    expected = 0.05 * packed.gradient(CORE_UM, points)
    assert np.abs(phase).max() > 0.01
    blocks = [values.reshape(s0.size, -1, 20) for values in (found, expected)]
    smooth = np.abs(blocks[1]).max(axis=2) < 0.05
    assert smooth.sum() > 50
    per_um = (blocks[0] - blocks[1]).sum(axis=2)[smooth]
    assert np.abs(per_um).max() / GEOMETRY.kappa_per_um < 0.5e-6


@pytest.mark.parametrize("cell", [0.05, 0.25])
def test_phase_on_either_side_of_a_line_differs_by_its_burgers_vector(cell):
    """Along two rays 0.3 um from the line, for cells as fine and as coarse as the solver's."""
    h = GEOMETRY.diffraction_vector_per_um
    along = np.concatenate([[-3000.0], np.arange(-20.0, 21, 2), [3000.0]])
    points = along[:, None] * np.array([0.0, 1.0, 0.0])
    lines = make_curved_lines([points], [2 * np.pi * h / (h @ h)], [(-1, -1)], [], h)
    packed = PackedSegments(lines, GEOMETRY)
    edges = np.arange(-2000, 2000 + cell / 2, cell)
    s0 = np.array([-0.3, 0.3]) / GEOMETRY.diffracted[2]
    phase = np.zeros((2, edges.size - 1), np.float32)
    kernel = packed.table, packed.boxes, packed.ray, CORE_UM**2, packed.poisson
    add_segment_phase(*kernel, s0, 0.7, 0.0, edges, phase)
    middle = 0.5 * (edges[1:] + edges[:-1])
    places = s0[:, None, None] * [1, 0, 0] + middle[:, None] * GEOMETRY.diffracted
    places[..., 1] = 0.7
    total = phase.sum(axis=1) + cell * packed.smooth_gradient(CORE_UM, places).sum(axis=1)
    assert abs(total[1] - total[0]) == pytest.approx(2 * np.pi, rel=0.01)


def test_reactions_of_fcc():
    """Each of the 12 vectors a/2 <110> goes with four others that make one of them."""
    vectors = [v for v in np.ndindex(3, 3, 3) if np.abs(np.subtract(v, 1)).sum() == 2]
    pairs = reactions(np.subtract(vectors, 1).astype(float))
    assert len(pairs) == 12 * 4
    assert all(np.abs(one + other).sum() == 2 for one, other in pairs)


def test_network_belongs_to_its_seed_and_not_to_the_layer(network):
    other = dataclasses.replace(PARAMETERS.sample, layer_z_um=3.0, view_um=(1.0, 2.0))
    again = make_crystal(dataclasses.replace(PARAMETERS, sample=other), GEOMETRY).curved
    np.testing.assert_array_equal(again.points_um, network.points_um)
    other = dataclasses.replace(PARAMETERS.sample, crystal_seed=5)
    changed = make_crystal(dataclasses.replace(PARAMETERS, sample=other), GEOMETRY).curved
    assert changed.points_um.shape != network.points_um.shape


def test_nodes_need_burgers_vectors_that_add_up():
    sample = SampleParameters(material="Fe", reflection=(1, 1, 0), junction_density_per_um3=0.01)
    parameters = dataclasses.replace(PARAMETERS, sample=sample)
    with pytest.raises(DarfixWBError, match="those of Fe do not"):
        make_crystal(parameters, make_geometry(parameters))


def test_lines_of_gallium_nitride_thread_along_c():
    sample = SampleParameters(
        material="GaN",
        reflection=(1, 0, 1),
        curved_density_per_um2=0.01,
        junction_density_per_um3=0.001,
        in_layer_fraction=0.0,
    )
    parameters = dataclasses.replace(PARAMETERS, sample=sample)
    geometry = make_geometry(parameters)
    curved = make_crystal(parameters, geometry).curved
    start, end, _ = curved.segments()
    short = np.linalg.norm(end - start, axis=1) < 3
    along_c = np.abs((end - start)[short] @ geometry.rotation[:, 2]) / 2
    assert len(curved.node_um) > 5
    assert np.median(along_c) > 0.7


def test_no_curved_lines_unless_asked_for():
    parameters = SimulationParameters()
    assert make_crystal(parameters, make_geometry(parameters)).curved is None
