"""A small-angle boundary: a surface of lines that lie side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy


@dataclass(frozen=True, eq=False)
class SmallAngleBoundary:
    """A plane patch that holds parallel lines at even distances.

    Attributes
    ----------
    centre_um : numpy.ndarray
        ``(3,)`` float64, (layer, row, column): middle of its lines.
    normal : numpy.ndarray
        ``(3,)`` float64 unit vector.
    extent_um : tuple of float
        Size in the plane, along its lines and across them.
    spacing_um : float
        Median distance between neighbouring lines, across them.
    misorientation_urad : float
        Burgers vector over spacing (Hirth & Lothe, Theory of Dislocations, ch. 19): of a tilt
        boundary of edge dislocations; NaN where the Burgers vector is not known.
    offset_um : float
        Root mean square distance of its lines from the plane.
    """

    centre_um: numpy.ndarray
    normal: numpy.ndarray
    extent_um: tuple[float, float]
    spacing_um: float
    misorientation_urad: float = numpy.nan
    offset_um: float = numpy.nan
