"""What the table tells of each line, computed before it is shown."""

from __future__ import annotations

from typing import NamedTuple

import numpy

from ...dislocation_lines.line import LineKind
from ...dislocation_lines.network import LineNetwork


class LineRow(NamedTuple):
    """A line in the table.

    Attributes
    ----------
    kind : LineKind
    length_um : float
    layers : tuple of int or None
        Numbers of the layers nearest to its lower and its upper end; None where there are none.
    score : float
        In sigma; NaN where not known.
    uncertainty_um : float
        NaN where not known.
    boundary : int
        Number of its boundary, -1 for lone lines.
    direction : tuple of float
        Unit vector (layer, row, column).
    """

    kind: LineKind
    length_um: float
    layers: tuple[int, int] | None
    score: float
    uncertainty_um: float
    boundary: int
    direction: tuple[float, float, float]

    @property
    def middle_layer(self) -> int:
        """Number of the layer in the middle of its layers; 0 where there are none."""
        return 0 if self.layers is None else sum(self.layers) // 2


def line_rows(network: LineNetwork) -> tuple[LineRow, ...]:
    """The table of the lines of a network.

    Examples
    --------
    >>> from darfix_wb.dislocation_lines.line import DislocationLine
    >>> line = DislocationLine(numpy.array([[0, 1, 1], [4, 1, 1]]))
    >>> network = LineNetwork(
    ...     (line,), numpy.array([[0, 0, 0], [6, 2, 3]]), layers_um=numpy.array([0, 2, 4, 6])
    ... )
    >>> (row,) = line_rows(network)
    >>> row.layers, row.middle_layer, row.direction
    ((0, 2), 1, (1.0, 0.0, 0.0))
    """
    return tuple(
        LineRow(
            line.kind,
            line.length_um,
            _layers(line.points_um[:, 0], network.layers_um),
            float(line.score),
            float(line.uncertainty_um),
            line.boundary,
            tuple(line.direction.tolist()),
        )
        for line in network.lines
    )


def _layers(heights_um: numpy.ndarray, layers_um: numpy.ndarray) -> tuple[int, int] | None:
    if not len(layers_um):
        return None
    first, last = (
        int(numpy.abs(layers_um - end).argmin()) for end in (heights_um.min(), heights_um.max())
    )
    return first, last
