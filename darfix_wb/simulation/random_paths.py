"""Smooth random curves in three dimensions, as polylines."""

from __future__ import annotations

import numpy as np

STEP_UM = 2.0
"""Length of the segments: off a curve of 10 um radius by at most 0.05 um."""

TAIL_UM = 500.0
"""Straight end of a line outside the crystal: what lacks beyond it bends less than 0.1 urad."""

_MARGIN_UM = 10.0
_ROOM_UM = 2.0


class PathBox:
    """The part of the crystal in which lines are curved.

    Parameters
    ----------
    box_um : (2, 2) float64
        Lower and upper corner (x, y).
    view_um : (float, float)
        Size of the field of view, which begins at (0, 0).
    depth_um : float
        Layers lie from -depth_um to +depth_um.
    rise_um : float
        Height that the diffracted beam gains above a layer.
    """

    def __init__(
        self, box_um: np.ndarray, view_um: tuple[float, float], depth_um: float, rise_um: float
    ) -> None:
        self._box, self._height = box_um, depth_um + _ROOM_UM
        self._view = np.array([[0.0, 0.0], view_um])
        self.low = np.append(box_um[0], -depth_um - _MARGIN_UM)
        self.high = np.append(box_um[1], depth_um + rise_um + _MARGIN_UM)

    def place(self, rng: np.random.Generator, *, margin_um: float | None = None) -> np.ndarray:
        """Return a random point (3,) of the layers, or one at most a margin from the view."""
        box = self._box if margin_um is None else self._near(margin_um)
        return np.append(rng.uniform(*box), rng.uniform(-self._height, self._height))

    def room_um3(self, margin_um: float) -> float:
        """Volume of the layers at most a margin from the view."""
        return float(np.prod(np.ptp(self._near(margin_um), axis=0)) * 2 * self._height)

    def _near(self, margin_um: float) -> np.ndarray:
        return self._view + np.array([[-margin_um], [margin_um]])

    def inside(self, points_um: np.ndarray) -> np.ndarray:
        """Whether points (n, 3) lie in it: (n,) bool."""
        return np.all((points_um >= self.low) & (points_um <= self.high), axis=1)

    @property
    def size_um(self) -> float:
        """Its diagonal."""
        return float(np.linalg.norm(self.high - self.low))


def orthogonal(vector: np.ndarray, to: np.ndarray) -> np.ndarray:
    """Return the unit vector along the part of a vector that is at right angles to another one."""
    to = np.asarray(to) / np.linalg.norm(to)
    part = np.asarray(vector) - (np.asarray(vector) @ to) * to
    if np.linalg.norm(part) < 1e-6:
        part = np.cross(to, np.eye(3)[np.argmin(np.abs(to))])
    return part / np.linalg.norm(part)


def path_from(
    start: np.ndarray,
    direction: np.ndarray,
    normal: np.ndarray,
    radius_um: float,
    box: PathBox,
    rng: np.random.Generator,
    *,
    length_um: float | None = None,
) -> np.ndarray:
    """Return a curve that starts at a point, (n, 3) float64.

    It lies in the plane across `normal`, turns to and fro by some tenths of a radian with a radius
    of at least `radius_um`, and runs on straight outside the box; or ends after `length_um`.
    """
    distance = np.arange(0, length_um or 2 * box.size_um, STEP_UM)
    points = start + _bent(distance, direction, normal, radius_um, rng)
    return points if length_um else _until_outside(points, box)


def path_through(
    point: np.ndarray,
    direction: np.ndarray,
    normal: np.ndarray,
    radius_um: float,
    box: PathBox,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return a curve through a point of the box, (n, 3) float64; see `path_from`."""
    half = int(2 * box.size_um / STEP_UM)
    distance = np.arange(-half, half + 1) * STEP_UM
    points = _bent(distance, direction, normal, radius_um, rng)
    points += point - points[half]
    backwards, forwards = points[half::-1], points[half:]
    return np.concatenate([_until_outside(backwards, box)[:0:-1], _until_outside(forwards, box)])


def closed_path(
    centre: np.ndarray, normal: np.ndarray, radius_um: float, rng: np.random.Generator
) -> np.ndarray:
    """Return a loop, not quite round, in the plane across `normal`: (n, 3) float64."""
    first = orthogonal([1.0, 0.0, 0.0], normal)
    second = np.cross(normal / np.linalg.norm(normal), first)
    angle = np.linspace(0, 2 * np.pi, int(np.ceil(2 * np.pi * radius_um / STEP_UM)) + 1)
    phases = rng.uniform(0, 2 * np.pi, 2)
    out = radius_um * (
        1 + 0.1 * np.cos(2 * angle + phases[0]) + 0.04 * np.cos(3 * angle + phases[1])
    )
    points = centre + out[:, None] * (
        np.cos(angle)[:, None] * first + np.sin(angle)[:, None] * second
    )
    points[-1] = points[0]
    return points


def _bent(distance, direction, normal, radius_um, rng) -> np.ndarray:
    """Return a plane curve, the first point at the origin; it has `direction` at distance 0."""
    turn = np.zeros(len(distance))
    for _ in range(2):
        swing = rng.uniform(0.25, 0.5)
        wavelength = 2 * np.pi * swing * 2 * radius_um * rng.uniform(1.0, 2.0)
        phase = rng.uniform(0, 2 * np.pi)
        turn += swing * (np.sin(2 * np.pi * distance / wavelength + phase) - np.sin(phase))
    first = orthogonal(direction, normal)
    second = np.cross(normal / np.linalg.norm(normal), first)
    middle = 0.5 * (turn[1:] + turn[:-1])
    steps = np.diff(distance)[:, None] * (
        np.cos(middle)[:, None] * first + np.sin(middle)[:, None] * second
    )
    return np.concatenate([np.zeros((1, 3)), np.cumsum(steps, axis=0)])


def _until_outside(points: np.ndarray, box: PathBox) -> np.ndarray:
    """Return the points up to the first outside the box, and the end of a straight line from it."""
    outside = ~box.inside(points[1:])
    end = int(np.argmax(outside)) + 1 if outside.any() else len(points) - 1
    onwards = points[end] - points[end - 1]
    tail = points[end] + TAIL_UM * onwards / np.linalg.norm(onwards)
    return np.concatenate([points[: end + 1], tail[None]])
