"""Ends of skeletons, which thinning has taken, given back."""

from __future__ import annotations

import numpy

CARRIED_UM = 3.0
"""From layer to layer, no longer steps are made than this."""

DIRECTION_UM = 2.0
"""An end is carried on in the direction that a line has over so much of its length."""

FLAT = 0.1
"""A smaller part of the direction in the layer says nothing."""

BESIDE = numpy.array([[0, row, column] for row in (-0.3, 0.3) for column in (-0.3, 0.3)])
"""A skeleton lies between voxels, in voxels, where a component was widened: one of them counts."""


def carried_on(
    points_um: numpy.ndarray, mask: numpy.ndarray, spacing: numpy.ndarray
) -> numpy.ndarray:
    """A chain that goes on straight behind its last point, within the mask.

    From layer to layer while there is a voxel, and then in the layer until it is as far from the
    end of the mask as from its sides: thinning takes up to two layers of a steep line, and of what
    is thick twice its half width.

    Parameters
    ----------
    points_um : numpy.ndarray
        ``(n, 3)`` float64.
    mask : numpy.ndarray
        ``(layers, rows, columns)`` bool.
    spacing : numpy.ndarray
        ``(3,)`` float64, um.

    Examples
    --------
    >>> mask = numpy.zeros((9, 3, 3), bool)
    >>> mask[:7, 1, 1] = True
    >>> points = numpy.array([[1.0, 0.2, 0.2], [5.0, 0.2, 0.2]])
    >>> carried_on(points, mask, numpy.array([1.0, 0.2, 0.2])).tolist()
    [[1.0, 0.2, 0.2], [5.0, 0.2, 0.2], [6.0, 0.2, 0.2]]
    """
    steps = numpy.linalg.norm(numpy.diff(points_um[::-1], axis=0), axis=1)
    behind = 1 + int(numpy.searchsorted(numpy.cumsum(steps), DIRECTION_UM))
    along = points_um[-1] - points_um[-min(behind + 1, len(points_um))]
    length = numpy.linalg.norm(along)
    if length <= 0:
        return points_um
    through = _through_layers(points_um[-1], along / length, mask, spacing)
    last = through[-1] if through else points_um[-1]
    return numpy.stack([*points_um, *through, *_in_layer(last, along / length, mask, spacing)])


def _through_layers(
    end: numpy.ndarray, along: numpy.ndarray, mask: numpy.ndarray, spacing: numpy.ndarray
) -> list[numpy.ndarray]:
    if abs(along[0]) * CARRIED_UM < spacing[0]:
        return []
    per_layer = along / abs(along[0]) * spacing[0]
    height = end[0] / spacing[0] * numpy.sign(along[0])
    carried: list[numpy.ndarray] = []
    while True:
        further = numpy.floor(height + 1e-9) + 1 + len(carried) - height
        place = end + per_layer * further
        if not _holds(mask, place / spacing + BESIDE).any():
            return carried
        carried.append(place)


def _in_layer(
    end: numpy.ndarray, along: numpy.ndarray, mask: numpy.ndarray, spacing: numpy.ndarray
) -> list[numpy.ndarray]:
    flat = along * [0, 1, 1]
    part = numpy.linalg.norm(flat)
    if part < FLAT:
        return []
    flat /= part
    across = numpy.array([0.0, -flat[2], flat[1]])
    ahead, left, right = (_room(end, one, mask, spacing) for one in (flat, across, -across))
    half_layer = spacing[0] / 2 * part / max(abs(along[0]), 1e-9)
    further = min(ahead - (left + right) / 2, half_layer)
    return [end + along / part * further] if further > 0 else []


def _room(
    end: numpy.ndarray, towards: numpy.ndarray, mask: numpy.ndarray, spacing: numpy.ndarray
) -> float:
    """How far the mask goes from a place in a direction in the layer, at most 3 um."""
    step = spacing[1:].min() / 2
    distances = numpy.arange(1, int(CARRIED_UM / step) + 1) * step
    held = _holds(mask, (end + distances[:, None] * towards) / spacing)
    return float(step * (len(held) if held.all() else numpy.argmin(held)))


def _holds(mask: numpy.ndarray, voxels: numpy.ndarray) -> numpy.ndarray:
    """``(n,)`` bool: whether places, in voxels, are in the volume and in the mask."""
    numbers = numpy.floor(voxels + 0.5).astype(int)
    within = ((numbers >= 0) & (numbers < mask.shape)).all(axis=1)
    held = numpy.zeros(len(voxels), bool)
    held[within] = mask[tuple(numbers[within].T)]
    return held
