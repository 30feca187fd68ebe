"""Distance between the voxels of a volume."""

from __future__ import annotations

from collections.abc import Sequence

import numpy

from ..errors import DarfixWBError


def checked_spacing(spacing: Sequence[float] | None) -> numpy.ndarray:
    """Distances between layers, rows and columns, if they can be used.

    Parameters
    ----------
    spacing : sequence of float or None
        (layer, row, column) in um.

    Returns
    -------
    numpy.ndarray
        ``(3,)`` float64.

    Raises
    ------
    DarfixWBError
        If they are missing, not three, or not above 0.

    Examples
    --------
    >>> checked_spacing((1, 0.2, 0.07)).tolist()
    [1.0, 0.2, 0.07]
    """
    given = "none" if spacing is None else " ".join(f"{float(one):g}" for one in spacing)
    values = numpy.asarray([] if spacing is None else spacing, dtype=float)
    if values.shape != (3,) or not (numpy.isfinite(values) & (values > 0)).all():
        raise DarfixWBError(
            "The spacing of voxels must be three distances above 0 in um, between layers, rows "
            f"and columns, got {given or 'none'}. Give the three of them."
        )
    return values
