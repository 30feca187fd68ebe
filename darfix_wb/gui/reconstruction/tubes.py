"""Lines as tubes of triangles: OpenGL draws lines one pixel wide and without light."""

from __future__ import annotations

from typing import NamedTuple

import numpy

from .sampled import SampledNetwork

N_SIDES = 6


class Tubes(NamedTuple):
    """Triangles of tubes.

    Attributes
    ----------
    vertices_um, normals : numpy.ndarray
        ``(n, 3)`` float32, (layer, row, column).
    indices : numpy.ndarray
        ``(m, 3)`` uint32: the vertices of each triangle.
    points : numpy.ndarray
        ``(n,)`` int: the point along the lines that each vertex belongs to.
    """

    vertices_um: numpy.ndarray
    normals: numpy.ndarray
    indices: numpy.ndarray
    points: numpy.ndarray


def tubes(lines: SampledNetwork, radius_um: float) -> Tubes:
    """Tubes around all lines.

    Examples
    --------
    >>> points = numpy.array([[0.0, 1.0, 2.0], [4.0, 1.0, 2.0]])
    >>> lines = SampledNetwork(points, numpy.zeros(2, int), numpy.ones(1, bool))
    >>> tube = tubes(lines, 0.5)
    >>> numpy.linalg.norm(tube.vertices_um[:, 1:] - [1, 2], axis=1).round(6).tolist()[:2]
    [0.5, 0.5]
    >>> tube.indices.shape
    (12, 3)
    """
    points, joined = lines.points_um, lines.joined
    count = len(points)
    tangents = _tangents(points, joined)
    across, aside = _frames(tangents)
    angles = numpy.arange(N_SIDES) * (2 * numpy.pi / N_SIDES)
    around = numpy.stack([numpy.cos(angles), numpy.sin(angles)], axis=1)
    normals = around[None, :, :1] * across[:, None] + around[None, :, 1:] * aside[:, None]
    vertices = points[:, None] + radius_um * normals
    begins = numpy.flatnonzero(joined)[:, None] * N_SIDES
    here = begins + numpy.arange(N_SIDES)
    beside = begins + numpy.roll(numpy.arange(N_SIDES), -1)
    first = numpy.stack([here, beside, here + N_SIDES], axis=-1)
    second = numpy.stack([beside, beside + N_SIDES, here + N_SIDES], axis=-1)
    triangles = numpy.concatenate([first.reshape(-1, 3), second.reshape(-1, 3)])
    return Tubes(
        vertices.reshape(-1, 3).astype(numpy.float32),
        normals.reshape(-1, 3).astype(numpy.float32),
        triangles.astype(numpy.uint32),
        numpy.repeat(numpy.arange(count), N_SIDES),
    )


def _tangents(points: numpy.ndarray, joined: numpy.ndarray) -> numpy.ndarray:
    """``(n, 3)``: sums of the unit steps to both neighbours of a point, of length 1."""
    steps = numpy.diff(points, axis=0) * joined[:, None]
    lengths = numpy.linalg.norm(steps, axis=1, keepdims=True)
    steps /= numpy.where(lengths > 0, lengths, 1)
    tangents = numpy.zeros_like(points)
    tangents[:-1] += steps
    tangents[1:] += steps
    lengths = numpy.linalg.norm(tangents, axis=1, keepdims=True)
    return numpy.where(lengths > 1e-9, tangents / numpy.where(lengths > 0, lengths, 1), [1, 0, 0])


def _frames(tangents: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Two unit vectors across each tangent, from the axis that is farthest from it."""
    helper = numpy.eye(3)[numpy.abs(tangents).argmin(axis=1)]
    across = numpy.cross(tangents, helper)
    across /= numpy.linalg.norm(across, axis=1, keepdims=True)
    return across, numpy.cross(tangents, across)
