"""Pieces of lines: cut where they cease to show, joined where they go on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..dislocation_lines.line import NO_BOUNDARY, NO_NODE, DislocationLine
from ..dislocation_lines.network import LineNetwork

_FEWEST_LINES = 5
_UNKNOWN = np.full(3, np.nan)


def long_runs(flags: np.ndarray, fewest: int) -> np.ndarray:
    """Return flags without runs of fewer points: the shortest is turned over first.

    Parameters
    ----------
    flags : (n,) bool
    fewest : int

    Examples
    --------
    >>> import numpy as np
    >>> long_runs(np.array([1, 1, 1, 0, 1, 1, 0, 0, 0], bool), 2).astype(int).tolist()
    [1, 1, 1, 1, 1, 1, 0, 0, 0]
    """
    flags = flags.copy()
    while True:
        starts = np.flatnonzero(np.diff(flags)) + 1
        edges = np.concatenate([[0], starts, [len(flags)]])
        lengths = np.diff(edges)
        if len(lengths) == 1 or lengths.min() >= fewest:
            return flags
        k = int(np.argmin(lengths))
        flags[edges[k] : edges[k + 1]] ^= True


def cut(line: DislocationLine, flags: np.ndarray, wanted: bool) -> list[DislocationLine]:
    """Return the pieces of a line whose flag is the wanted one; neighbours share an end."""
    starts = np.concatenate([[0], np.flatnonzero(np.diff(flags)) + 1])
    stops = np.append(starts[1:], len(flags) - 1)
    pieces = []
    for start, stop in zip(starts, stops, strict=True):
        if flags[start] == wanted and stop > start:
            nodes = (
                line.nodes[0] if start == 0 else NO_NODE,
                line.nodes[1] if stop == len(flags) - 1 else NO_NODE,
            )
            pieces.append(replace(line, points_um=line.points_um[start : stop + 1], nodes=nodes))
    return pieces


def joined(lines: list[DislocationLine]) -> list[DislocationLine]:
    """Return lines of which two that meet at a node, and no third one, are one line.

    Its Burgers vector is not known where theirs differ.
    """
    lines = list(lines)
    ends: dict[int, list[int]] = {}
    for k, line in enumerate(lines):
        for node in line.nodes:
            ends.setdefault(node, []).append(k)
    for node, (first, *others) in ends.items():
        if node == NO_NODE or len(others) != 1 or others[0] == first:
            continue
        second = others[0]
        lines[first] = _one_line(lines[first], lines[second], node)
        lines[second] = None
        for owners in ends.values():
            owners[:] = [first if owner == second else owner for owner in owners]
    return [line for line in lines if line is not None]


def _one_line(first: DislocationLine, second: DislocationLine, node: int) -> DislocationLine:
    """Return the line that comes to a node along one line and leaves it along the other."""
    if first.nodes[1] != node:
        first = _reversed(first)
    if second.nodes[0] != node:
        second = _reversed(second)
    same = np.allclose(first.burgers_um, second.burgers_um, atol=1e-9)
    return replace(
        first,
        points_um=np.concatenate([first.points_um, second.points_um[1:]]),
        nodes=(first.nodes[0], second.nodes[1]),
        burgers_um=first.burgers_um if same else _UNKNOWN,
    )


def _reversed(line: DislocationLine) -> DislocationLine:
    return replace(
        line, points_um=line.points_um[::-1], nodes=line.nodes[::-1], burgers_um=-line.burgers_um
    )


def tidy(network: LineNetwork, lines: list[DislocationLine]) -> LineNetwork:
    """Return a network of these lines, with the nodes and boundaries that are left of another."""
    used = sorted({node for line in lines for node in line.nodes} - {NO_NODE})
    counts = np.bincount(
        [line.boundary for line in lines if line.boundary != NO_BOUNDARY],
        minlength=len(network.boundaries),
    )
    kept = np.flatnonzero(counts >= _FEWEST_LINES).tolist()
    node_of = {old: new for new, old in enumerate(used)} | {NO_NODE: NO_NODE}
    boundary_of = {old: new for new, old in enumerate(kept)}
    return replace(
        network,
        lines=tuple(
            replace(
                line,
                nodes=tuple(node_of[node] for node in line.nodes),
                boundary=boundary_of.get(line.boundary, NO_BOUNDARY),
                burgers_um=line.burgers_um if np.isfinite(line.burgers_um).all() else None,
            )
            for line in lines
        ),
        nodes_um=network.nodes_um[used],
        boundaries=tuple(network.boundaries[k] for k in kept),
    )
