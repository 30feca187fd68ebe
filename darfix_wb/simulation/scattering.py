"""Structure factor and absorption of a material, from the tables of periodictable.

f0: Waasmaier & Kirfel, Acta Cryst. A51, 416 (1995). f' and f'': Henke, Gullikson & Davis, At. Data
Nucl. Data Tables 54, 181 (1993), up to 30 keV. Beyond, where no edge of these elements lies, f' is
kept and f'' falls with the square of the energy.
"""

from __future__ import annotations

import cmath
import math
from functools import lru_cache

import periodictable
from periodictable.cromermann import fxrayatstol

from .materials import Material

CLASSICAL_RADIUS_UM = 2.8179403e-9
HC_KEV_UM = 1.23984198e-3
_TABLE_KEV = 30.0
_ZERO = 1e-6


@lru_cache(maxsize=256)
def _dispersion(element: str, energy_kev: float) -> tuple[float, float]:
    """Return f' and f'' in electrons."""
    atom = periodictable.elements.symbol(element)
    f1, f2 = atom.xray.scattering_factors(energy=min(energy_kev, _TABLE_KEV))
    beyond = max(energy_kev / _TABLE_KEV, 1.0)
    return float(f1) - atom.number, float(f2) / beyond**2


def _phase(position: tuple[float, float, float], reflection: tuple[int, int, int]) -> complex:
    turns = sum(x * h for x, h in zip(position, reflection, strict=True))
    return cmath.exp(2j * math.pi * turns)


def is_allowed(material: Material, reflection: tuple[int, int, int]) -> bool:
    """Whether the structure factor of a reflection is not zero by symmetry."""
    total = sum(
        _phase(atom.position, reflection) * periodictable.elements.symbol(atom.element).number
        for atom in material.atoms
    )
    return any(reflection) and abs(total) > _ZERO


def structure_factor(
    material: Material, reflection: tuple[int, int, int], energy_kev: float, s_per_angstrom: float
) -> float:
    """Return the modulus of the structure factor of the unit cell, in electrons.

    ``|sum (f0 + f') exp(-B s^2) exp(2 pi i h.r)|``: absorption is left to `absorption_per_um`.

    Parameters
    ----------
    material : Material
    reflection : tuple of int
    energy_kev : float
    s_per_angstrom : float
        sin(theta) / lambda.
    """
    total = 0j
    for atom in material.atoms:
        real, _ = _dispersion(atom.element, energy_kev)
        factor = float(fxrayatstol(atom.element, s_per_angstrom)) + real
        vibration = math.exp(-atom.debye_waller_a2 * s_per_angstrom**2)
        total += factor * vibration * _phase(atom.position, reflection)
    return abs(total)


def absorption_per_um(material: Material, energy_kev: float) -> float:
    """Return the linear coefficient of photoelectric absorption, per um.

    ``mu = 2 r_e lambda sum(f'') / V`` (optical theorem; Authier, Dynamical Theory of X-ray
    Diffraction, ch. 2). Compton scattering, which matters for diamond only, is not in it.
    """
    total = sum(_dispersion(atom.element, energy_kev)[1] for atom in material.atoms)
    wavelength = HC_KEV_UM / energy_kev
    return 2 * CLASSICAL_RADIUS_UM * wavelength * total / material.volume_um3
