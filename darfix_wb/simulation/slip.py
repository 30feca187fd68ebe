"""Slip systems: the planes and Burgers vectors of the dislocations of a structure."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from .materials import Material


@dataclass(frozen=True)
class SlipSystems:
    """Pairs of a slip plane and a Burgers vector in it, in Cartesian axes.

    Attributes
    ----------
    normals : (n, 3) float64
        Unit normals of the planes.
    burgers_um : (n, 3) float64
    threading : (n, 3) float64
        Unit vector that lines outside the layer follow, 0 where they may lie anywhere in the plane.
    """

    normals: np.ndarray
    burgers_um: np.ndarray
    threading: np.ndarray

    def rotated(self, rotation: np.ndarray) -> SlipSystems:
        """The same systems in axes that `rotation` (3, 3) leads to."""
        return SlipSystems(
            self.normals @ rotation.T, self.burgers_um @ rotation.T, self.threading @ rotation.T
        )


def _vectors(nonzero: int) -> list[tuple[int, ...]]:
    """One of each pair +v, -v of the vectors of -1, 0 and 1 with that many components not 0."""
    signs = itertools.product((-1, 0, 1), repeat=3)
    return [v for v in signs if np.abs(v).sum() == nonzero and v > (0, 0, 0)]


def _cubic(planes: list, directions: list, length_um: float) -> SlipSystems:
    pairs = [(n, b) for n in planes for b in directions if np.dot(n, b) == 0]
    normals = np.array([n for n, _ in pairs], float)
    normals /= np.sqrt(np.abs(normals[0]).sum())
    burgers = np.array([b for _, b in pairs], float) * length_um
    return SlipSystems(normals, burgers, np.zeros_like(burgers))


def _wurtzite(material: Material) -> SlipSystems:
    first, second, c = material.cell_um
    axis = c / np.linalg.norm(c)
    rows = []
    for a in (first, second, -first - second):
        prismatic = np.cross(axis, a) / np.linalg.norm(a)
        rows.append((axis, a, np.zeros(3)))
        rows += [(prismatic, b, axis) for b in (a, c, a + c, a - c)]
    return SlipSystems(*(np.array(column) for column in zip(*rows, strict=True)))


def slip_systems(material: Material) -> SlipSystems:
    """Return the slip systems of a material, in its Cartesian crystal axes.

    fcc and diamond: 12 of {111} a/2 <110>. bcc: 12 of {110} a/2 <111>. Wurtzite: a/3 <11-20> on the
    basal and the prismatic planes, and c and a + c on the prismatic ones; those on prismatic planes
    thread along c, as in layers grown along c (Hirth & Lothe, Theory of Dislocations, chs. 9-11).

    Parameters
    ----------
    material : Material

    Returns
    -------
    SlipSystems
        12 systems of cubic crystals, 15 of wurtzite.
    """
    half = material.lattice_um[0] / 2
    if material.structure == "wurtzite":
        return _wurtzite(material)
    if material.structure == "bcc":
        return _cubic(_vectors(2), _vectors(3), half)
    planes = [(1, 1, 1), (-1, 1, 1), (1, -1, 1), (1, 1, -1)]
    return _cubic(planes, _vectors(2), half)
