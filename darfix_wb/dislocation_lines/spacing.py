"""Distances between the layers, rows and columns of a volume."""

from __future__ import annotations

from collections.abc import Sequence

import numpy

from ..errors import DarfixWBError


def checked_spacing(spacing_um: Sequence[float] | None) -> tuple[float, float, float]:
    """Distances of layers, rows and columns, if that is what they are.

    Parameters
    ----------
    spacing_um : sequence of float or None
        (layer, row, column).

    Raises
    ------
    DarfixWBError
        If they are missing, not three, or not above 0.

    Examples
    --------
    >>> checked_spacing((1, 0.2, 0.07))
    (1.0, 0.2, 0.07)
    """
    try:
        spacing = tuple(float(side) for side in spacing_um)
    except (TypeError, ValueError):
        spacing = ()
    if not (len(spacing) == 3 and all(numpy.isfinite(side) and side > 0 for side in spacing)):
        raise DarfixWBError(
            "The spacing must be three distances above 0 in um, of layers, rows and columns, got "
            f"{_told(spacing_um, spacing)}. Rows lie pixel / sin(2 theta) apart where the beam "
            "runs along them: give for example 1 0.144 0.0444."
        )
    return spacing


def _told(given: object, numbers: tuple[float, ...]) -> str:
    """What was given, as a user types it."""
    if given is None:
        return "none"
    return " ".join(f"{number:g}" for number in numbers) or str(given)
