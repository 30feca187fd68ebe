"""Crystals of all materials drawn at random, from perfect ones to mosaics.

What the optics, the detector and an ordinary crystal vary is that of `randomization`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import DarfixWBError
from .geometry import make_geometry
from .materials import MATERIALS, Material, material_named
from .parameters import (
    BeamParameters,
    OpticsParameters,
    SampleParameters,
    SimulationParameters,
)
from .random_curves import (
    draw_angles,
    draw_divergence,
    fitting_grid,
    limit_lines,
    spread_rad,
    weaken,
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
    sample = limit_lines(sample, geometry, shape)
    spread = spread_rad(sample, geometry, shape)
    divergence = draw_divergence(rng, wide, spread, geometry.darwin_rad)
    beam = dataclasses.replace(beam, divergence_urad=divergence)
    geometry = make_geometry(dataclasses.replace(draft, beam=beam))
    steps, step, offset, covered = draw_angles(rng, spread, geometry.width_rad, wide)
    if not wide and covered < spread:
        sample = weaken(sample, covered / spread)
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
        grid=fitting_grid(geometry, scan, min(covered, spread)),
    )
