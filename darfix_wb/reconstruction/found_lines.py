"""What a method finds in a volume."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy

from ..dislocation_lines.boundary import SmallAngleBoundary
from ..dislocation_lines.line import DislocationLine

CANCELLED = "The reconstruction was cancelled."


class FoundLines(NamedTuple):
    """Lines, and what was found with them.

    Attributes
    ----------
    lines : sequence of DislocationLine
        Each starts and ends at a node.
    nodes_um : numpy.ndarray
        ``(n, 3)`` float64.
    boundaries : tuple of SmallAngleBoundary
    offsets_um : numpy.ndarray
        ``(n_layers, 2)`` float64: displacement of each layer (row, column) that was taken off.
    n_beads : int
        Beads and streaks in all layers.
    warnings : tuple of str
        Why they may not be trusted.
    """

    lines: Sequence[DislocationLine]
    nodes_um: numpy.ndarray
    boundaries: tuple[SmallAngleBoundary, ...]
    offsets_um: numpy.ndarray
    n_beads: int
    warnings: tuple[str, ...]
