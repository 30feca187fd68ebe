"""Small-angle boundaries: rows of parallel edge dislocations along curved traces that join."""

from __future__ import annotations

import numpy as np

from .parameters import SampleParameters
from .slip import SlipSystems

_TRACE_STEP_UM = 0.5


def curved_trace(
    start: np.ndarray, heading: float, box: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Follow a smoothly turning path through the box until it leaves it.

    Parameters
    ----------
    start : (2,) float64
        First point (x, y), in um.
    heading : float
        Mean direction, in rad.
    box : (2, 2) float64
        Lower and upper corner.
    rng : numpy.random.Generator

    Returns
    -------
    (n, 2) float64
        Points 0.5 um apart; always at least one.
    """
    reach = int(2 * np.linalg.norm(box[1] - box[0]) / _TRACE_STEP_UM)
    distance = np.arange(reach) * _TRACE_STEP_UM
    turn = np.zeros(reach)
    for wavelength in (25.0, 60.0, 140.0):
        turn += 0.28 * np.sin(2 * np.pi * distance / wavelength + rng.uniform(0, 2 * np.pi))
    turn -= turn[0]
    steps = np.stack([np.cos(heading + turn), np.sin(heading + turn)], axis=1) * _TRACE_STEP_UM
    path = start + np.concatenate([np.zeros((1, 2)), np.cumsum(steps[:-1], axis=0)])
    outside = np.any((path < box[0]) | (path > box[1]), axis=1)
    end = int(np.argmax(outside)) if outside.any() else reach
    return path[: max(end, 1)]


def _path(box: np.ndarray, heading: float, earlier: list, rng: np.random.Generator) -> tuple:
    """Return a path through the box and the length of its part along an earlier boundary.

    A path that follows an earlier boundary and then leaves it makes a triple junction at which the
    Burgers vectors add up, so that no stress is left there.
    """
    if earlier and rng.random() < 0.6:
        host = earlier[rng.integers(len(earlier))]
        if len(host) > 20:
            leave = int(rng.integers(len(host) // 5, 4 * len(host) // 5))
            shared = host[:leave] if rng.random() < 0.5 else host[:-leave:-1]
            branch = curved_trace(shared[-1], heading, box, rng)
            return np.concatenate([shared, branch]), len(branch) * _TRACE_STEP_UM
    start = rng.uniform(box[0], box[1])
    forward = curved_trace(start, heading, box, rng)
    backward = curved_trace(start, heading + np.pi, box, rng)
    path = np.concatenate([backward[:0:-1], forward])
    return path, len(path) * _TRACE_STEP_UM


def _row(
    path: np.ndarray, line: np.ndarray, spacing: float, rng: np.random.Generator
) -> np.ndarray:
    """Return points (n, 3) on the path whose distance across the line direction is `spacing`."""
    chords = np.diff(path, axis=0, prepend=path[:1])
    chords = np.concatenate([chords, np.zeros((len(path), 1))], axis=1)
    across = np.linalg.norm(chords - (chords @ line)[:, None] * line, axis=1)
    travelled = np.cumsum(across)
    count = int(travelled[-1] / spacing)
    wanted = (np.arange(count) + rng.uniform()) * spacing + rng.normal(0, 0.1 * spacing, count)
    x = np.interp(wanted, travelled, path[:, 0])
    y = np.interp(wanted, travelled, path[:, 1])
    return np.stack([x, y, np.zeros(count)], axis=1)


def place_boundaries(
    sample: SampleParameters,
    box: np.ndarray,
    systems: SlipSystems,
    rng: np.random.Generator,
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray, float, int]]:
    """Fill the box with boundaries until their length per area is 2 / subgrain_um.

    Each is a row of edge dislocations of one slip system. Its trace follows, within 20 degree, that
    of the stress-free tilt boundary (the plane across the Burgers vector; Hirth & Lothe, ch. 19).

    Parameters
    ----------
    sample : SampleParameters
    box : (2, 2) float64
        Lower and upper corner (x, y), in um.
    systems : SlipSystems
        In the laboratory frame.
    rng : numpy.random.Generator

    Returns
    -------
    list of (point, line, burgers, bow, boundary)
    """
    if sample.boundary_misorientation_urad == 0:
        return []
    burgers = systems.burgers_um
    lengths = np.linalg.norm(burgers, axis=1)
    edges = np.cross(systems.normals, burgers) / lengths[:, None]
    usable = np.flatnonzero(np.abs(edges[:, 2]) > 0.4)
    slack = sample.depth_um
    wide = box + np.array([[-slack, -slack], [slack, slack]])
    wanted = 2 * float(np.prod(wide[1] - wide[0])) / sample.subgrain_um
    lines: list = []
    paths: list = []
    while wanted > 0:
        system = usable[rng.integers(len(usable))]
        line, b = edges[system], burgers[system]
        trace = np.cross(b, [0.0, 0.0, 1.0])
        flip = np.pi * rng.integers(2)
        heading = np.arctan2(trace[1], trace[0]) + rng.normal(0, 0.35) + flip
        path, new_um = _path(wide, heading, paths, rng)
        median = sample.boundary_misorientation_urad * 1e-6
        spacing = lengths[system] / (median * np.exp(rng.normal(0, 0.35)))
        sign = rng.choice([-1.0, 1.0])
        row = _row(path, line, spacing, rng)
        lines += [(point, line, sign * b, 0.0, len(paths)) for point in row]
        paths.append(path)
        wanted -= max(new_um, 5.0)
    return lines
