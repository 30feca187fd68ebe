"""Crystals of all materials drawn at random, from perfect ones to mosaics.

What the optics, the detector and an ordinary crystal vary is that of `randomization`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import DarfixWBError
from .geometry import Geometry, make_geometry
from .materials import MATERIALS, Material, material_named
from .parameters import (
    BeamParameters,
    GridParameters,
    OpticsParameters,
    SampleParameters,
    ScanParameters,
    SimulationParameters,
)
from .randomization import (
    draw_beam,
    draw_detector,
    draw_optics,
    draw_sample,
    draw_scan,
    draw_seed,
    log_uniform,
)
from .scattering import HC_KEV_UM

KINDS = {"ordinary": 0.4, "perfect": 0.12, "nearly perfect": 0.13, "large": 0.25, "mosaic": 0.1}
"""Shares of the kinds of crystal; "large" has misorientations or tilts of 0.2 to 2 mrad."""
_OPTICAL_DEPTH = (0.8, 1.5)
_FIELD_PART = 0.6
_TRIES = 500
_SHARPEST_SINE = 0.58
_LEAST_COUPLING = 0.6
_STEPS = (9, 61)
_WIDE_STEPS = (15, 45)
_WIDE_RAD = (0.002, 0.006)
_FINEST_STEP, _COARSEST_STEP = 0.25, 1.2
_MOST_LINES = 4000


@dataclass(frozen=True)
class _Setting:
    """Reflection and energy at which the field of view is not too thick, and what is left."""

    reflection: tuple[int, int, int]
    energy_kev: float
    optics: OpticsParameters
    upstream_um: float
    exit_um: float


def _draw_setting(rng: np.random.Generator, material: Material, shape) -> _Setting:
    for _ in range(_TRIES):
        reflection = material.reflections[rng.integers(len(material.reflections))]
        energy = float(rng.choice([17.0, rng.uniform(14, 30)]))
        optics = draw_optics(rng)
        lengths = rng.uniform([10.0, 15.0], [120.0, 120.0])
        optical_depth = rng.uniform(*_OPTICAL_DEPTH)
        sine = HC_KEV_UM / energy * np.linalg.norm(material.reciprocal_vector(reflection)) / 2
        if sine > _SHARPEST_SINE:
            continue
        sample = SampleParameters(material=material.name, reflection=reflection)
        beam = BeamParameters(energy_kev=energy)
        geometry = make_geometry(SimulationParameters(sample=sample, beam=beam, optics=optics))
        thickest = optical_depth / geometry.absorption_per_um
        field = shape[0] * geometry.row_um
        upstream, exit_um = lengths * min(1.0, (thickest - field) / lengths.sum())
        depth = geometry.coupling_per_um * np.sqrt(max(upstream * exit_um, 0.0))
        if field <= _FIELD_PART * thickest and exit_um >= 5 and depth >= _LEAST_COUPLING:
            return _Setting(reflection, energy, optics, float(upstream), float(exit_um))
    raise DarfixWBError(
        f"the frames must be short enough for {material.title} to let the beam through, got "
        f"{shape[0]} rows. Choose fewer rows, or materials that absorb less."
    )


def _perfect(rng: np.random.Generator, kind: str) -> dict:
    """Values of a crystal with no or hardly any defects."""
    density = log_uniform(rng, 1e-5, 1e-3) if kind == "nearly perfect" else 0.0
    return {
        "dislocation_density_per_um2": density,
        "boundary_misorientation_urad": 0.0,
        "curvature_urad_per_um": float(rng.choice([-1, 1])) * log_uniform(rng, 0.01, 0.5),
        "tilt_urad": log_uniform(rng, 0.3, 10),
    }


def _large(rng: np.random.Generator) -> dict:
    """Values of a crystal that is bent or broken up by as much as some widths of the curve."""
    walls = rng.random() < 0.6
    return {
        "boundary_misorientation_urad": log_uniform(
            rng, 200 if walls else 20, 2000 if walls else 90
        ),
        "subgrain_um": log_uniform(rng, 40, 120),
        "tilt_urad": log_uniform(rng, 20, 200) if walls else log_uniform(rng, 250, 2000),
        "tilt_wavelength_um": float(rng.uniform(50, 200)),
        "depth_um": 5.0,
    }


def _mosaic(rng: np.random.Generator) -> dict:
    """Values of a crystal of mosaic blocks."""
    return {
        "mosaic_um": log_uniform(rng, 8, 40),
        "mosaic_urad": log_uniform(rng, 200, 2000),
        "boundary_misorientation_urad": float(rng.choice([0.0, log_uniform(rng, 20, 60)])),
        "dislocation_density_per_um2": float(rng.choice([0.0, log_uniform(rng, 0.001, 0.01)])),
        "tilt_urad": log_uniform(rng, 5, 100),
        "depth_um": 5.0,
    }


def _draw_crystal(rng, material: Material, kind: str, setting: _Setting) -> SampleParameters:
    plain = draw_sample(rng)
    changed: dict = {"material": material.name, "reflection": setting.reflection}
    changed |= {"upstream_um": setting.upstream_um, "exit_um": setting.exit_um}
    if kind in ("perfect", "nearly perfect"):
        changed |= _perfect(rng, kind)
    elif kind == "large":
        changed |= _large(rng)
    elif kind == "mosaic":
        changed |= _mosaic(rng)
    if kind in ("large", "mosaic"):
        shorter = min(1.0, 90 / (setting.upstream_um + setting.exit_um))
        changed["upstream_um"] *= shorter
        changed["exit_um"] = max(changed["exit_um"] * shorter, 5.0)
        changed["layer_z_um"] = float(rng.uniform(-5, 5))
    return dataclasses.replace(plain, **changed)


def _field_um(geometry: Geometry, shape: tuple[int, int]) -> tuple[float, float]:
    return shape[0] * geometry.row_um, shape[1] * geometry.column_um


def _limit_lines(sample: SampleParameters, geometry: Geometry, shape) -> SampleParameters:
    """Make sub-grains larger where boundaries would need more lines than are worth their time."""
    along, across = _field_um(geometry, shape)
    length = along + sample.upstream_um + sample.exit_um + 30 + 2 * sample.depth_um
    area = length * (across + 30 + 2 * sample.depth_um)
    burgers = geometry.material.lattice_um[0] / np.sqrt(2)
    lines = 2 * area / sample.subgrain_um * sample.boundary_misorientation_urad * 1e-6 / burgers
    larger = sample.subgrain_um * max(lines / _MOST_LINES, 1.0)
    return dataclasses.replace(sample, subgrain_um=float(larger))


def _spread_rad(sample: SampleParameters, geometry: Geometry, shape) -> float:
    """Return about how far apart the local peaks of the field of view are, in rad."""
    size = float(np.hypot(*_field_um(geometry, shape)))
    walls = sample.boundary_misorientation_urad * np.sqrt(1 + size / sample.subgrain_um)
    parts = (
        4 * sample.tilt_urad,
        sample.curvature_urad_per_um * size,
        2 * walls,
        4 * sample.mosaic_urad,
    )
    return float(np.linalg.norm(parts)) * 1e-6


def _weaken(sample: SampleParameters, factor: float) -> SampleParameters:
    names = ("tilt_urad", "curvature_urad_per_um", "boundary_misorientation_urad")
    return dataclasses.replace(sample, **{name: factor * getattr(sample, name) for name in names})


def _draw_angles(
    rng: np.random.Generator, spread: float, width: float, wide: bool
) -> tuple[int, float, float, float]:
    """Return steps, step and offset of the peak in rad, and the spread that the scan covers."""
    fewest, most = _WIDE_STEPS if wide else _STEPS
    tails = rng.uniform(2, 6, 2)
    longest = (most - 1) * _COARSEST_STEP * width
    reach = min(longest, _WIDE_RAD[1]) if wide else longest
    covered = min(spread, reach - tails.sum() * width)
    length = covered + tails.sum() * width
    if wide:
        length = max(length, min(_WIDE_RAD[0], longest))
    step = width * log_uniform(rng, _FINEST_STEP, _COARSEST_STEP)
    steps = int(np.clip(np.ceil(length / step) + 1, fewest, most))
    step = max(step, length / (steps - 1))
    return steps, step, float((tails[0] - tails[1]) / 2 * width), covered


def _draw_divergence(rng: np.random.Generator, wide: bool, spread: float, darwin: float) -> float:
    """Log-uniform from 20 to 500 urad; for a wide scan wide enough for its steps."""
    low = 20.0
    if wide:
        length = np.clip(spread, *_WIDE_RAD)
        width = 1.1 * length / ((_WIDE_STEPS[1] - 1) * _COARSEST_STEP - 12)
        low = float(np.clip(np.sqrt(max(width**2 - darwin**2, 0.0)) * 1e6, low, 400.0))
    return log_uniform(rng, low, 500)


def _grid(geometry: Geometry, scan: ScanParameters, spread: float) -> GridParameters:
    """Return cells over which the phase changes by no more than about 1 rad."""
    half = np.deg2rad(scan.steps * scan.step_deg / 2 + abs(scan.peak_offset_deg))
    half = max(float(half), spread / 2)
    layer = min(1 / (geometry.kappa_per_um * half), geometry.beam_sigma_um / 6)
    above = 3 / (geometry.kappa_per_um * max(spread / 2, 1e-9))
    return GridParameters(
        layer_cell_um=float(np.clip(layer, 0.012, 0.1)),
        exit_cell_um=float(np.clip(above, 0.05, 0.25)),
    )


def random_material_parameters(
    rng: np.random.Generator,
    *,
    shape: tuple[int, int] = (512, 640),
    materials: Sequence[str] = tuple(MATERIALS),
) -> SimulationParameters:
    """Draw a crystal of any material and all that differs between beamtimes.

    Materials are equally likely; kinds of crystal have the shares `KINDS`: ordinary (as
    `random_parameters`), perfect (no dislocation, hardly any tilt), nearly perfect (at most one
    dislocation in 1000 um2), large misorientations (boundaries or tilts of 0.2 to 2 mrad) and
    mosaics (blocks of 8 to 40 um, tilts of 0.2 to 2 mrad). The energy is 14 to 30 keV and such that
    the crystal takes away at most a factor e^1.5; the divergence is 20 to 500 urad. The step is a
    quarter to 1.2 of the width of the local curve, and the scan covers the peaks of the field of
    view and their tails in 9 to 61 steps; where that is too little for an ordinary crystal, its
    deformation is made smaller.

    Parameters
    ----------
    rng : numpy.random.Generator
    shape : tuple of int
        Rows and columns of a frame, in px.
    materials : sequence of str
        Names to draw from, of `materials.MATERIALS`.

    Returns
    -------
    SimulationParameters

    Raises
    ------
    DarfixWBError
        Where a material is not known, or absorbs too much for frames of that many rows.
    """
    material = material_named(materials[rng.integers(len(materials))])
    kind = str(rng.choice(list(KINDS), p=list(KINDS.values())))
    wide = kind in ("large", "mosaic")
    setting = _draw_setting(rng, material, shape)
    sample = _draw_crystal(rng, material, kind, setting)
    beam = dataclasses.replace(draw_beam(rng), energy_kev=setting.energy_kev)
    draft = SimulationParameters(sample=sample, beam=beam, optics=setting.optics)
    geometry = make_geometry(draft)
    sample = _limit_lines(sample, geometry, shape)
    spread = _spread_rad(sample, geometry, shape)
    divergence = _draw_divergence(rng, wide, spread, geometry.darwin_rad)
    beam = dataclasses.replace(beam, divergence_urad=divergence)
    geometry = make_geometry(dataclasses.replace(draft, beam=beam))
    steps, step, offset, covered = _draw_angles(rng, spread, geometry.width_rad, wide)
    if not wide and covered < spread:
        sample = _weaken(sample, covered / spread)
    scan = dataclasses.replace(
        draw_scan(rng, shape),
        steps=steps,
        step_deg=float(np.rad2deg(step)),
        peak_offset_deg=float(np.rad2deg(offset)),
        seed=draw_seed(rng),
    )
    return SimulationParameters(
        sample=sample,
        beam=beam,
        optics=setting.optics,
        detector=draw_detector(rng),
        scan=scan,
        grid=_grid(geometry, scan, min(covered, spread)),
    )
