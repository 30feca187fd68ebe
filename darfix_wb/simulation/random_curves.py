"""Divergence, steps and range of a random scan that fit the curves of its crystal."""

from __future__ import annotations

import dataclasses

import numpy as np

from .geometry import Geometry
from .parameters import GridParameters, SampleParameters, ScanParameters
from .randomization import log_uniform

_STEPS = (9, 61)
_WIDE_STEPS = (15, 45)
_WIDE_RAD = (0.002, 0.006)
_FINEST_STEP, _COARSEST_STEP = 0.25, 1.2
_MOST_LINES = 4000


def _field_um(geometry: Geometry, shape: tuple[int, int]) -> tuple[float, float]:
    return shape[0] * geometry.row_um, shape[1] * geometry.column_um


def limit_lines(sample: SampleParameters, geometry: Geometry, shape) -> SampleParameters:
    """Make sub-grains larger where boundaries would need more lines than are worth their time."""
    along, across = _field_um(geometry, shape)
    length = along + sample.upstream_um + sample.exit_um + 30 + 2 * sample.depth_um
    area = length * (across + 30 + 2 * sample.depth_um)
    burgers = geometry.material.lattice_um[0] / np.sqrt(2)
    lines = 2 * area / sample.subgrain_um * sample.boundary_misorientation_urad * 1e-6 / burgers
    larger = sample.subgrain_um * max(lines / _MOST_LINES, 1.0)
    return dataclasses.replace(sample, subgrain_um=float(larger))


def spread_rad(sample: SampleParameters, geometry: Geometry, shape) -> float:
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


def weaken(sample: SampleParameters, factor: float) -> SampleParameters:
    """Multiply tilt, curvature and misorientation of a crystal by a factor."""
    names = ("tilt_urad", "curvature_urad_per_um", "boundary_misorientation_urad")
    return dataclasses.replace(sample, **{name: factor * getattr(sample, name) for name in names})


def draw_angles(
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


def draw_divergence(rng: np.random.Generator, wide: bool, spread: float, darwin: float) -> float:
    """Log-uniform from 20 to 500 urad; for a wide scan wide enough for its steps."""
    low = 20.0
    if wide:
        length = np.clip(spread, *_WIDE_RAD)
        width = 1.1 * length / ((_WIDE_STEPS[1] - 1) * _COARSEST_STEP - 12)
        low = float(np.clip(np.sqrt(max(width**2 - darwin**2, 0.0)) * 1e6, low, 400.0))
    return log_uniform(rng, low, 500)


def fitting_grid(geometry: Geometry, scan: ScanParameters, spread: float) -> GridParameters:
    """Return cells over which the phase changes by at most 1 rad in the layer, 3 rad above."""
    half = np.deg2rad(scan.steps * scan.step_deg / 2 + abs(scan.peak_offset_deg))
    half = max(float(half), spread / 2)
    layer = min(1 / (geometry.kappa_per_um * half), geometry.beam_sigma_um / 6)
    above = 3 / (geometry.kappa_per_um * max(spread / 2, 1e-9))
    return GridParameters(
        layer_cell_um=float(np.clip(layer, 0.012, 0.1)),
        exit_cell_um=float(np.clip(above, 0.05, 0.25)),
    )
