"""Lines compared with a mask of voxels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy

from ..dislocation_lines.network import SAMPLING_UM, LineNetwork
from ..dislocation_lines.spacing import checked_spacing
from ..errors import DarfixWBError
from ..progress import SILENT, Monitor
from .field import N_SHIFTS, Field
from .point_metrics import PointComparison, compare_points
from .scores import TOLERANCES_UM
from .voxel_metrics import voxel_bounds


def compare_mixed(
    a: LineNetwork | numpy.ndarray,
    b: LineNetwork | numpy.ndarray,
    spacing: Sequence[float],
    *,
    border_um: float = 0.0,
    tolerances_um: Sequence[float] = TOLERANCES_UM,
    n_shifts: int = N_SHIFTS,
    seed: int = 0,
    monitor: Monitor = SILENT,
) -> PointComparison:
    """Compare lines with a mask: points every 0.1 um along the lines with centres of voxels.

    Parameters
    ----------
    a, b : LineNetwork or numpy.ndarray
        One network and one mask ``(layers, rows, columns)`` bool; A is judged by B. The first layer
        of the mask is the first one of the network, where this has layers, else that at 0 um.
    spacing : sequence of float
        Distances between layers, rows and columns of the mask, um.
    border_um, tolerances_um, n_shifts, seed, monitor
        As of `darfix_wb.volume_comparison.point_metrics.compare_points`; the field is that of the
        mask.

    Raises
    ------
    DarfixWBError
        If the spacing cannot be used, or not one is a network and one a mask.
    OperationCancelled
        If the monitor says so.
    """
    spacing = numpy.array(checked_spacing(spacing))
    network, mask = (a, b) if isinstance(a, LineNetwork) else (b, a)
    good = isinstance(network, LineNetwork) and isinstance(mask, numpy.ndarray)
    if not good or mask.ndim != 3 or mask.dtype != bool:
        raise DarfixWBError(
            "Lines must be compared with a mask (layers, rows, columns) of true and false, got "
            "something else. Give one of each."
        )
    first = network.layers_um[0] if len(network.layers_um) else 0.0
    origin = numpy.array([first, 0.0, 0.0])
    voxels = numpy.argwhere(mask) * spacing + origin
    points = network.sampled(SAMPLING_UM)[0]
    field = Field(voxel_bounds(mask.shape, spacing) + origin, border_um=border_um)
    pair = (points, voxels) if isinstance(a, LineNetwork) else (voxels, points)
    return compare_points(
        *pair, field, tolerances_um=tolerances_um, n_shifts=n_shifts, seed=seed, monitor=monitor
    )
