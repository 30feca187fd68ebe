"""Dislocations that are curved, end at nodes or close: polylines with Burgers vectors."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

LONGEST_UM = 3.0
"""Longer segments are straight ends of lines, outside the crystal."""


@dataclass(frozen=True)
class CurvedLines:
    """Polylines in the laboratory frame, whose Burgers vectors add up to zero at every node.

    Attributes
    ----------
    points_um : (n, 3) float64
        Points of all lines, one line after the other. A loop ends at its first point.
    line : (n,) int32
        Number of the line that each point belongs to, ascending.
    burgers_um : (n_lines, 3) float64
        Burgers vectors, for the sense of the points.
    g_dot_b : (n_lines,) float64
        Diffraction vector (without 2 pi) times Burgers vector: an integer; 0 is invisible.
    nodes : (n_lines, 2) int32
        Numbers of the nodes at which each line starts and ends; -1 where it runs on far beyond the
        crystal, or closes.
    node_um : (n_nodes, 3) float64
        Where lines meet.
    """

    points_um: np.ndarray
    line: np.ndarray
    burgers_um: np.ndarray
    g_dot_b: np.ndarray
    nodes: np.ndarray
    node_um: np.ndarray

    @property
    def polylines(self) -> list[np.ndarray]:
        """Points of each line, (n, 3) float64."""
        edges = np.searchsorted(self.line, np.arange(len(self.burgers_um) + 1))
        return [self.points_um[low:high] for low, high in pairwise(edges)]

    def segments(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return start (n, 3), end (n, 3) and the number of the line (n,) of all segments."""
        same = self.line[1:] == self.line[:-1]
        return self.points_um[:-1][same], self.points_um[1:][same], self.line[:-1][same]

    def steepness(self) -> np.ndarray:
        """Return the mean of |dz| over length of each line, without its straight ends outside."""
        start, end, number = self.segments()
        length = np.linalg.norm(end - start, axis=1)
        curved = length < LONGEST_UM
        count = len(self.burgers_um)
        rises = np.bincount(number[curved], np.abs(end - start)[curved, 2], count)
        return rises / np.maximum(np.bincount(number[curved], length[curved], count), 1e-12)


def make_curved_lines(
    polylines: list[np.ndarray],
    burgers_um: list[np.ndarray],
    nodes: list[tuple[int, int]],
    node_um: list[np.ndarray],
    diffraction_vector_per_um: np.ndarray,
) -> CurvedLines:
    """Put lines into one table.

    Parameters
    ----------
    polylines : list of (n, 3) float64
    burgers_um : list of (3,) float64
    nodes : list of (int, int)
    node_um : list of (3,) float64
    diffraction_vector_per_um : (3,) float64
        h = 2 pi / d.
    """
    burgers = np.reshape(burgers_um, (-1, 3)).astype(float)
    counts = [len(points) for points in polylines]
    return CurvedLines(
        points_um=np.concatenate([np.empty((0, 3)), *polylines]),
        line=np.repeat(np.arange(len(polylines)), counts).astype(np.int32),
        burgers_um=burgers,
        g_dot_b=np.round(burgers @ diffraction_vector_per_um / (2 * np.pi), 6) + 0.0,
        nodes=np.reshape(nodes, (-1, 2)).astype(np.int32),
        node_um=np.reshape(node_um, (-1, 3)).astype(float),
    )
