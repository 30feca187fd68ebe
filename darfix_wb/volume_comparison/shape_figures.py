"""What one mask is made of: its length, and its parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy
from scipy import ndimage

from ..progress import SILENT, Monitor
from ..voxel_lines.lines import cured_skeleton
from ..voxel_lines.skeleton import NEIGHBOURS
from .distances import CANCELLED


@dataclass(frozen=True)
class ShapeFigures:
    """What one mask is made of.

    Attributes
    ----------
    length_um : float
        Length of its cured skeleton; NaN where it is empty or was not asked for.
    density_per_um2 : float
        Length over the volume that is valid.
    components : float
        Parts that are connected over faces, edges or corners.
    median_size, largest_size : float
        Voxels of them.
    """

    length_um: float
    density_per_um2: float
    components: float
    median_size: float
    largest_size: float

    def rows(self) -> dict[tuple[str, str], float]:
        """Each figure with its name, and its unit in brackets."""
        return {
            ("length of the skeleton", " (um)"): self.length_um,
            ("length density", " (1/um2)"): self.density_per_um2,
            ("connected parts", ""): self.components,
            ("median voxels of a part", ""): self.median_size,
            ("voxels of the largest part", ""): self.largest_size,
        }


def shape_figures(
    mask: numpy.ndarray,
    spacing: numpy.ndarray,
    volume_um3: float,
    *,
    lengths: bool = True,
    monitor: Monitor = SILENT,
) -> ShapeFigures:
    """What a mask is made of.

    Parameters
    ----------
    mask : numpy.ndarray
        ``(layers, rows, columns)`` bool.
    spacing : numpy.ndarray
        ``(3,)`` float64, um.
    volume_um3 : float
        Of all voxels that are valid.
    lengths : bool
        Whether to thin it for its length.
    monitor : Monitor
        Progress and cancelling.
    """
    monitor.check(CANCELLED)
    labels, count = ndimage.label(mask, NEIGHBOURS)
    if not count:
        return ShapeFigures(numpy.nan, numpy.nan, 0, numpy.nan, numpy.nan)
    sizes = numpy.bincount(labels[mask])[1:]
    del labels
    length = numpy.nan
    if lengths:
        length = cured_skeleton(mask, spacing, monitor=monitor).length_um
    return ShapeFigures(
        length, length / volume_um3, count, float(numpy.median(sizes)), float(sizes.max())
    )
