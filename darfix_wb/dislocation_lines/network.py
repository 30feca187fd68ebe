"""All lines of a volume, where they meet, and the boundaries they make."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from ..errors import DarfixWBError
from .boundary import SmallAngleBoundary
from .line import NO_NODE, DislocationLine

SAMPLING_UM = 0.1
"""Distance between points when lines are compared."""


@dataclass(frozen=True, eq=False)
class LineNetwork:
    """A network of dislocation lines in a box.

    Attributes
    ----------
    lines : tuple of DislocationLine
        Their points are (layer, row, column) in um.
    bounds_um : numpy.ndarray
        ``(2, 3)`` float64: lower and upper corner of the volume that was looked at.
    nodes_um : numpy.ndarray
        ``(n, 3)`` float64: where lines start, end or meet.
    boundaries : tuple of SmallAngleBoundary
        `DislocationLine.boundary` is a number in it.
    layers_um : numpy.ndarray
        ``(n_layers,)`` float64: positions of the layers, ascending; NaN never. Layers that are
        missing are left out.
    layer_names : tuple of str
        Names of these layers; empty where they have none.
    warnings : tuple of str
        Why the network may not be trusted.

    Raises
    ------
    DarfixWBError
        If bounds or nodes are not such arrays, a line refers to a node that does not exist, or some
        layers have no name.

    Examples
    --------
    >>> line = DislocationLine(numpy.array([[0, 1, 1], [4, 1, 1]]))
    >>> network = LineNetwork((line,), numpy.array([[0, 0, 0], [4, 2, 3]]))
    >>> network.length_um, round(network.density_per_um2, 3)
    (4.0, 0.167)
    >>> points, numbers = network.sampled(2.0)
    >>> points[:, 0].tolist(), numbers.tolist()
    ([0.0, 2.0, 4.0], [0, 0, 0])
    """

    lines: tuple[DislocationLine, ...]
    bounds_um: numpy.ndarray
    nodes_um: numpy.ndarray = None
    boundaries: tuple[SmallAngleBoundary, ...] = ()
    layers_um: numpy.ndarray = None
    layer_names: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, width in (("bounds_um", 3), ("nodes_um", 3)):
            value = getattr(self, name)
            value = numpy.empty((0, width)) if value is None else numpy.asarray(value, float)
            object.__setattr__(self, name, value)
        layers = numpy.empty(0) if self.layers_um is None else self.layers_um
        object.__setattr__(self, "layers_um", numpy.asarray(layers, float))
        object.__setattr__(self, "lines", tuple(self.lines))
        if self.bounds_um.shape != (2, 3) or not (self.bounds_um[0] <= self.bounds_um[1]).all():
            raise DarfixWBError(
                "The bounds of a network must be a lower and an upper corner (layer, row, column) "
                f"in um, got {self.bounds_um.tolist()}. Give the corners of the volume."
            )
        if self.layer_names and len(self.layer_names) != len(self.layers_um):
            raise DarfixWBError(
                "Layers of a network must all have names, or none of them, got "
                f"{len(self.layer_names)} names for {len(self.layers_um)} layers. Name all of them."
            )
        highest = max((max(line.nodes) for line in self.lines), default=NO_NODE)
        if highest >= len(self.nodes_um):
            raise DarfixWBError(
                f"Lines must start and end at nodes that exist, got {len(self.nodes_um)} nodes and "
                f"a line at node {highest}. Give the places of all nodes."
            )

    @property
    def length_um(self) -> float:
        """Length of all lines, in um."""
        return float(sum(line.length_um for line in self.lines))

    @property
    def volume_um3(self) -> float:
        """Volume of the box, in um3."""
        return float(numpy.prod(self.bounds_um[1] - self.bounds_um[0]))

    @property
    def density_per_um2(self) -> float:
        """Length of all lines over the volume, in 1/um2; NaN where the box has no volume."""
        return self.length_um / self.volume_um3 if self.volume_um3 > 0 else numpy.nan

    @property
    def degrees(self) -> numpy.ndarray:
        """``(n_nodes,)`` int: number of line ends at each node."""
        ends = [node for line in self.lines for node in line.nodes if node != NO_NODE]
        return numpy.bincount(ends, minlength=len(self.nodes_um)).astype(int)

    @property
    def junctions_um(self) -> numpy.ndarray:
        """``(n, 3)`` float64: nodes at which three lines or more meet."""
        return self.nodes_um[self.degrees >= 3]

    def sampled(self, step_um: float = SAMPLING_UM) -> tuple[numpy.ndarray, numpy.ndarray]:
        """Points evenly along all lines, so that each um of line counts the same.

        Returns
        -------
        points_um : numpy.ndarray
            ``(n, 3)`` float64.
        numbers : numpy.ndarray
            ``(n,)`` int: the line of each point.
        """
        points = [line.resampled(step_um) for line in self.lines]
        counts = [len(part) for part in points]
        numbers = numpy.repeat(numpy.arange(len(points)), counts)
        return (numpy.concatenate(points) if points else numpy.empty((0, 3))), numbers
