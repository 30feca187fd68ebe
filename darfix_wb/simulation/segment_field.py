"""The deformation that straight finite segments of dislocation lines cause together.

The distortion of a dislocation line is the integral of Mura (Phil. Mag. 8, 843, 1963)::

    u_i,j = eps_jnh C_pqmn b_m  integral G_ip,q dx_h

With the Green function of the isotropic medium it becomes derivatives of the distance R (de Wit,
Solid State Phys. 10, 249, 1960), which have closed integrals along a straight segment. R becomes
sqrt(R^2 + core^2) throughout (Cai et al., J. Mech. Phys. Solids 54, 561, 2006). What one segment
gives alone has no meaning; it does where lines close, meet at nodes at which Burgers vectors add up
to zero, or go on far away.

Close to a segment the phase of a cell is the sum over parts of the cell; far from it the gradient
is smooth and interpolated from a coarse grid. A weight that depends on the distance joins the two.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from .near_and_far import FAR_UM, blend

_CLOSE_UM = 0.6
_CLOSE_PART_UM = 0.03
_PART_UM = 0.25
"""Longest ways over which the gradient counts as constant, close to a line and off it."""


@njit(inline="always", fastmath=True)
def _gradient(g, x, y, z, core2, poisson):
    """Return d(h.u) / dsh that one segment gives, and the square of the distance to it."""
    rx, ry, rz = x - g[0], y - g[1], z - g[2]
    end = rx * g[3] + ry * g[4] + rz * g[5]
    start = end - g[6]
    beyond = end - min(max(end, 0.0), g[6])
    rho2 = rx * rx + ry * ry + rz * rz - end * end
    rho2 = max(rho2, 0.0)
    p2 = rho2 + core2
    c = rx * g[7] + ry * g[8] + rz * g[9]
    b = rx * g[10] + ry * g[11] + rz * g[12] - g[13] * end
    h = rx * g[14] + ry * g[15] + rz * g[16] - g[17] * end
    one, two = 1.0 / math.sqrt(p2 + end * end), 1.0 / math.sqrt(p2 + start * start)
    one3, two3, over = one * one * one, two * two * two, 1.0 / p2
    i03 = (end * one - start * two) * over
    i13 = two - one
    last = (end * one3 - start * two3) * over / 3.0
    i05 = last + 2.0 / 3.0 * i03 * over
    i15 = (two3 - one3) / 3.0
    i25 = (end * end * end * one3 - start * start * start * two3) * over / 3.0
    even, odd = 2.0 * i03 + 3.0 * core2 * i05, 2.0 * i13 + 3.0 * core2 * i15
    bt, ht = g[13], g[17]
    bc = g[10] * g[7] + g[11] * g[8] + g[12] * g[9]
    hc = g[14] * g[7] + g[15] * g[8] + g[16] * g[9]
    hb = g[18]
    to_h, to_c, to_b = h * even + ht * odd, c * even, b * even + bt * odd
    third = 3.0 * c * (h * b * i05 + (h * bt + ht * b) * i15 + ht * bt * i25)
    third -= hb * c * i03 + hc * (b * i03 + bt * i13) + bc * (h * i03 + ht * i13)
    total = poisson * bc * to_h + hb * (1.0 - poisson) * to_c + hc * (1.0 - poisson) * to_b + third
    return -total / (8.0 * math.pi * (1.0 - poisson)), rho2 + beyond * beyond


@njit(parallel=True, cache=True, fastmath=True)
def far_gradient(segments, chunks, spans, core2, poisson, x, y, z, out):
    """Add the smooth part of the gradient at n points; tables as in `segments.PackedSegments`."""
    for i in prange(x.size):
        total = 0.0
        for k in range(chunks.shape[0]):
            low, high = int(spans[k, 0]), int(spans[k, 1])
            dx, dy, dz = x[i] - spans[k, 2], y[i] - spans[k, 3], z[i] - spans[k, 4]
            if high - low > 1 and dx * dx + dy * dy + dz * dz > spans[k, 5]:
                total += _gradient(chunks[k], x[i], y[i], z[i], core2, poisson)[0]
                continue
            for d in range(low, high):
                value, distance2 = _gradient(segments[d], x[i], y[i], z[i], core2, poisson)
                total += (1.0 - blend(distance2)) * value
        out[i] += total


@njit(inline="always", fastmath=True)
def _range(g, ray, x, y, z, radius, edges):
    """Return the cells of a ray that come closer to a segment than a radius: (first, last + 1)."""
    rx, ry, rz = x - g[0], y - g[1], z - g[2]
    along = rx * g[3] + ry * g[4] + rz * g[5]
    speed = ray[0] * g[3] + ray[1] * g[4] + ray[2] * g[5]
    slope = max(1.0 - speed * speed, 1e-9)
    across = rx * ray[0] + ry * ray[1] + rz * ray[2] - along * speed
    rho2 = rx * rx + ry * ry + rz * rz - along * along
    room = across * across / slope - rho2 + radius * radius
    if room <= 0.0:
        return 0, 0
    half = math.sqrt(room / slope)
    low, high = -across / slope - half, -across / slope + half
    if abs(speed) > 1e-9:
        one, two = (-radius - along) / speed, (g[6] + radius - along) / speed
        low, high = max(low, min(one, two)), min(high, max(one, two))
    elif along < -radius or along > g[6] + radius:
        return 0, 0
    if low >= high or high <= edges[0] or low >= edges[-1]:
        return 0, 0
    return max(np.searchsorted(edges, low) - 1, 0), min(
        np.searchsorted(edges, high), edges.size - 1
    )


@njit(inline="always", fastmath=True)
def _together(edges, first, last):
    """Return behind the last of the cells from the first on that make one part together."""
    stop = first + 1
    while stop < last and edges[stop + 1] - edges[first] <= _PART_UM:
        stop += 1
    return stop


@njit(cache=True, fastmath=True)
def add_segment_phase(segments, boxes, ray, core2, poisson, s0, y, z, edges, phase):
    """Add the phase of the cells close to segments, for one detector column.

    Parameters
    ----------
    segments, boxes : (n, 19) and (n, 2, 3) float64
        From `segments.PackedSegments`.
    ray : (3,) float64
        Direction of the diffracted beam, which lies in the x-z plane.
    core2, poisson : float
        Square of the core radius, um^2; Poisson ratio.
    s0 : (n_s0,) float64
        Middle of the cells along the beam, evenly spaced.
    y, z : float
        Column position and layer.
    edges : (n_sh + 1,) float64
        Edges of the cells along the diffracted beam.
    phase : (n_s0, n_sh) float32
        Changed in place.
    """
    for d in range(segments.shape[0]):
        box, g = boxes[d], segments[d]
        if y < box[0, 1] or y > box[1, 1]:
            continue
        low = max((box[0, 2] - z) / ray[2], edges[0])
        high = min((box[1, 2] - z) / ray[2], edges[-1])
        if low >= high:
            continue
        for i in range(s0.size):
            if s0[i] < box[0, 0] - ray[0] * high or s0[i] > box[1, 0] - ray[0] * low:
                continue
            first, last = _range(g, ray, s0[i], y, z, FAR_UM, edges)
            if first >= last:
                continue
            close, apart = _range(g, ray, s0[i], y, z, _CLOSE_UM, edges)
            j = first
            while j < last:
                stop, longest = j + 1, _CLOSE_PART_UM
                if not close <= j < apart:
                    longest = _PART_UM
                    stop = _together(edges, j, min(last, close) if j < close < apart else last)
                count = math.ceil((edges[stop] - edges[j]) / longest - 1e-9)
                step = (edges[stop] - edges[j]) / count
                total = 0.0
                for k in range(count):
                    t = edges[j] + (k + 0.5) * step
                    a, c = s0[i] + t * ray[0], z + t * ray[2]
                    value, distance2 = _gradient(g, a, y, c, core2, poisson)
                    total += blend(distance2) * value
                for k in range(j, stop):
                    phase[i, k] += np.float32((edges[k + 1] - edges[k]) * total / count)
                j = stop


@njit(parallel=True, cache=True, fastmath=True)
def whole_gradient(segments, core2, poisson, x, y, z, out):
    for i in prange(x.size):
        for d in range(segments.shape[0]):
            out[i] += _gradient(segments[d], x[i], y[i], z[i], core2, poisson)[0]
