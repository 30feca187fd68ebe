"""The lines of a simulated scan that an image can be compared with."""

from __future__ import annotations

import numpy as np

from ..truth import NO_LINE, LineClass, LineTruth
from .crystal import Dislocations
from .curved_lines import CurvedLines
from .truth import TruthMaps

NEARLY_IN_LAYER_RAD = 0.2
"""A line at a smaller angle to the layer is nearly in it: it shows as a streak, not as a spot."""


def line_classes(dislocations: Dislocations, curved: CurvedLines | None = None) -> np.ndarray:
    """Return the class of each dislocation.

    In a boundary where the crystal placed it in one; else nearly in the layer where line and layer
    (normal to z) make an angle below 0.2 rad; else lone. Of curved lines it is the mean angle.

    Returns
    -------
    (n,) uint8
        A `LineClass` each; of curved lines after those of straight ones.
    """
    steepness = np.minimum(np.abs(dislocations.line[:, 2]), 1.0)
    boundary = dislocations.boundary
    if curved is not None:
        steepness = np.concatenate([steepness, curved.steepness()])
        boundary = np.concatenate([boundary, np.full(len(curved.burgers_um), -1)])
    flat = np.arcsin(steepness) < NEARLY_IN_LAYER_RAD
    lone = np.where(flat, LineClass.IN_LAYER, LineClass.LONE)
    return np.where(boundary >= 0, LineClass.BOUNDARY, lone).astype(np.uint8)


def line_truth(maps: TruthMaps) -> LineTruth | None:
    """Return the lines of a scan that show, by number, with their classes; and those that do not.

    Returns
    -------
    LineTruth or None
        None for files of earlier versions, which do not tell which lines show.
    """
    if maps.line_map is None or maps.shown_lines is None:
        return None
    on_line = maps.line_map != NO_LINE
    numbers = np.where(maps.shown_lines, maps.line_map, NO_LINE)
    hidden = on_line & ~maps.shown_lines
    return LineTruth(numbers, hidden, line_classes(maps.dislocations, maps.curved))
