"""Lines from the dislocation images of all layers by a threshold and a skeleton."""

from __future__ import annotations

from collections.abc import Sequence

import numpy
from scipy import ndimage
from skimage.filters import apply_hysteresis_threshold

from ..dislocation_lines.network import LineNetwork
from ..errors import DarfixWBError
from ..progress import SILENT, Monitor
from .lines import cured_skeleton
from .manual import hot_pattern
from .skeleton import NEIGHBOURS

THRESHOLD_SIGMA, LOW_SHARE = 8.0, 0.5

LEAST_VOXELS = 10

SHORTEST_UM = 2.0


def skeleton_lines(
    image: numpy.ndarray,
    spacing: Sequence[float],
    *,
    threshold_sigma: float = THRESHOLD_SIGMA,
    low_sigma: float | None = None,
    least_voxels: int = LEAST_VOXELS,
    shortest_um: float = SHORTEST_UM,
    monitor: Monitor = SILENT,
) -> LineNetwork:
    """The cured skeleton of where the dislocation images are bright.

    A second method beside linking from layer to layer: ALGORITHMS section 6b.

    Parameters
    ----------
    image : numpy.ndarray
        ``(layers, rows, columns)`` float, in sigma; NaN where a layer or a pixel says nothing. What
        single pixels have more than their surroundings in all layers is subtracted first.
    spacing : sequence of float
        Distances between layers, rows and columns, um.
    threshold_sigma : float
        A component must have a voxel of this and more.
    low_sigma : float, optional
        Its voxels are those of this and more; half of `threshold_sigma` if not given.
    least_voxels : int
        Smaller components are left out.
    shortest_um : float
        So are lines that are shorter and meet no other.
    monitor : Monitor
        Progress and cancelling.

    Raises
    ------
    DarfixWBError
        If the image or an option cannot be used.
    OperationCancelled
        If the monitor says so.
    """
    image = numpy.asarray(image)
    if image.ndim != 3 or image.dtype.kind != "f" or not len(image):
        raise DarfixWBError(
            "Dislocation images must be (layers, rows, columns) in sigma, got "
            f"{image.dtype} {image.shape}. Give those of all layers."
        )
    low = LOW_SHARE * threshold_sigma if low_sigma is None else low_sigma
    if not 0 < low <= threshold_sigma:
        raise DarfixWBError(
            "The low threshold must be above 0 and at most the other, got "
            f"{low:g} and {threshold_sigma:g} sigma. Correct them."
        )
    known = numpy.nan_to_num(image, posinf=0, neginf=0)
    mask = apply_hysteresis_threshold(known - hot_pattern(known), low, threshold_sigma)
    labels, _ = ndimage.label(mask, NEIGHBOURS)
    mask = mask & (numpy.bincount(labels.ravel())[labels] >= least_voxels)
    del labels
    return cured_skeleton(mask, spacing, shortest_um=shortest_um, monitor=monitor)
