"""An orthonormal basis of the rocking curves of three regions."""

from __future__ import annotations

import numpy

from ..errors import DarfixWBError
from .regions import NAMES

LEAST_RESIDUAL = 0.05
"""Part of a curve's length that the others must not explain."""


def orthonormal(curves: numpy.ndarray) -> numpy.ndarray:
    """Gram-Schmidt basis of three curves, in their order.

    Parameters
    ----------
    curves : numpy.ndarray
        ``(3, n_frames)``: strong, weak_low, weak_high.

    Returns
    -------
    numpy.ndarray
        ``(3, n_frames)`` float64, ``E @ E.T = I``.

    Raises
    ------
    DarfixWBError
        If less than 5 % of a curve's length is not explained by the others.
    """
    basis = numpy.zeros(curves.shape)
    for number, curve in enumerate(numpy.asarray(curves, dtype=float)):
        rest = residual(curve, basis[:number])
        length, left = numpy.linalg.norm(curve), numpy.linalg.norm(rest)
        if not left > LEAST_RESIDUAL * length:
            share = left / length if length else 0.0
            raise DarfixWBError(
                f"The curve of each region must differ from the others' by {LEAST_RESIDUAL:.0%} of "
                f"its length, got {share:.1%} for {NAMES[number]}: the regions are not "
                "independent. Choose one where the rocking curve is different."
            )
        basis[number] = rest / left
    return basis


def residual(curves: numpy.ndarray, basis: numpy.ndarray) -> numpy.ndarray:
    """What an orthonormal basis does not explain of curves.

    Parameters
    ----------
    curves : numpy.ndarray
        ``(n_frames, ...)``.
    basis : numpy.ndarray
        ``(n, n_frames)``.

    Returns
    -------
    numpy.ndarray
        As `curves`, float64.
    """
    rest = numpy.array(curves, dtype=float)
    for _ in range(2):  # once more, against rounding
        rest -= numpy.tensordot(basis.T, numpy.tensordot(basis, rest, axes=1), axes=1)
    return rest
