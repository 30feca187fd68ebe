"""Parameters drawn at random: the same as ever for aluminium, and sound for all materials."""

import dataclasses
import json

import numpy as np
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.patches import PatchGrid
from darfix_wb.simulation import (
    ScanParameters,
    SimulationParameters,
    patch_truth,
    random_material_parameters,
    random_parameters,
    simulate_scan,
)
from darfix_wb.simulation.crystal import make_crystal
from darfix_wb.simulation.geometry import make_geometry
from darfix_wb.simulation.materials import MATERIALS

SHAPE = (256, 384)
ADDED = {
    "sample": {
        "material": "Al",
        "mosaic_um": 0.0,
        "mosaic_urad": 0.0,
        "curved_density_per_um2": 0.0,
        "loop_fraction": 0.1,
        "junction_density_per_um3": 0.0,
        "bend_radius_um": 10.0,
        "view_um": (0.0, 0.0),
    },
    "scan": {"first_frame": 0},
}
"""Parameters that the first versions did not have, and their values."""


def draw(seed, **options):
    return random_material_parameters(np.random.default_rng(seed), shape=SHAPE, **options)


@pytest.fixture(scope="module")
def drawn():
    return [draw(seed) for seed in range(400)]


def test_aluminium_is_drawn_as_ever():
    """The values of twelve draws, before other materials came."""
    values = [random_parameters(np.random.default_rng(s), shape=(64, 64)) for s in range(12)]
    rows = [one.to_dict() for one in values]
    for row in rows:
        for group, added in ADDED.items():
            assert {name: row[group].pop(name) for name in added} == added
    numbers = np.log1p(np.abs(list(numbers_in(rows))))
    assert len(numbers) == 672
    assert numbers.sum() == pytest.approx(1484.0719372893968, rel=1e-12)
    assert numbers @ np.arange(672) == pytest.approx(506429.64267743623, rel=1e-12)


def numbers_in(values):
    """All numbers of nested dictionaries, by the names of their keys."""
    if isinstance(values, dict):
        values = [values[name] for name in sorted(values)]
    for value in values:
        if isinstance(value, (dict, list, tuple)):
            yield from numbers_in(value)
        else:
            yield float(value)


def test_the_crystal_of_a_seed_is_as_ever():
    """First and last of 220 dislocations of a draw, before other materials came."""
    parameters = random_parameters(np.random.default_rng(3), shape=(64, 64))
    table = make_crystal(parameters, make_geometry(parameters)).dislocations
    assert len(table.line) == 220
    first = [-22.891710142330005, -6.206220160744502, 0.0]
    last = [7.701452076116973, -21.27819382563803, 0.0]
    np.testing.assert_allclose(table.point_um[[0, -1]], [first, last], rtol=1e-9)
    burgers = [-0.00017248599291827042, -8.371149167009014e-05, 0.00021268102797232955]
    np.testing.assert_allclose(table.burgers_um[0], burgers, rtol=1e-9)


def test_parameters_of_earlier_files_open():
    values = SimulationParameters().to_dict()
    for name in ADDED["sample"]:
        del values["sample"][name]
    assert SimulationParameters.from_dict(values) == SimulationParameters()


def test_same_seed_same_draw_and_json(drawn):
    for seed in (0, 7):
        again = draw(seed)
        assert again == drawn[seed]
        assert SimulationParameters.from_dict(json.loads(json.dumps(again.to_dict()))) == again


def kind_of(parameters):
    sample = parameters.sample
    if sample.mosaic_um:
        return "mosaic"
    if sample.boundary_misorientation_urad == 0:
        return "perfect" if sample.dislocation_density_per_um2 == 0 else "nearly perfect"
    if max(sample.boundary_misorientation_urad, sample.tilt_urad) > 230 or sample.depth_um == 5:
        return "large"
    return "ordinary"


def test_materials_and_kinds_have_their_shares(drawn):
    materials = [p.sample.material for p in drawn]
    for name in MATERIALS:
        assert 0.06 < materials.count(name) / len(drawn) < 0.19
    kinds = [kind_of(p) for p in drawn]
    expected = {
        "ordinary": 0.4,
        "perfect": 0.12,
        "nearly perfect": 0.13,
        "large": 0.25,
        "mosaic": 0.1,
    }
    for kind, share in expected.items():
        assert kinds.count(kind) / len(drawn) == pytest.approx(share, abs=0.07), kind


def test_ranges(drawn):
    divergence = np.array([p.beam.divergence_urad for p in drawn])
    assert divergence.min() < 25
    assert divergence.max() > 450
    large = [p.sample for p in drawn if kind_of(p) == "large"]
    assert max(s.boundary_misorientation_urad for s in large) > 1500
    assert max(s.tilt_urad for s in large) > 1500
    for parameters in drawn:
        assert 14 <= parameters.beam.energy_kev <= 30
        assert 9 <= parameters.scan.steps <= 61
        assert kind_of(parameters) not in ("large", "mosaic") or parameters.scan.steps <= 45


def test_beams_get_through(drawn):
    """Absorption along the longest way through field and crystal takes less than a factor e^1.6."""
    for parameters in drawn:
        geometry = make_geometry(parameters)
        sample = parameters.sample
        way = SHAPE[0] * geometry.row_um + sample.upstream_um + sample.exit_um
        assert geometry.absorption_per_um * way < 1.6
        assert geometry.theta_rad < np.deg2rad(36)


def test_curves_are_resolved_and_covered(drawn):
    """At most 1.3 widths a step, and two widths of tail on both sides of the mean peak."""
    for parameters in drawn:
        scan, width = parameters.scan, make_geometry(parameters).width_rad
        assert np.deg2rad(scan.step_deg) < 1.3 * width
        half = np.deg2rad((scan.steps - 1) / 2 * scan.step_deg)
        assert half - abs(np.deg2rad(scan.peak_offset_deg)) > 1.99 * width


def test_one_material_can_be_asked_for():
    names = {draw(seed, materials=("Si", "diamond")).sample.material for seed in range(12)}
    assert names == {"Si", "C"}
    with pytest.raises(DarfixWBError, match="material must be one of"):
        draw(0, materials=("Pb",))


def test_frames_that_no_beam_crosses_are_refused():
    with pytest.raises(DarfixWBError, match="short enough for copper") as caught:
        random_material_parameters(np.random.default_rng(0), shape=(8000, 64), materials=("Cu",))
    assert "Choose fewer rows" in str(caught.value)


def small(parameters, steps=5):
    """The same crystal and angles in evenly lit frames of 64 x 64 px, with fewer steps."""
    scan = parameters.scan
    step = scan.step_deg * (scan.steps - 1) / (steps - 1)
    optics = dataclasses.replace(parameters.optics, margins=(0.0, 0.0, 0.0, 0.0), pixel_um=0.05)
    less = ScanParameters(
        shape=(64, 64), steps=steps, step_deg=step, peak_offset_deg=0.0, seed=scan.seed
    )
    grid = dataclasses.replace(parameters.grid, row_px=4, column_px=4)
    beam = dataclasses.replace(
        parameters.beam, stripe_contrast=0.0, profile_width=10.0, profile_walk=0.0
    )
    return dataclasses.replace(parameters, beam=beam, scan=less, optics=optics, grid=grid)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(16))
def test_any_draw_makes_a_scan(seed):
    scan = simulate_scan(small(draw(1000 + seed)))
    assert scan.frames.shape == (5, 64, 64)
    assert np.ptp(scan.frames.astype(float)) > 0
    truth = scan.truth
    for name in ("ms", "dev", "illumination", "signal_adu", "local_peak_deg"):
        assert np.isfinite(getattr(truth, name)).all(), name
    assert truth.parameters == scan.parameters


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["large", "mosaic"])
def test_halving_the_cells_of_a_broken_crystal_changes_no_clear_label(kind):
    draws = (draw(seed) for seed in range(40, 200))
    parameters = small(next(one for one in draws if kind_of(one) == kind), steps=9)
    grid = dataclasses.replace(
        parameters.grid,
        layer_cell_um=max(parameters.grid.layer_cell_um / 2, 0.01),
        exit_cell_um=parameters.grid.exit_cell_um / 2,
    )
    scans = [simulate_scan(p) for p in (parameters, dataclasses.replace(parameters, grid=grid))]
    coarse, fine = (patch_truth(scan.truth, PatchGrid((64, 64), 16)) for scan in scans)
    sure = coarse.clear & fine.clear
    assert sure.mean() > 0.3
    np.testing.assert_array_equal(coarse.condition[sure], fine.condition[sure])
    assert np.mean(coarse.condition != fine.condition) < 0.02


@pytest.mark.slow
@pytest.mark.parametrize("name", MATERIALS)
def test_a_perfect_crystal_is_strong_at_its_peak_and_weak_far_from_it(name):
    draws = (draw(seed, materials=(name,)) for seed in range(200))
    perfect = next(one for one in draws if kind_of(one) == "perfect")
    scan = simulate_scan(small(perfect))
    assert len(scan.truth.dislocations.line) == 0
    assert not scan.truth.dislocation_mask.any()
    condition = patch_truth(scan.truth, PatchGrid((64, 64), 32)).condition
    assert np.all(condition[2] == 1)
    assert not np.any(condition[[0, -1]] == 1)
