"""A network of dislocation lines drawn by rule: curved lines, junctions and loops."""

from __future__ import annotations

import numpy as np

from ..errors import DarfixWBError
from .curved_lines import CurvedLines, make_curved_lines
from .parameters import SampleParameters
from .random_paths import PathBox, closed_path, orthogonal, path_from, path_through
from .slip import SlipSystems

_IN_LAYER_TILT = 0.06
_OPENING_RAD = (0.6, 1.05)
"""Angle by which each of two lines turns where they meet and run on as one."""

_NEAR_VIEW_UM = 5.0

_COMMON_UM = (5.0, 15.0)
"""Length over which two lines that part again run as one."""


class _Network:
    """The lines drawn so far; Burgers vectors are kept at every node by how lines are added."""

    def __init__(self, sample: SampleParameters, box: PathBox, systems: SlipSystems) -> None:
        self.sample, self.box, self.systems = sample, box, systems
        self.rng = np.random.default_rng([sample.crystal_seed, 79])
        self.lines: list[np.ndarray] = []
        self.burgers: list[np.ndarray] = []
        self.nodes: list[tuple[int, int]] = []
        self.places: list[np.ndarray] = []
        self.reactions = reactions(systems.burgers_um)

    def _add(self, path: np.ndarray, burgers: np.ndarray, start: int = -1, end: int = -1) -> None:
        self.lines.append(path)
        self.burgers.append(burgers)
        self.nodes.append((start, end))

    def _node(self, place: np.ndarray) -> int:
        self.places.append(place)
        return len(self.places) - 1

    def _drawn(
        self, margin_um: float | None = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return a place, a direction there, the normal of its plane and a Burgers vector."""
        rng, place = self.rng, self.box.place(self.rng, margin_um=margin_um)
        system = rng.integers(len(self.systems.normals))
        normal, burgers = self.systems.normals[system], self.systems.burgers_um[system]
        thread = self.systems.threading[system]
        if rng.random() < self.sample.in_layer_fraction:
            normal = np.append(rng.normal(0, _IN_LAYER_TILT, 2), 1.0)
            angle = rng.uniform(0, 2 * np.pi)
            direction = orthogonal([np.cos(angle), np.sin(angle), 0.0], normal)
        elif thread.any():
            direction = thread
        else:
            flat = orthogonal(np.cross(normal, [0.0, 0.0, 1.0]), normal)
            angle = rng.uniform(0.35, np.pi - 0.35)
            direction = np.cos(angle) * flat + np.sin(angle) * np.cross(normal, flat)
        return place, direction, normal, burgers * rng.choice([-1.0, 1.0])

    def add_line(self) -> None:
        """Add a line that runs through the whole crystal."""
        place, direction, normal, burgers = self._drawn()
        radius = self.sample.bend_radius_um
        self._add(path_through(place, direction, normal, radius, self.box, self.rng), burgers)

    def add_loop(self) -> None:
        """Add a line that closes."""
        place, _, normal, burgers = self._drawn()
        radius = self.sample.bend_radius_um * self.rng.uniform(1.0, 1.6)
        self._add(closed_path(place, normal, radius, self.rng), burgers)

    def add_junction(self) -> None:
        """Add two lines that meet and run on as one, or part again some um later."""
        rng, radius, box = self.rng, self.sample.bend_radius_um, self.box
        place, direction, normal, _ = self._drawn(_NEAR_VIEW_UM)
        first, second = self.reactions[rng.integers(len(self.reactions))]
        node = self._node(place)
        self._add_pair(node, -direction, normal, (first, second), inwards=True)
        if rng.random() < 0.5:
            path = path_from(place, direction, normal, radius, box, rng)
            self._add(path, first + second, start=node)
            return
        length = rng.uniform(*_COMMON_UM)
        path = path_from(place, direction, normal, radius, box, rng, length_um=length)
        end = self._node(path[-1])
        self._add(path, first + second, node, end)
        onwards = path[-1] - path[-2]
        turned = orthogonal(normal + 0.5 * rng.normal(size=3), onwards)
        self._add_pair(end, onwards / np.linalg.norm(onwards), turned, (first, second))

    def _add_pair(self, node, direction, normal, burgers, inwards: bool = False) -> None:
        """Add two lines that leave a node to either side of a direction."""
        side = np.cross(normal, direction)
        for one, sign in zip(burgers, (-1, 1), strict=True):
            angle = sign * self.rng.uniform(*_OPENING_RAD)
            heading = np.cos(angle) * direction + np.sin(angle) * side
            plane = orthogonal(normal + 0.2 * self.rng.normal(size=3), heading)
            radius = self.sample.bend_radius_um
            path = path_from(self.places[node], heading, plane, radius, self.box, self.rng)
            if inwards:
                self._add(path[::-1], one, end=node)
            else:
                self._add(path, one, start=node)


def reactions(burgers_um: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the pairs of Burgers vectors whose sum is one of the material too, of any sign.

    Parameters
    ----------
    burgers_um : (n, 3) float64
        Of the slip systems.

    Returns
    -------
    list of ((3,), (3,)) float64

    Examples
    --------
    >>> import numpy
    >>> pairs = reactions(numpy.array([[1.0, 0, 0], [0, 1, 0], [1, 1, 0]]))
    >>> len(pairs), any(one[0] == 1 and other[1] == 1 for one, other in pairs)
    (12, True)
    """
    both = np.concatenate([burgers_um, -burgers_um])
    _, places = np.unique(np.round(both / np.abs(both).max(), 6) + 0.0, axis=0, return_index=True)
    vectors = both[places]
    small = 1e-6 * np.abs(vectors).max()
    return [
        (one, other)
        for one in vectors
        for other in vectors
        if np.any(np.all(np.abs(vectors - one - other) < small, axis=1))
    ]


def draw_curved_lines(
    sample: SampleParameters,
    box_um: np.ndarray,
    view_um: tuple[float, float],
    rise_um: float,
    systems: SlipSystems,
    diffraction_vector_per_um: np.ndarray,
) -> CurvedLines | None:
    """Draw the network that belongs to `sample.crystal_seed`; None where there is none.

    Nodes lie within 5 um of the field of view, all other lines anywhere in the crystal.

    Lines run on straight outside the crystal. Where lines meet their Burgers vectors add up, to one
    of the material (Hirth & Lothe, Theory of Dislocations, ch. 23).

    Parameters
    ----------
    sample : SampleParameters
    box_um : (2, 2) float64
        Lower and upper corner (x, y).
    view_um : (float, float)
        Size of the field of view along x and y.
    rise_um : float
        Height that the diffracted beam gains between the layer and the exit face.
    systems : SlipSystems
        In the laboratory frame.
    diffraction_vector_per_um : (3,) float64

    Raises
    ------
    DarfixWBError
        Where nodes are asked for and no Burgers vector of the material is the sum of two.
    """
    if sample.curved_density_per_um2 == 0 == sample.junction_density_per_um3:
        return None
    box = PathBox(box_um, view_um, sample.depth_um, rise_um)
    network = _Network(sample, box, systems)
    area = float(np.prod(box_um[1] - box_um[0]))
    for _ in range(network.rng.poisson(sample.curved_density_per_um2 * area)):
        loop = network.rng.random() < sample.loop_fraction
        network.add_loop() if loop else network.add_line()
    if sample.junction_density_per_um3 and not network.reactions:
        raise DarfixWBError(
            "Where lines meet, two Burgers vectors must add up to a third one, and those of "
            f"{sample.material} do not. Choose another material, or 0 for junction_density_per_um3."
        )
    nodes = int(network.rng.poisson(sample.junction_density_per_um3 * box.room_um3(_NEAR_VIEW_UM)))
    while len(network.places) < nodes:
        network.add_junction()
    return make_curved_lines(
        network.lines, network.burgers, network.nodes, network.places, diffraction_vector_per_um
    )
