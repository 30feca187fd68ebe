"""Lines as points: evenly along each, with what each point stands for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy

from ..dislocation_lines.line import SPAN_UM
from ..dislocation_lines.network import SAMPLING_UM, LineNetwork


@dataclass(frozen=True, eq=False)
class SampledLines:
    """Points along lines.

    Attributes
    ----------
    points_um : numpy.ndarray
        ``(n, 3)`` float64.
    numbers : numpy.ndarray
        ``(n,)`` int: the line of each point.
    weights_um : numpy.ndarray
        ``(n,)`` float64: the length that it stands for; over a line they sum up to its length.
    tangents : numpy.ndarray
        ``(n, 3)`` float64 unit vectors along the line, taken over 1 um.
    n_lines : int
        Number of lines.
    """

    points_um: numpy.ndarray
    numbers: numpy.ndarray
    weights_um: numpy.ndarray
    tangents: numpy.ndarray
    n_lines: int

    def at(self, points_um: numpy.ndarray) -> SampledLines:
        """The same lines with their points elsewhere."""
        return replace(self, points_um=points_um)


def sampled_lines(network: LineNetwork, step_um: float = SAMPLING_UM) -> SampledLines:
    """Points every `step_um` along the lines of a network.

    Examples
    --------
    >>> from darfix_wb.dislocation_lines.line import DislocationLine
    >>> line = DislocationLine(numpy.array([[0, 0, 0], [0, 0, 3]]))
    >>> lines = sampled_lines(LineNetwork((line,), numpy.array([[0, 0, 0], [1, 1, 3]])))
    >>> len(lines.points_um), lines.tangents[7].tolist(), float(lines.weights_um.sum().round(6))
    (31, [0.0, 0.0, 1.0], 3.0)
    """
    points, numbers = network.sampled(step_um)
    n_lines = len(network.lines)
    counts = numpy.bincount(numbers, minlength=n_lines)
    lengths = numpy.array([line.length_um for line in network.lines], float)
    steps = lengths / numpy.maximum(counts - 1, 1)
    edge = numpy.ones(len(points))
    ends = numpy.cumsum(counts)
    edge[ends - counts] = edge[ends - 1] = 0.5
    return SampledLines(
        points_um=points,
        numbers=numbers,
        weights_um=edge * steps[numbers],
        tangents=_tangents(points, numbers, counts, max(1, round(SPAN_UM / 2 / step_um))),
        n_lines=n_lines,
    )


def _tangents(
    points: numpy.ndarray, numbers: numpy.ndarray, counts: numpy.ndarray, reach: int
) -> numpy.ndarray:
    ends = numpy.cumsum(counts)
    place = numpy.arange(len(points))
    before = numpy.maximum(place - reach, (ends - counts)[numbers])
    after = numpy.minimum(place + reach, (ends - 1)[numbers])
    along = points[after] - points[before]
    norm = numpy.linalg.norm(along, axis=1, keepdims=True)
    return along / numpy.where(norm > 0, norm, 1)
