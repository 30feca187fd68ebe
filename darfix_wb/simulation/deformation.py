"""Phases of the deformed crystal on the grid of the wave fields, exact over every cell.

The displacement of a straight dislocation is that of Hirth & Lothe (Theory of Dislocations, eqs.
3-3 and 3-45) for the isotropic infinite crystal, with r^2 replaced by r^2 + core^2. Close to a line
the phase of a cell is the exact difference of ``h.u`` between its ends; far from it the gradient is
smooth and interpolated from a coarse grid. A weight that depends on the distance joins the two.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from .crystal import Crystal
from .geometry import Geometry
from .near_and_far import FAR_UM, blend
from .segments import PackedSegments

BOW_REACH_UM = 25.0
_COARSE_UM = 1.0


@njit(inline="always", fastmath=True)
def _ray(line, x, y, z):
    """Return position and direction of a ray across the line, the bow included."""
    dx, dy, dz = x - line[0], y - line[1], z - line[2]
    u = dx * line[3] + dy * line[4] + dz * line[5]
    v = dx * line[6] + dy * line[7] + dz * line[8]
    along = dx * line[9] + dy * line[10] + dz * line[11]
    slope = line[12] * line[12] + line[13] * line[13] + 1e-9
    t = -(u * line[12] + v * line[13]) / slope
    s = along + t * line[14]
    s = min(max(s, -BOW_REACH_UM), BOW_REACH_UM)
    return u - line[19] * s * s, v - line[20] * s * s, t, slope


@njit(inline="always", fastmath=True)
def _phase(line, u, v, t, core2):
    """Return ``h.u`` at a distance t along the ray that starts at (u, v)."""
    du, dv = line[12], line[13]
    a = du * du + dv * dv + 1e-12
    b = u * du + v * dv
    cross = u * dv - v * du
    root = math.sqrt(cross * cross + a * core2)
    turn = cross / root * math.atan((a * t + b) / root)
    x, y = u + t * du, v + t * dv
    rho2 = x * x + y * y + core2
    return (
        line[15] * turn
        + (line[16] * x * y + line[18] * (x * x - y * y)) / rho2
        + line[17] * math.log(rho2)
    )


@njit(inline="always", fastmath=True)
def _gradient(line, x, y, core2):
    """Return d(h.u) / dsh at the position (x, y) across the line."""
    du, dv = line[12], line[13]
    rho2 = x * x + y * y + core2
    change = 2.0 * (x * du + y * dv) / rho2
    even = (2.0 * (x * du - y * dv) - (x * x - y * y) * change) / rho2
    odd = (y * du + x * dv - x * y * change) / rho2
    turn = (x * dv - y * du) / rho2
    return line[15] * turn + line[16] * odd + line[17] * change + line[18] * even


@njit(parallel=True, cache=True, fastmath=True)
def _far_gradient(lines, core2, x, y, z, out):
    """Add the smooth part of the gradient of all dislocations at n points."""
    for i in prange(x.size):
        total = 0.0
        for d in range(lines.shape[0]):
            line = lines[d]
            u, v, _, _ = _ray(line, x[i], y[i], z[i])
            near = blend(u * u + v * v)
            if near < 1.0:
                total += (1.0 - near) * _gradient(line, u, v, core2)
        out[i] += total


@njit(cache=True, fastmath=True)
def add_near_phase(lines, core2, s0, y, z, edges, phase):
    """Add the exact phase of the cells close to dislocations, for one detector column.

    Parameters
    ----------
    lines : (n, 21) float64
        Packed by `pack_lines`.
    core2 : float
        Square of the core radius, um^2.
    s0 : (n_s0,) float64
        Middle of the cells along the beam.
    y, z : float
        Column position and layer.
    edges : (n_sh + 1,) float64
        Edges of the cells along the diffracted beam.
    phase : (n_s0, n_sh) float32
        Changed in place.
    """
    far2 = FAR_UM * FAR_UM
    n_sh = edges.size - 1
    for d in range(lines.shape[0]):
        line = lines[d]
        for i in range(s0.size):
            u, v, _, slope = _ray(line, s0[i], y, z)
            closest = -(u * line[12] + v * line[13]) / slope
            cross = u * line[13] - v * line[12]
            room = far2 - cross * cross / slope
            if room <= 0.0:
                continue
            half = math.sqrt(room / slope)
            first = max(np.searchsorted(edges, closest - half) - 1, 0)
            last = min(np.searchsorted(edges, closest + half), n_sh)
            if first >= last:
                continue
            before = _phase(line, u, v, edges[first], core2)
            for j in range(first, last):
                after = _phase(line, u, v, edges[j + 1], core2)
                t = 0.5 * (edges[j] + edges[j + 1])
                a, b = u + t * line[12], v + t * line[13]
                phase[i, j] += np.float32(blend(a * a + b * b) * (after - before))
                before = after


def pack_lines(crystal: Crystal, geometry: Geometry) -> np.ndarray:
    """Prepare the dislocations for the kernels.

    Returns
    -------
    (n, 21) float64
        Point (0-2), axes across the line (3-8), line (9-11), ray in those axes (12-14), factors of
        the angle, xy, logarithm and x^2 - y^2 terms of ``h.u`` (15-18), bow (19-20).
    """
    table, h = crystal.dislocations, geometry.diffraction_vector_per_um
    poisson = geometry.material.poisson_ratio
    packed = np.zeros((len(table.line), 21))
    for row, point, line, b, bow in zip(
        packed, table.point_um, table.line, table.burgers_um, table.bow_per_um, strict=True
    ):
        screw = float(b @ line)
        edge = b - screw * line
        size = float(np.linalg.norm(edge))
        if size < 1e-9:
            edge, size = np.cross(line, np.eye(3)[np.argmin(np.abs(line))]), 0.0
        first = edge / np.linalg.norm(edge)
        second = np.cross(line, first)
        axes = np.stack([first, second, line])
        row[:3], row[3:12], row[12:15] = point, axes.ravel(), axes @ geometry.diffracted
        along, across = size * float(h @ first), size * float(h @ second)
        stiff = 8 * np.pi * (1 - poisson)
        row[15] = (along + screw * float(h @ line)) / (2 * np.pi)
        row[16] = 2 * along / stiff
        row[17] = -across * (1 - 2 * poisson) / stiff
        row[18] = -across / stiff
        side = np.cross(line, [0.0, 0.0, 1.0])
        row[19:21] = 0.5 * bow * (axes[:2] @ side)
    return packed


def smooth_deviation(
    crystal: Crystal,
    geometry: Geometry,
    lines: np.ndarray,
    core_um: float,
    points_um: np.ndarray,
    *,
    segments: PackedSegments | None = None,
) -> np.ndarray:
    """Return the part of phi_loc that varies slowly: tilt and the far fields of dislocations.

    Parameters
    ----------
    lines : (n, 21) float64
        From `pack_lines`.
    core_um : float
    points_um : (..., 3) float64
    segments : PackedSegments, optional
        Of curved lines.

    Returns
    -------
    (...) float64
        In rad.
    """
    x, y, z = (np.ascontiguousarray(points_um[..., i]).ravel() for i in range(3))
    gradient = np.zeros(x.size)
    _far_gradient(lines, core_um**2, x, y, z, gradient)
    if segments is not None:
        gradient += segments.smooth_gradient(core_um, points_um).ravel()
    far = gradient.reshape(points_um.shape[:-1]) / geometry.kappa_per_um
    return far + crystal.tilt_rad(points_um)


def coarse_axis(low: float, high: float) -> np.ndarray:
    """Return an even axis of about 1 um that covers [low, high]."""
    return np.linspace(low, high, max(int(np.ceil((high - low) / _COARSE_UM)), 1) + 1)
