"""Where the field of a dislocation counts as near, and how near and far are joined."""

from __future__ import annotations

import math

from numba import njit

NEAR_UM = 1.2
FAR_UM = 3.0


@njit(inline="always", fastmath=True)
def blend(r2):
    """Return 1 close to the line, 0 far from it, smooth in between."""
    t = (math.sqrt(r2) - NEAR_UM) / (FAR_UM - NEAR_UM)
    t = min(max(t, 0.0), 1.0)
    return 1.0 - t * t * (3.0 - 2.0 * t)
