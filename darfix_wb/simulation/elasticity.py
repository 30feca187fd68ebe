"""Isotropic elastic constants of a crystal from its stiffness."""

from __future__ import annotations

import numpy as np


def stiffness_matrix(constants: dict[str, float]) -> np.ndarray:
    """Return the (6, 6) float64 matrix in Voigt's notation, in the unit of the constants.

    Parameters
    ----------
    constants : dict of str to float
        C11, C12, C44 of a cubic crystal; with C13 and C33 a hexagonal one.
    """
    c11, c12, c44 = (constants[name] for name in ("C11", "C12", "C44"))
    c13, c33 = constants.get("C13", c12), constants.get("C33", c11)
    c66 = (c11 - c12) / 2 if "C33" in constants else c44
    matrix = np.diag([c11, c11, c33, c44, c44, c66]).astype(float)
    matrix[0, 1] = matrix[1, 0] = c12
    matrix[:2, 2] = matrix[2, :2] = c13
    return matrix


def poisson_ratio(constants: dict[str, float]) -> float:
    """Return the Poisson ratio of an isotropic aggregate: mean of the bounds of Voigt and Reuss.

    Hill, Proc. Phys. Soc. A 65, 349 (1952): bulk and shear modulus are the means of those at equal
    strain (from the stiffness) and at equal stress (from the compliance).

    Parameters
    ----------
    constants : dict of str to float
        As `stiffness_matrix`.
    """
    c = stiffness_matrix(constants)
    s = np.linalg.inv(c)
    axial, cross = np.trace(c[:3, :3]), c[0, 1] + c[0, 2] + c[1, 2]
    bulk_voigt = (axial + 2 * cross) / 9
    shear_voigt = (axial - cross + 3 * np.trace(c[3:, 3:])) / 15
    axial, cross = np.trace(s[:3, :3]), s[0, 1] + s[0, 2] + s[1, 2]
    bulk_reuss = 1 / (axial + 2 * cross)
    shear_reuss = 15 / (4 * axial - 4 * cross + 3 * np.trace(s[3:, 3:]))
    bulk, shear = (bulk_voigt + bulk_reuss) / 2, (shear_voigt + shear_reuss) / 2
    return float((3 * bulk - 2 * shear) / (2 * (3 * bulk + shear)))
