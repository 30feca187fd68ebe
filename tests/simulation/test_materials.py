"""Lattices, structure factors, absorption, stiffness and slip systems against published values."""

import itertools

import numpy as np
import pytest

from darfix_wb.errors import DarfixWBError
from darfix_wb.simulation import BeamParameters, SampleParameters, SimulationParameters
from darfix_wb.simulation.crystal import make_crystal
from darfix_wb.simulation.elasticity import poisson_ratio, stiffness_matrix
from darfix_wb.simulation.geometry import make_geometry
from darfix_wb.simulation.materials import MATERIALS, material_named
from darfix_wb.simulation.scattering import absorption_per_um, is_allowed, structure_factor
from darfix_wb.simulation.slip import slip_systems

MO_KEV = 17.4793
CU_KEV = 8.0478

# Cromer & Mann, Acta Cryst. A24, 321 (1968), in International Tables C, table 6.1.1.4: a, b, c
FORM_FACTORS = {
    "Al": ((6.4202, 1.9002, 1.5936, 1.9646), (3.0387, 0.7426, 31.5472, 85.0886), 1.1151),
    "Ga": ((15.2354, 6.7006, 4.3591, 2.9623), (3.0669, 0.2412, 10.7805, 61.4135), 1.7189),
    "N": ((12.2126, 3.1322, 2.0125, 1.1663), (0.0057, 9.8933, 28.9975, 0.5826), -11.529),
}
# f' at Mo K-alpha, International Tables C, table 4.2.6.8
REAL_MO = {"Al": 0.0645, "Ga": 0.2307, "N": 0.0061}


def geometry_of(material, reflection, energy_kev=MO_KEV):
    return make_geometry(
        SimulationParameters(
            sample=SampleParameters(material=material, reflection=reflection),
            beam=BeamParameters(energy_kev=energy_kev),
        )
    )


def form_factor(element, s):
    a, b, c = FORM_FACTORS[element]
    return sum(x * np.exp(-y * s**2) for x, y in zip(a, b, strict=True)) + c + REAL_MO[element]


@pytest.mark.parametrize("reflection", [(1, 1, 1), (2, 0, 0), (2, 2, 0), (3, 1, 1), (2, 2, 2)])
def test_aluminium_has_the_structure_factor_of_cromer_and_mann(reflection):
    s = np.linalg.norm(reflection) / (2 * 4.0495)
    expected = 4 * form_factor("Al", s) * np.exp(-0.86 * s**2)
    found = structure_factor(MATERIALS["Al"], reflection, MO_KEV, s)
    assert found == pytest.approx(expected, rel=0.005)
    without = expected - 4 * REAL_MO["Al"] * np.exp(-0.86 * s**2)
    assert found == pytest.approx(without, rel=0.012)


@pytest.mark.parametrize(
    ("reflection", "nitrogen_phase"), [((0, 0, 2), 4 * np.pi * 0.377), ((1, 1, 0), 0.0)]
)
def test_gallium_nitride_has_the_structure_factor_of_its_two_atoms(reflection, nitrogen_phase):
    """Reflections to which all atoms of one element add up: F = 2 Ga + 2 N exp(i phase)."""
    material = MATERIALS["GaN"]
    s = np.linalg.norm(material.reciprocal_vector(reflection)) / 2e4
    total = 2 * form_factor("Ga", s) + 2 * form_factor("N", s) * np.exp(1j * nitrogen_phase)
    expected = abs(total) * np.exp(-0.3 * s**2)
    assert structure_factor(material, reflection, MO_KEV, s) == pytest.approx(expected, rel=0.01)


# Als-Nielsen & McMorrow, Elements of Modern X-ray Physics, table of Darwin widths: relative full
# width at half maximum, 1e-6
@pytest.mark.parametrize(
    ("material", "reflection", "expected"),
    [
        ("Si", (1, 1, 1), 139.8),
        ("Si", (2, 2, 0), 61.1),
        ("Ge", (1, 1, 1), 347.2),
        ("Ge", (2, 2, 0), 160.0),
        ("C", (1, 1, 1), 61.0),
        ("C", (2, 2, 0), 20.9),
    ],
)
def test_darwin_widths(material, reflection, expected):
    geometry = geometry_of(material, reflection, 25.0)
    half_maximum = 3 / (2 * np.sqrt(2)) * geometry.darwin_rad / np.tan(geometry.theta_rad)
    assert half_maximum * 1e6 == pytest.approx(expected, rel=0.03)


# Matsushita & Hashizume, in Handbook on Synchrotron Radiation 1 (1983): width at half maximum in
# seconds of arc at 1.5405 angstrom
@pytest.mark.parametrize(
    ("material", "reflection", "expected"),
    [
        ("Si", (1, 1, 1), 7.395),
        ("Si", (2, 2, 0), 5.459),
        ("Si", (4, 0, 0), 3.603),
        ("Ge", (1, 1, 1), 16.338),
        ("Ge", (2, 2, 0), 12.449),
    ],
)
def test_darwin_widths_of_copper_radiation(material, reflection, expected):
    geometry = geometry_of(material, reflection, CU_KEV)
    half_maximum = 3 / (2 * np.sqrt(2)) * geometry.darwin_rad
    assert np.rad2deg(half_maximum) * 3600 == pytest.approx(expected, rel=0.03)


def test_coupling_and_darwin_width_belong_together():
    """Extinction length of the symmetric Laue case, pi cos(theta) / K, from the Darwin width."""
    geometry = geometry_of("GaN", (0, 0, 2))
    chi = geometry.coupling_per_um * geometry.wavelength_um / np.pi
    assert geometry.darwin_rad == pytest.approx(2 * chi / np.sin(2 * geometry.theta_rad))


# Bragg's law with the spacings of the powder files: Si 111 3.1356, Cu 111 2.088, Fe 110 2.0268,
# diamond 111 2.06, GaN 0002 2.593 and 10-10 2.762 angstrom (PDF 27-1402, 4-836, 6-696, 6-675,
# 50-792)
@pytest.mark.parametrize(
    ("material", "reflection", "spacing"),
    [
        ("Al", (1, 1, 1), 2.338),
        ("Si", (1, 1, 1), 3.1356),
        ("Cu", (1, 1, 1), 2.088),
        ("Fe", (1, 1, 0), 2.0268),
        ("C", (1, 1, 1), 2.06),
        ("GaN", (0, 0, 2), 2.593),
        ("GaN", (1, 0, 0), 2.762),
        ("GaN", (1, 0, 1), 2.437),
    ],
)
def test_bragg_angles(material, reflection, spacing):
    theta = geometry_of(material, reflection, 12.39842).theta_rad
    assert np.sin(theta) == pytest.approx(1 / (2 * spacing), rel=0.001)


# f'' at Mo K-alpha: International Tables C, table 4.2.6.8
@pytest.mark.parametrize(
    ("material", "electrons"),
    [
        ("Al", 4 * 0.0514),
        ("Cu", 4 * 1.2651),
        ("Ni", 4 * 1.1124),
        ("Fe", 2 * 0.8444),
        ("Si", 8 * 0.0704),
        ("Ge", 8 * 1.8001),
        ("C", 8 * 0.0016),
        ("GaN", 2 * (1.6083 + 0.0033)),
    ],
)
def test_absorption_at_molybdenum_radiation(material, electrons):
    structure = MATERIALS[material]
    expected = 2 * 2.81794e-9 * 0.71073e-4 * electrons / structure.volume_um3
    assert absorption_per_um(structure, MO_KEV) == pytest.approx(expected, rel=0.05)


# mu / rho in cm2/g at 20 keV: Hubbell & Seltzer, NIST database 126; density in g/cm3
@pytest.mark.parametrize(
    ("material", "mass_coefficient", "density"),
    [("Cu", 33.79, 8.96), ("Ni", 32.20, 8.902), ("Fe", 25.68, 7.874), ("Ge", 42.22, 5.323)],
)
def test_absorption_of_heavy_crystals_is_their_attenuation(material, mass_coefficient, density):
    found = absorption_per_um(MATERIALS[material], 20.0) * 1e4
    assert found == pytest.approx(mass_coefficient * density, rel=0.05)


def test_absorption_beyond_the_tables_goes_on_falling():
    below, above = (absorption_per_um(MATERIALS["Al"], energy) for energy in (30.0, 40.0))
    assert above == pytest.approx(below * (30 / 40) ** 3, rel=1e-6)
    near = absorption_per_um(MATERIALS["Al"], 29.9)
    assert near == pytest.approx(below * (30 / 29.9) ** 3, rel=0.01)


@pytest.mark.parametrize("name", MATERIALS)
def test_selection_rules(name):
    """A reflection is allowed exactly where the rule of its structure says so."""
    rules = {
        "fcc": lambda h, k, el: h % 2 == k % 2 == el % 2,
        "bcc": lambda h, k, el: (h + k + el) % 2 == 0,
        "diamond": lambda h, k, el: (
            h % 2 == k % 2 == el % 2 and (h % 2 == 1 or (h + k + el) % 4 == 0)
        ),
        "wurtzite": lambda h, k, el: (h - k) % 3 != 0 or el % 2 == 0,
    }
    material = MATERIALS[name]
    for reflection in itertools.product(range(-3, 5), repeat=3):
        expected = any(reflection) and rules[material.structure](*reflection)
        assert is_allowed(material, reflection) == expected, reflection


@pytest.mark.parametrize(
    ("material", "reflection", "words"),
    [
        ("Si", (2, 0, 0), "all odd, or all even with a sum that is a multiple of 4"),
        ("Fe", (1, 1, 1), "with an even sum"),
        ("GaN", (0, 0, 1), "l even where h - k"),
        ("Cu", (1, 0, 0), "all odd or all even"),
        ("Al", (0, 0, 0), "not all zero"),
    ],
)
def test_forbidden_reflections_are_refused(material, reflection, words):
    with pytest.raises(DarfixWBError, match=words) as caught:
        SampleParameters(material=material, reflection=reflection)
    assert "Choose for example" in str(caught.value)


@pytest.mark.parametrize("name", ["Unobtainium", "al", "", 13, None, {}])
def test_unknown_materials_are_refused(name):
    with pytest.raises(DarfixWBError, match="material must be one of Al, Cu"):
        SampleParameters(material=name)


def test_diamond_has_two_names():
    assert SampleParameters(material="diamond") == SampleParameters(material="C")
    assert material_named("diamond").title == "diamond"


@pytest.mark.parametrize("name", MATERIALS)
def test_reflections_to_draw_from_are_allowed(name):
    material = MATERIALS[name]
    assert all(is_allowed(material, reflection) for reflection in material.reflections)


def test_poisson_ratio_of_an_isotropic_crystal_is_its_own():
    """C12 = lambda, C44 = G, C11 = lambda + 2 G: nu = lambda / (2 (lambda + G))."""
    constants = {"C11": 100 + 2 * 40, "C12": 100, "C44": 40}
    assert poisson_ratio(constants) == pytest.approx(100 / (2 * 140))
    hexagonal = constants | {"C13": 100, "C33": 180}
    assert poisson_ratio(hexagonal) == pytest.approx(100 / (2 * 140))
    np.testing.assert_allclose(stiffness_matrix(hexagonal), stiffness_matrix(constants))


# Aluminium, copper and nickel: Hirth & Lothe, Theory of Dislocations, appendix 2; silicon and
# germanium: Wortman & Evans, J. Appl. Phys. 36, 153 (1965); diamond: Klein & Cardinale (1993)
@pytest.mark.parametrize(
    ("material", "expected", "margin"),
    [
        ("Al", 0.347, 0.002),
        ("Cu", 0.34, 0.01),
        ("Ni", 0.30, 0.015),
        ("Fe", 0.29, 0.02),
        ("Si", 0.22, 0.005),
        ("Ge", 0.21, 0.005),
        ("C", 0.070, 0.002),
    ],
)
def test_poisson_ratios(material, expected, margin):
    assert MATERIALS[material].poisson_ratio == pytest.approx(expected, abs=margin)


@pytest.mark.parametrize("name", MATERIALS)
def test_burgers_vectors_lie_in_their_planes(name):
    systems = slip_systems(MATERIALS[name])
    np.testing.assert_allclose(np.linalg.norm(systems.normals, axis=1), 1)
    across = np.einsum("ij,ij->i", systems.normals, systems.burgers_um)
    np.testing.assert_allclose(across, 0, atol=1e-12)
    rows = np.hstack([systems.normals, systems.burgers_um * 1e4]).round(6)
    assert len(np.unique(rows, axis=0)) == len(rows) == (15 if name == "GaN" else 12)


@pytest.mark.parametrize(
    ("name", "lengths_um"),
    [
        ("Cu", {2.5562e-4}),
        ("Fe", {2.4824e-4}),
        ("Si", {3.8403e-4}),
        ("GaN", {3.1890e-4, 5.1864e-4, 6.0884e-4}),
    ],
)
def test_lengths_of_burgers_vectors(name, lengths_um):
    lengths = np.linalg.norm(slip_systems(MATERIALS[name]).burgers_um, axis=1)
    assert {round(float(length), 8) for length in lengths} == lengths_um


@pytest.mark.parametrize("name", MATERIALS)
def test_burgers_vectors_are_lattice_vectors(name):
    """g.b is an integer for all allowed reflections, and not always 0."""
    material = MATERIALS[name]
    burgers = slip_systems(material).burgers_um
    for reflection in material.reflections:
        products = burgers @ material.reciprocal_vector(reflection)
        np.testing.assert_allclose(products, np.round(products), atol=1e-9)
        assert np.abs(np.round(products)).max() >= 1


@pytest.mark.parametrize("name", MATERIALS)
def test_crystals_of_all_materials_have_whole_g_dot_b(name):
    reflection = MATERIALS[name].reflections[-1]
    sample = SampleParameters(material=name, reflection=reflection, azimuth_deg=40.0)
    parameters = SimulationParameters(sample=sample)
    table = make_crystal(parameters, make_geometry(parameters)).dislocations
    assert len(table.line) > 20
    np.testing.assert_allclose(table.g_dot_b, np.round(table.g_dot_b), atol=1e-5)


def test_threading_dislocations_follow_the_axis():
    sample = SampleParameters(
        material="GaN",
        reflection=(0, 0, 2),
        in_layer_fraction=0.0,
        boundary_misorientation_urad=0,
        dislocation_density_per_um2=0.05,
    )
    parameters = SimulationParameters(sample=sample)
    geometry = make_geometry(parameters)
    lines = make_crystal(parameters, geometry).dislocations.line
    axis = geometry.rotation @ [0, 0, 1]
    near = np.abs(lines @ axis) > 0.99
    assert 0.7 < near.mean() < 0.9  # 12 of 15 systems thread
