"""Rocking curves of all pixels: the crystal, the grid and the solver put together."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from ..progress import Monitor
from .crystal import Crystal
from .deformation import coarse_axis, pack_lines, smooth_deviation
from .geometry import Geometry
from .parameters import SimulationParameters
from .segments import PackedSegments
from .takagi_taupin import rate_tables, solve_columns

CANCELLED = "The simulation was cancelled."
_SHEET_SIGMAS = 3.5
_SMOOTH_PART = 0.1


@dataclass(frozen=True)
class RockingFields:
    """What the Takagi-Taupin solver gives on its own grid of (rows, columns).

    Attributes
    ----------
    intensity : (n_columns, n_rows, n_phi) float32
        ``|Dh|^2`` at the exit, for an incident peak intensity of 1.
    multiple : (n_columns, n_rows, n_phi) float32
        ``|Dh - Dh_Born|^2``: what is not single scattering.
    local_rad : (n_columns, n_rows) float32
        Deviation of the lattice in the sheet, from the reference.
    """

    intensity: np.ndarray
    multiple: np.ndarray
    local_rad: np.ndarray


def layer_edges(parameters: SimulationParameters, geometry: Geometry) -> np.ndarray:
    """Return the cell edges along the diffracted beam, in um: fine in the sheet."""
    grid = parameters.grid
    reach = _SHEET_SIGMAS * geometry.beam_sigma_um
    n_fine = int(np.ceil(2 * reach / grid.layer_cell_um))
    edges = list(np.linspace(-reach, reach, n_fine + 1))
    size = edges[-1] - edges[-2]
    while edges[-1] < parameters.sample.exit_um:
        size = min(size * 1.15, grid.exit_cell_um)
        edges.append(edges[-1] + size)
    return np.array(edges)


def sheet_amplitude(edges_um: np.ndarray, geometry: Geometry) -> np.ndarray:
    """Return the amplitude of the Gaussian sheet at the middle of every cell."""
    middle = 0.5 * (edges_um[1:] + edges_um[:-1])
    sheet = np.abs(middle) < _SHEET_SIGMAS * geometry.beam_sigma_um
    return np.where(sheet, np.exp(-0.5 * (middle / geometry.beam_sigma_um) ** 2), 0.0)


def _oblique_points(s0, sh, y, z, geometry: Geometry) -> np.ndarray:
    x_dir, _, z_dir = geometry.diffracted
    points = np.empty((s0.size, sh.size, y.size, 3))
    points[..., 0] = s0[:, None, None] + x_dir * sh[:, None]
    points[..., 1] = y
    points[..., 2] = z + z_dir * sh[:, None]
    return points


def _corners(s0, edges, y, z, geometry: Geometry) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower and upper corner of the part of the crystal that the grid covers."""
    ends = (v[[0, -1]] for v in (s0, edges, y))
    points = _oblique_points(*ends, z, geometry).reshape(-1, 3)
    return points.min(axis=0), points.max(axis=0)


def mean_deviation(parameters: SimulationParameters, crystal: Crystal, geometry: Geometry) -> float:
    """Return the median smooth deviation, in rad, over the field of view in the layer z = 0.

    The scan is centred on it, so that all layers of a crystal are scanned over the same angles.
    """
    rows, columns = parameters.scan.shape
    x = np.linspace(0, rows * geometry.row_um, 24)
    y = np.linspace(0, columns * geometry.column_um, 24)
    points = _oblique_points(x, np.zeros(1), y, 0.0, geometry)
    lines, segments = pack_lines(crystal, geometry), PackedSegments(crystal.curved, geometry)
    core = parameters.sample.core_um
    deviation = smooth_deviation(crystal, geometry, lines, core, points, segments=segments)
    return float(np.median(deviation))


def solve_rocking(
    parameters: SimulationParameters,
    crystal: Crystal,
    geometry: Geometry,
    phi_rad: np.ndarray,
    reference_rad: float,
    shape: tuple[int, int],
    monitor: Monitor,
) -> RockingFields:
    """Solve the wave equations for all columns of the field of view.

    Parameters
    ----------
    phi_rad : (n_phi,) float64
        Rocking angles from the reference.
    reference_rad : float
        Deviation of the lattice that counts as 0, from `mean_deviation`.
    shape : tuple of int
        Rows and columns in px, multiples of the grid.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Raises
    ------
    OperationCancelled
        If the monitor is asked to stop.
    """
    grid, sample = parameters.grid, parameters.sample
    step = geometry.row_um * grid.row_px
    n_rows, n_columns = shape[0] // grid.row_px, shape[1] // grid.column_px
    first = int(np.ceil(sample.upstream_um / step))
    s0 = (np.arange(first + n_rows) - first + 0.5) * step + sample.view_um[0]
    y = (np.arange(n_columns) + 0.5) * geometry.column_um * grid.column_px + sample.view_um[1]
    edges = layer_edges(parameters, geometry)
    amplitude = sheet_amplitude(edges, geometry)
    axes = [coarse_axis(v[0], v[-1]) for v in (s0, edges, y)]
    lines, segments = pack_lines(crystal, geometry), PackedSegments(crystal.curved, geometry)
    coarse = np.empty(tuple(axis.size for axis in axes))
    for i in range(axes[0].size):
        monitor.check(CANCELLED)
        points = _oblique_points(axes[0][i : i + 1], *axes[1:], sample.layer_z_um, geometry)
        coarse[i] = smooth_deviation(
            crystal, geometry, lines, sample.core_um, points, segments=segments
        )[0]
        monitor.report(_SMOOTH_PART * (i + 1) / axes[0].size)
    coarse -= reference_rad
    low, high = _corners(s0, edges, y, sample.layer_z_um, geometry)
    tables = rate_tables(edges, amplitude > 0, phi_rad, geometry.kappa_per_um, np.float32)
    intensity = np.empty((n_columns, n_rows, len(phi_rad)), np.float32)
    multiple = np.empty_like(intensity)
    local = np.empty((n_columns, n_rows), np.float32)
    block = numba.get_num_threads()
    for start in range(0, n_columns, block):
        monitor.check(CANCELLED)
        part = slice(start, start + block)
        solve_columns(
            lines,
            *segments.within(low, high),
            segments.ray,
            segments.poisson,
            sample.core_um**2,
            s0,
            first,
            y[part],
            sample.layer_z_um,
            edges,
            geometry.kappa_per_um,
            coarse,
            *axes,
            tables,
            np.float32(step),
            np.float32(geometry.coupling_per_um),
            amplitude.astype(np.float32),
            intensity[part],
            multiple[part],
            local[part],
            amplitude**2 / np.sum(amplitude**2),
        )
        monitor.report(
            _SMOOTH_PART + (1 - _SMOOTH_PART) * min(start + block, n_columns) / n_columns
        )
    return RockingFields(intensity, multiple, local)
