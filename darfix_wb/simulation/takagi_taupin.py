"""Two-beam Takagi-Taupin equations on an oblique grid.

With ``D = D0 exp(-i k0.r) + Dh exp(-i kh.r)`` in a deformed crystal (Takagi, Acta Cryst. 15, 1311,
1962 and J. Phys. Soc. Japan 26, 1239, 1969; Taupin, Bull. Soc. Fr. Miner. Crist. 87, 469, 1964)::

    dD0/ds0 = -i K Dh
    dDh/dsh = -i K D0 + i kappa (phi_loc(r) - phi) Dh

Every cell is a box: the field that crosses an edge is its mean over that edge. Deviation enters as
the exact phase across the cell, half before and half after the exchange between the two beams,
whose strength is reduced by ``sinc(phase / 2)``, the mean of the phase factor over the cell. The
exchange is a Cayley transform, so that ``|D0|^2 dsh + |Dh|^2 ds0`` is conserved for any cell size.

Both fields may be multiplied by one phase ``exp(i G(sh))``, because D0 only travels along s0.
Inside the lit layer G is 0; above it ``dG/dsh = kappa (phi - phi_ref)``, which takes the rocking
angle out of the equations there: waves that leave a defect are scattered again as in a point-source
fan (Kato, Acta Cryst. 14, 526, 1961), and the grid need not resolve a fast common phase.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit, prange

from .deformation import add_near_phase
from .segment_field import add_segment_phase


@njit(cache=True, fastmath=True, error_model="numpy")
def _layer_cell(cell, cos, sin, angle, a0, b0, source, d0, h, b):
    """Pass one cell of the lit layer, for all rocking angles; fields are (real, imaginary) rows."""
    one, two, tiny = cell.dtype.type(1), cell.dtype.type(2), cell.dtype.type(1e-10)
    c, s, half = cell[0], cell[1], cell[2]
    for k in range(cos.size):
        er, ei = c * cos[k] + s * sin[k], s * cos[k] - c * sin[k]
        x = half - angle[k]
        sinc = (ei * x + tiny) / (x * x + tiny)
        p, q = a0 * sinc, b0 * sinc
        norm = one / (one + p * q)
        keep, p, q = (one - p * q) * norm, two * p * norm, two * q * norm
        re, im = h[0, k] * er - h[1, k] * ei, h[0, k] * ei + h[1, k] * er
        outr, outi = keep * re + q * d0[1, k], keep * im - q * d0[0, k]
        d0[0, k], d0[1, k] = keep * d0[0, k] + p * im, keep * d0[1, k] - p * re
        h[0, k], h[1, k] = outr * er - outi * ei, outr * ei + outi * er
        re, im = b[0, k] * er - b[1, k] * ei, b[0, k] * ei + b[1, k] * er - source * sinc
        b[0, k], b[1, k] = re * er - im * ei, re * ei + im * er


@njit(cache=True, fastmath=True, error_model="numpy")
def _upper_cell(cell, a0, b0, d0, h, b):
    """Pass one cell above the layer, where the rocking angle does not enter."""
    one, two, tiny = cell.dtype.type(1), cell.dtype.type(2), cell.dtype.type(1e-10)
    er, ei, half = cell[0], cell[1], cell[2]
    sinc = (ei * half + tiny) / (half * half + tiny)
    p, q = a0 * sinc, b0 * sinc
    norm = one / (one + p * q)
    keep, p, q = (one - p * q) * norm, two * p * norm, two * q * norm
    fr, fi = er * er - ei * ei, two * er * ei
    qr, qi, pr, pi = q * ei, q * er, p * ei, p * er
    kr, ki = keep * fr, keep * fi
    for k in range(h.shape[1]):
        hr, hi, dr, di = h[0, k], h[1, k], d0[0, k], d0[1, k]
        h[0, k] = kr * hr - ki * hi + qr * dr + qi * di
        h[1, k] = kr * hi + ki * hr + qr * di - qi * dr
        d0[0, k] = keep * dr + pr * hr + pi * hi
        d0[1, k] = keep * di + pr * hi - pi * hr
        br, bi = b[0, k], b[1, k]
        b[0, k], b[1, k] = fr * br - fi * bi, fr * bi + fi * br


@njit(cache=True, fastmath=True, error_model="numpy")
def _march(phase, half_cos, half_sin, half_angle, width, ds0, coupling, incident, d0, dh, born):
    """Solve one column; see `solve_column`. Fields have an axis of (real, imaginary)."""
    n_s0, n_sh = phase.shape
    half = phase.dtype.type(0.5)
    cell = np.empty(3, phase.dtype)
    a0 = coupling * ds0 * half
    for i in range(n_s0):
        h, b = dh[i], born[i]
        h[:] = 0
        b[:] = 0
        for j in range(n_sh):
            cell[2] = half * phase[i, j]
            cell[0], cell[1] = np.cos(cell[2]), np.sin(cell[2])
            b0 = coupling * width[j] * half
            if incident[j] > 0:
                tables = half_cos[j], half_sin[j], half_angle[j]
                source = incident[j] * (b0 + b0)
                _layer_cell(cell, *tables, a0, b0, source, d0[j], h, b)
            else:
                _upper_cell(cell, a0, b0, d0[j], h, b)


@dataclass(frozen=True)
class WaveFields:
    """Fields that leave one column.

    Attributes
    ----------
    transmitted : (n_sh, n_phi) complex
        D0 at the end of the grid along the beam.
    diffracted : (n_s0, n_phi) complex
        Dh at the exit, one value for every cell along the beam.
    born : (n_s0, n_phi) complex
        Dh with the incident field in place of D0: scattered once only.
    """

    transmitted: np.ndarray
    diffracted: np.ndarray
    born: np.ndarray


def rate_tables(
    edges_um: np.ndarray, layer: np.ndarray, phi_rad: np.ndarray, kappa_per_um: float, dtype: type
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return cosine and sine of half the phase of every cell and angle, that phase, and the widths.

    Parameters
    ----------
    edges_um : (n_sh + 1,) float64
    layer : (n_sh,) bool
        Cells of the lit layer; the rocking angle acts in them only.
    phi_rad : (n_phi,) float64
        Rocking angles, from the reference angle of the phases.
    kappa_per_um : float
    dtype : type

    Returns
    -------
    tuple of (n_sh, n_phi), (n_sh, n_phi), (n_sh, n_phi), (n_sh,) arrays
    """
    width = np.diff(edges_um)
    angle = 0.5 * kappa_per_um * np.outer(width * layer, phi_rad)
    tables = np.cos(angle), np.sin(angle), angle, width
    return tuple(np.ascontiguousarray(table, dtype) for table in tables)


def solve_column(
    phase: np.ndarray,
    edges_um: np.ndarray,
    step_um: float,
    phi_rad: np.ndarray,
    coupling_per_um: float,
    kappa_per_um: float,
    incident: np.ndarray,
) -> WaveFields:
    """Solve the equations for one detector column in double precision.

    Parameters
    ----------
    phase : (n_s0, n_sh) float64
        Integral of ``kappa (phi_loc - phi_ref)`` over every cell along the diffracted beam.
    edges_um : (n_sh + 1,) float64
        Cell edges along the diffracted beam; they may be uneven.
    step_um : float
        Cell size along the incident beam.
    phi_rad : (n_phi,) float64
        Rocking angles, from phi_ref.
    coupling_per_um, kappa_per_um : float
        K and kappa.
    incident : (n_sh,) float64
        D0 at the entrance face, mean over each cell; not 0 in the lit layer.

    Returns
    -------
    WaveFields
    """
    phase = np.ascontiguousarray(phase, np.float64)
    tables = rate_tables(edges_um, incident > 0, phi_rad, kappa_per_um, np.float64)
    shape = phase.shape[0], 2, len(phi_rad)
    d0 = np.zeros((phase.shape[1], 2, len(phi_rad)))
    d0[:, 0] = np.asarray(incident)[:, None]
    dh, born = np.empty(shape), np.empty(shape)
    _march(phase, *tables, step_um, coupling_per_um, np.asarray(incident, float), d0, dh, born)
    return WaveFields(*(field[:, 0] + 1j * field[:, 1] for field in (d0, dh, born)))


@njit(parallel=True, cache=True, fastmath=True, error_model="numpy")
def solve_columns(
    lines,
    segments,
    boxes,
    ray,
    poisson,
    core2,
    s0,
    first_row,
    y,
    z,
    edges,
    kappa,
    coarse,
    coarse_s0,
    coarse_sh,
    coarse_y,
    tables,
    ds0,
    coupling,
    incident,
    intensity,
    multiple,
    local,
    weight,
):
    """Solve several columns in single precision, in parallel, and keep what the detector needs.

    Parameters
    ----------
    lines, core2 : see `deformation.add_near_phase`
    segments, boxes, ray, poisson : see `segment_field.add_segment_phase`
    s0 : (n_s0,) float64
        Middle of the cells along the beam; the field of view begins at `first_row`.
    y : (n_columns,) float64
    z : float
    edges : (n_sh + 1,) float64
    kappa : float
    coarse : (n_a, n_b, n_c) float64
        Smooth deviation in rad on even axes `coarse_s0`, `coarse_sh`, `coarse_y`.
    tables : tuple
        From `rate_tables`, float32.
    ds0, coupling : float32
    incident : (n_sh,) float32
    intensity, multiple : (n_columns, n_rows, n_phi) float32
        Receive ``|Dh|^2`` and ``|Dh - Dh_Born|^2``.
    local : (n_columns, n_rows) float32
        Receives phi_loc averaged over the sheet with `weight` (n_sh,) float64.
    """
    n_s0, n_sh = s0.size, edges.size - 1
    n_phi = tables[2].shape[1]
    for m in prange(y.size):
        phase = np.zeros((n_s0, n_sh), np.float32)
        _add_smooth(coarse, coarse_s0, coarse_sh, coarse_y, s0, edges, y[m], kappa, phase)
        add_near_phase(lines, core2, s0, y[m], z, edges, phase)
        add_segment_phase(segments, boxes, ray, core2, poisson, s0, y[m], z, edges, phase)
        d0 = np.zeros((n_sh, 2, n_phi), np.float32)
        for j in range(n_sh):
            d0[j, 0, :] = incident[j]
        dh = np.empty((n_s0, 2, n_phi), np.float32)
        born = np.empty((n_s0, 2, n_phi), np.float32)
        _march(
            phase, tables[0], tables[1], tables[2], tables[3], ds0, coupling, incident, d0, dh, born
        )
        for i in range(first_row, n_s0):
            total = 0.0
            for j in range(n_sh):
                total += weight[j] * phase[i, j] / (edges[j + 1] - edges[j])
            local[m, i - first_row] = total / kappa
            for k in range(n_phi):
                re, im = dh[i, 0, k], dh[i, 1, k]
                dr, di = re - born[i, 0, k], im - born[i, 1, k]
                intensity[m, i - first_row, k] = re * re + im * im
                multiple[m, i - first_row, k] = dr * dr + di * di


@njit(cache=True, fastmath=True)
def _place(axis, value):
    """Return the lower index and the fraction of a value on an even axis."""
    position = (value - axis[0]) / (axis[1] - axis[0])
    index = min(max(int(position), 0), axis.size - 2)
    return index, position - index


@njit(cache=True, fastmath=True)
def _add_smooth(coarse, axis_s0, axis_sh, axis_y, s0, edges, y, kappa, phase):
    """Add the phase of the smooth deviation, interpolated linearly along all three axes."""
    c, fy = _place(axis_y, y)
    for j in range(edges.size - 1):
        width = edges[j + 1] - edges[j]
        b, fh = _place(axis_sh, 0.5 * (edges[j] + edges[j + 1]))
        for i in range(s0.size):
            a, f0 = _place(axis_s0, s0[i])
            value = 0.0
            for p in range(2):
                for q in range(2):
                    part = (f0 if p else 1 - f0) * (fh if q else 1 - fh)
                    low, high = coarse[a + p, b + q, c], coarse[a + p, b + q, c + 1]
                    value += part * ((1 - fy) * low + fy * high)
            phase[i, j] += np.float32(kappa * width * value)
