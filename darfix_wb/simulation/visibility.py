"""Where visible dislocations cross the layer, pixel by pixel."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from .crystal import Crystal
from .deformation import BOW_REACH_UM
from .geometry import Geometry
from .parameters import SimulationParameters

_RADIUS_UM = 0.4


@njit(parallel=True, cache=True)
def _mark(points, lines, bows, sides, x, y, z, radius2, mask):
    for i in prange(x.size):
        for d in range(points.shape[0]):
            for j in range(y.size):
                dx, dy, dz = x[i] - points[d, 0], y[j] - points[d, 1], z - points[d, 2]
                line = lines[d]
                along = dx * line[0] + dy * line[1] + dz * line[2]
                reach = min(max(along, -BOW_REACH_UM), BOW_REACH_UM)
                bow = 0.5 * bows[d] * reach * reach
                a = dx - along * line[0] - bow * sides[d, 0]
                b = dy - along * line[1] - bow * sides[d, 1]
                c = dz - along * line[2] - bow * sides[d, 2]
                if a * a + b * b + c * c < radius2:
                    mask[i, j] = True


def dislocation_mask(
    parameters: SimulationParameters, crystal: Crystal, geometry: Geometry
) -> np.ndarray:
    """Return the pixels whose point in the layer lies within 0.4 um of a visible dislocation.

    Visible means that g.b is not 0 (Hirsch et al., Phil. Mag. 5, 465, 1960).

    Returns
    -------
    (rows, columns) bool
    """
    rows, columns = parameters.scan.shape
    table = crystal.dislocations
    seen = table.g_dot_b != 0
    mask = np.zeros((rows, columns), bool)
    sides = np.cross(table.line, [0.0, 0.0, 1.0])
    x = (np.arange(rows) + 0.5) * geometry.row_um
    y = (np.arange(columns) + 0.5) * geometry.column_um
    layer = parameters.sample.layer_z_um
    arrays = (table.point_um, table.line, table.bow_per_um, sides)
    _mark(*(np.ascontiguousarray(a[seen]) for a in arrays), x, y, layer, _RADIUS_UM**2, mask)
    return mask
