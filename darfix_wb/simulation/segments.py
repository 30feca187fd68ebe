"""Segments of curved lines, prepared for the kernels of `segment_field`."""

from __future__ import annotations

import numpy as np

from .curved_lines import LONGEST_UM, CurvedLines
from .geometry import Geometry
from .near_and_far import FAR_UM
from .segment_field import far_gradient, whole_gradient

_CHUNK = 4
_CHUNK_REACH = 3.0
"""A run of segments acts as the line between its ends from this many times its size on."""

_WIDTH = 19


class PackedSegments:
    """Segments of curved lines, prepared for the kernels.

    Attributes
    ----------
    table : (n, 19) float64
        Start (0-2), direction (3-5), length (6), direction x ray (7-9), Burgers vector (10-12) and
        its part along the line (13), h (14-16) and its part along the line (17), h.b (18).
    boxes : (n, 2, 3) float64
        Corners of the box around all that is near to each segment.
    chunks, spans : (m, 19), (m, 6) float64
        Straight lines between the ends of up to 4 consecutive segments of a line; number of the
        first and behind the last of them, middle, square of the distance from which on the chunk
        stands for them.
    ray : (3,) float64
    poisson : float
    """

    def __init__(self, lines: CurvedLines | None, geometry: Geometry) -> None:
        self.ray = np.ascontiguousarray(geometry.diffracted)
        self.poisson = float(geometry.material.poisson_ratio)
        if lines is None:
            start = end = np.empty((0, 3))
            number, burgers = np.empty(0, int), start
        else:
            start, end, number = lines.segments()
            burgers = lines.burgers_um[number]
        self.table = _pack(start, end, burgers, geometry)
        low, high = np.minimum(start, end) - FAR_UM, np.maximum(start, end) + FAR_UM
        self.boxes = np.ascontiguousarray(np.stack([low, high], axis=1))
        firsts = _chunk_starts(start, end, number)
        lasts = np.append(firsts, len(start))[1:]
        ends = end[lasts - 1] if len(start) else end
        self.chunks = _pack(start[firsts], ends, burgers[firsts], geometry)
        middles = 0.5 * (start[firsts] + ends)
        self.spans = np.empty((len(firsts), 6))
        for row, first, last, middle in zip(self.spans, firsts, lasts, middles, strict=True):
            size = np.linalg.norm(
                np.concatenate([start[first:last], end[first:last]]) - middle, axis=1
            )
            row[:2], row[2:5] = (first, last), middle
            row[5] = (_CHUNK_REACH * size.max() + FAR_UM) ** 2

    def smooth_gradient(self, core_um: float, points_um: np.ndarray) -> np.ndarray:
        """Return d(h.u)/dsh without what is near, in 1/um, at points (..., 3) in um."""
        x, y, z = _axes(points_um)
        out = np.zeros(x.size)
        tables = self.table, self.chunks, self.spans
        far_gradient(*tables, core_um**2, self.poisson, x, y, z, out)
        return out.reshape(points_um.shape[:-1])

    def gradient(self, core_um: float, points_um: np.ndarray) -> np.ndarray:
        """Return the whole d(h.u)/dsh, in 1/um, at points (..., 3) in um."""
        x, y, z = _axes(points_um)
        out = np.zeros(x.size)
        whole_gradient(self.table, core_um**2, self.poisson, x, y, z, out)
        return out.reshape(points_um.shape[:-1])

    def within(self, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return table and boxes of the segments that are near to a box with these corners."""
        near = np.all((self.boxes[:, 0] <= high) & (self.boxes[:, 1] >= low), axis=1)
        return self.table[near], self.boxes[near]


def _axes(points_um: np.ndarray) -> tuple[np.ndarray, ...]:
    return tuple(np.ascontiguousarray(points_um[..., i], float).ravel() for i in range(3))


def _chunk_starts(start: np.ndarray, end: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Return the first segment of each chunk; segments much longer than others stand alone."""
    length = np.linalg.norm(end - start, axis=1)
    starts, count = [], 0
    for k in range(len(start)):
        fresh = k == 0 or number[k] != number[k - 1] or count == _CHUNK
        if fresh or max(length[k], length[k - 1]) > LONGEST_UM:
            starts.append(k)
            count = 0
        count += 1
    return np.array(starts, int)


def _pack(start, end, burgers, geometry: Geometry) -> np.ndarray:
    table = np.empty((len(start), _WIDTH))
    length = np.linalg.norm(end - start, axis=1)
    line = (end - start) / np.maximum(length, 1e-12)[:, None]
    h = geometry.diffraction_vector_per_um
    table[:, :3], table[:, 3:6], table[:, 6] = start, line, length
    table[:, 7:10] = np.cross(line, geometry.diffracted)
    table[:, 10:13], table[:, 13] = burgers, np.sum(burgers * line, axis=1)
    table[:, 14:17], table[:, 17], table[:, 18] = h, line @ h, burgers @ h
    return table
