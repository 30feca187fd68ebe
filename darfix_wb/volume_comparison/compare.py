"""Two volumes or networks compared, whatever each is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy

from ..dislocation_lines.network import LineNetwork
from ..errors import DarfixWBError
from ..progress import SILENT, Monitor
from .field import N_SHIFTS
from .line_metrics import compare_lines
from .mixed_metrics import compare_mixed
from .report import Comparison
from .voxel_metrics import compare_masks


def compare(
    a: LineNetwork | numpy.ndarray,
    b: LineNetwork | numpy.ndarray,
    spacing: Sequence[float] | None = None,
    *,
    valid: numpy.ndarray | None = None,
    ignored: LineNetwork | None = None,
    border_um: float = 0.0,
    lengths: bool = True,
    like: Comparison | None = None,
    n_shifts: int = N_SHIFTS,
    seed: int = 0,
    monitor: Monitor = SILENT,
) -> Comparison:
    """Compare what was found (A) with what is taken for true (B).

    Parameters
    ----------
    a, b : LineNetwork or numpy.ndarray
        Lines, or a mask ``(layers, rows, columns)`` bool.
    spacing : sequence of float, optional
        Distances between layers, rows and columns, um; needed where one is a mask.
    valid, lengths, like
        As of `compare_masks`, for two masks.
    ignored
        As of `compare_lines`, for two networks.
    border_um, n_shifts, seed, monitor
        As of either.

    Returns
    -------
    Comparison
        A `LineComparison`, a `MaskComparison` or a `PointComparison`.

    Raises
    ------
    DarfixWBError
        If something is missing, has no effect or cannot be used.
    OperationCancelled
        If the monitor says so.
    """
    common = {"border_um": border_um, "n_shifts": n_shifts, "seed": seed, "monitor": monitor}
    n_networks = isinstance(a, LineNetwork) + isinstance(b, LineNetwork)
    if ignored is not None and n_networks < 2:
        raise DarfixWBError(
            "Lines can be ignored where lines are compared with lines. Leave out "
            "the lines to ignore."
        )
    if valid is not None and n_networks:
        raise DarfixWBError("A mask of valid voxels is for two volumes. Leave it out for lines.")
    if n_networks == 2:
        if spacing is not None:
            raise DarfixWBError(
                "Lines are in um already. Leave the spacing out for two files of lines."
            )
        return compare_lines(a, b, ignored=ignored, **common)
    if n_networks == 1:
        return compare_mixed(a, b, spacing, **common)
    return compare_masks(a, b, spacing, valid=valid, lengths=lengths, like=like, **common)
