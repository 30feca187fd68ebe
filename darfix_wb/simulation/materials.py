"""The crystals that can be simulated: lattice, atoms, thermal vibration, stiffness, reflections.

Room temperature. Each value has its source beside it. Atomic scattering factors are those of the
library periodictable; see `scattering`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import DarfixWBError
from .elasticity import poisson_ratio


@dataclass(frozen=True)
class Atom:
    """One atom of the unit cell.

    Attributes
    ----------
    element : str
    position : tuple of float
        Along the three edges of the cell, in cell lengths.
    debye_waller_a2 : float
        B of exp(-B (sin(theta) / lambda)^2), in angstrom^2.
    """

    element: str
    position: tuple[float, float, float]
    debye_waller_a2: float


@dataclass(frozen=True)
class Material:
    """A crystal structure with what diffraction, elasticity and slip need.

    Attributes
    ----------
    name, title : str
        Name of the parameter, and what it is in words.
    structure : str
        fcc, bcc, diamond or wurtzite.
    lattice_um : tuple of float
        Edges a and c of the unit cell; equal in cubic crystals.
    atoms : tuple of Atom
    stiffness_gpa : dict of str to float
        C11, C12 and C44; for hexagonal crystals also C13 and C33.
    reflections : tuple of (int, int, int)
        Reflections that are strong enough to be worth a scan, without their equivalents.
    """

    name: str
    title: str
    structure: str
    lattice_um: tuple[float, float]
    atoms: tuple[Atom, ...]
    stiffness_gpa: dict[str, float]
    reflections: tuple[tuple[int, int, int], ...]

    @property
    def cell_um(self) -> np.ndarray:
        """Edges of the unit cell as rows, (3, 3) float64, in Cartesian crystal axes.

        Cubic: along the axes. Hexagonal: the first along x, the third along z.
        """
        a, c = self.lattice_um
        if self.structure != "wurtzite":
            return np.diag([a, a, a])
        return np.array([[a, 0, 0], [-a / 2, a * np.sqrt(3) / 2, 0], [0, 0, c]])

    @property
    def volume_um3(self) -> float:
        """Volume of the unit cell."""
        return float(np.linalg.det(self.cell_um))

    @property
    def poisson_ratio(self) -> float:
        """Poisson ratio of the isotropic crystal; see `elasticity.poisson_ratio`."""
        return poisson_ratio(self.stiffness_gpa)

    def reciprocal_vector(self, reflection: tuple[int, int, int]) -> np.ndarray:
        """Diffraction vector 1/d of (h, k, l), (3,) float64 in 1/um and Cartesian crystal axes."""
        return np.linalg.solve(self.cell_um, np.asarray(reflection, float))


SELECTION_RULES = {
    "fcc": "all odd or all even",
    "bcc": "with an even sum",
    "diamond": "all odd, or all even with a sum that is a multiple of 4",
    "wurtzite": "h, k and l of the four indices h k i l, l even where h - k is a multiple of 3",
}
"""Where the structure factor is not zero by symmetry."""
_FACE_CENTRED = ((0.0, 0.0, 0.0), (0.0, 0.5, 0.5), (0.5, 0.0, 0.5), (0.5, 0.5, 0.0))
_BODY_CENTRED = ((0.0, 0.0, 0.0), (0.5, 0.5, 0.5))
_DIAMOND = (*_FACE_CENTRED, *((x + 0.25, y + 0.25, z + 0.25) for x, y, z in _FACE_CENTRED))
_HEXAGONAL = ((1 / 3, 2 / 3, 0.0), (2 / 3, 1 / 3, 0.5))
_GAN_U = 0.377  # Schulz & Thiemann, Solid State Commun. 23, 815 (1977)

_METAL = ((1, 1, 1), (1, 1, 1), (2, 0, 0), (2, 2, 0), (3, 1, 1), (2, 2, 2))
_IRON = ((1, 1, 0), (1, 1, 0), (2, 0, 0), (2, 1, 1), (2, 2, 0))
_SEMICONDUCTOR = ((1, 1, 1), (2, 2, 0), (2, 2, 0), (3, 1, 1), (4, 0, 0))
_CARBON = ((1, 1, 1), (1, 1, 1), (2, 2, 0), (2, 2, 0), (3, 1, 1))
_NITRIDE = ((0, 0, 2), (0, 0, 2), (1, 0, 0), (1, 0, 1), (1, 1, 0), (1, 0, 3), (1, 1, 2), (0, 0, 4))


def _cubic(
    name: str,
    title: str,
    structure: str,
    lattice_um: float,
    debye_waller_a2: float,
    stiffness_gpa: tuple[float, float, float],
    reflections: tuple[tuple[int, int, int], ...],
) -> Material:
    sites = {"fcc": _FACE_CENTRED, "bcc": _BODY_CENTRED, "diamond": _DIAMOND}[structure]
    return Material(
        name,
        title,
        structure,
        (lattice_um, lattice_um),
        tuple(Atom(name, site, debye_waller_a2) for site in sites),
        dict(zip(("C11", "C12", "C44"), stiffness_gpa, strict=True)),
        reflections,
    )


def _gallium_nitride() -> Material:
    # Lattice: Leszczynski et al., Appl. Phys. Lett. 69, 73 (1996). Stiffness: Polian, Grimsditch &
    # Grzegory, J. Appl. Phys. 79, 3343 (1996). B: rounded, as refinements of powders give it.
    gallium = tuple(Atom("Ga", site, 0.3) for site in _HEXAGONAL)
    nitrogen = tuple(Atom("N", (x, y, z + _GAN_U), 0.3) for x, y, z in _HEXAGONAL)
    stiffness = {"C11": 390.0, "C12": 145.0, "C44": 105.0, "C13": 106.0, "C33": 398.0}
    lattice = (3.1890e-4, 5.1864e-4)
    title = "gallium nitride"
    return Material("GaN", title, "wurtzite", lattice, gallium + nitrogen, stiffness, _NITRIDE)


# Lattice: Swanson et al., NBS Circular 539 (1953-55); Si: CODATA 2018; Al: as in earlier versions.
# B: Peng, Ren, Dudarev & Whelan, Acta Cryst. A52, 456 (1996), table 1; Al: as in earlier versions.
# Stiffness: Hirth & Lothe, Theory of Dislocations, appendix 1.
MATERIALS: dict[str, Material] = {
    material.name: material
    for material in (
        _cubic("Al", "aluminium", "fcc", 4.0495e-4, 0.86, (108.2, 61.3, 28.5), _METAL),
        _cubic("Cu", "copper", "fcc", 3.6150e-4, 0.526, (168.4, 121.4, 75.4), _METAL),
        _cubic("Ni", "nickel", "fcc", 3.5238e-4, 0.340, (246.5, 147.3, 124.7), _METAL),
        _cubic("Fe", "iron", "bcc", 2.8664e-4, 0.310, (242.0, 146.5, 112.0), _IRON),
        _cubic("Si", "silicon", "diamond", 5.43102e-4, 0.463, (165.7, 63.9, 79.6), _SEMICONDUCTOR),
        _cubic("Ge", "germanium", "diamond", 5.6576e-4, 0.573, (128.9, 48.3, 67.1), _SEMICONDUCTOR),
        _cubic("C", "diamond", "diamond", 3.5670e-4, 0.142, (1076.0, 125.0, 576.0), _CARBON),
        _gallium_nitride(),
    )
}
"""Materials by the name of the parameter `SampleParameters.material`."""


def material_named(name: str) -> Material:
    """Return a material of `MATERIALS`; "diamond" is another name of "C".

    Raises
    ------
    DarfixWBError
        Where there is none of that name.
    """
    known = isinstance(name, str)
    material = MATERIALS.get("C" if name == "diamond" else name) if known else None
    if material is None:
        raise DarfixWBError(
            f"material must be one of {', '.join(MATERIALS)} or diamond, got {name!r}. "
            "Choose one of these."
        )
    return material
