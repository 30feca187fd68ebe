"""Points along the lines of a network, as few as a plot can take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from ...dislocation_lines.network import SAMPLING_UM, LineNetwork

MOST_POINTS = 30_000
"""More make a plot slow."""


@dataclass(frozen=True, eq=False)
class SampledNetwork:
    """Points along lines, or voxels of a mask.

    Attributes
    ----------
    points_um : numpy.ndarray
        ``(n, 3)`` float64, (layer, row, column).
    numbers : numpy.ndarray
        ``(n,)`` int: the line of each point.
    joined : numpy.ndarray
        ``(n - 1,)`` bool: whether a point and the next are of one line.

    Examples
    --------
    >>> from darfix_wb.dislocation_lines.line import DislocationLine
    >>> lines = [DislocationLine(numpy.array([[0, 0, 0], [0.2, 0, place]])) for place in (0, 0.2)]
    >>> sampled = SampledNetwork.of(LineNetwork(lines, numpy.array([[0, 0, 0], [1, 1, 1]])))
    >>> sampled.numbers.tolist(), sampled.joined.tolist()
    ([0, 0, 0, 1, 1, 1, 1], [True, True, False, True, True, True])
    """

    points_um: numpy.ndarray
    numbers: numpy.ndarray
    joined: numpy.ndarray

    @classmethod
    def of(cls, network: LineNetwork) -> SampledNetwork:
        """Points every 0.1 um, or farther apart where there were too many."""
        step = max(SAMPLING_UM, network.length_um / MOST_POINTS)
        points, numbers = network.sampled(step)
        return cls(points, numbers, numbers[1:] == numbers[:-1])

    @classmethod
    def of_mask(
        cls, mask: numpy.ndarray, spacing_um: Sequence[float], first_layer_um: float
    ) -> SampledNetwork:
        """Centres of the voxels that are set, evenly fewer where there were too many."""
        voxels = numpy.argwhere(mask)
        voxels = voxels[:: max(1, -(-len(voxels) // MOST_POINTS))]
        points = voxels * numpy.asarray(spacing_um) + [first_layer_um, 0.0, 0.0]
        count = len(points)
        return cls(points, numpy.zeros(count, int), numpy.zeros(max(count - 1, 0), bool))

    def __len__(self) -> int:
        return len(self.points_um)

    @property
    def has_lines(self) -> bool:
        """Whether points are joined by lines."""
        return bool(self.joined.any())

    def path(self, number: int) -> numpy.ndarray:
        """``(n, 3)``: the points of a line."""
        first, last = numpy.searchsorted(self.numbers, [number, number + 1])
        return self.points_um[first:last]

    def broken(self, wanted: numpy.ndarray | None = None) -> numpy.ndarray:
        """Lines as one curve, broken between them by NaN.

        Parameters
        ----------
        wanted : numpy.ndarray, optional
            ``(n,)`` bool: pieces to keep, each from this point to the next; all if not given.

        Returns
        -------
        numpy.ndarray
            ``(m, 3)`` float64.
        """
        keep = self.joined if wanted is None else self.joined & wanted[:-1]
        begins = numpy.flatnonzero(keep)
        pieces = numpy.full((len(begins), 3, 3), numpy.nan)
        pieces[:, 0], pieces[:, 1] = self.points_um[begins], self.points_um[begins + 1]
        return pieces.reshape(-1, 3)

    def nearest(self, place_um: Sequence[float], axes: tuple[int, int]) -> tuple[int, float]:
        """The line that is nearest to a place in a projection, and how far it is, in um."""
        away = numpy.linalg.norm(self.points_um[:, list(axes)] - numpy.asarray(place_um), axis=1)
        index = int(away.argmin())
        return int(self.numbers[index]), float(away[index])
