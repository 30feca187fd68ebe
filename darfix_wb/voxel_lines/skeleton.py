"""The skeleton of a volume of voxels, cured of losing what is an even number of voxels wide."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy
from scipy import ndimage
from skimage.morphology import skeletonize

from ..progress import SILENT, Monitor

NEIGHBOURS = numpy.ones((3, 3, 3), bool)
"""Voxels that share a face, an edge or a corner are connected (26 neighbours)."""

WIDENED = tuple(product((0, 1), repeat=3))
"""By so many voxels a component is made wider, on the side of greater numbers, along layers, rows
and columns: as it is, and seven ways. Of a component that is an even number of voxels wide, the
skeleton of scikit-image 0.26 may leave nothing; of one of these it leaves a line as long. Without
those along columns, bars along layers of 1 x 2 or 3 x 4 voxels are lost all the same."""

CANCELLED = "Thinning the volume was cancelled."


class Skeleton(NamedTuple):
    """The skeleton of one connected component.

    Attributes
    ----------
    voxels : numpy.ndarray
        ``(n, 3)`` int64: numbers of the layers, rows and columns.
    offset : numpy.ndarray
        ``(3,)`` float64: what must be added to them, in voxels, since the component was widened on
        one side.
    """

    voxels: numpy.ndarray
    offset: numpy.ndarray


def skeletons(mask: numpy.ndarray, *, monitor: Monitor = SILENT) -> Iterator[Skeleton]:
    """The skeleton of each connected component of a mask.

    Parameters
    ----------
    mask : numpy.ndarray
        ``(layers, rows, columns)`` bool.
    monitor : Monitor
        Progress and cancelling.

    Yields
    ------
    Skeleton
        Of one voxel at least.

    Raises
    ------
    OperationCancelled
        If the monitor says so.

    Examples
    --------
    >>> bar = numpy.zeros((3, 4, 20), bool)
    >>> bar[1, 1:3, 2:18] = True
    >>> [len(one.voxels) > 12 for one in skeletons(bar)]
    [True]
    """
    labels, count = ndimage.label(mask, NEIGHBOURS)
    for number, box in enumerate(ndimage.find_objects(labels), 1):
        monitor.check(CANCELLED)
        yield _skeleton(labels[box] == number, numpy.array([side.start for side in box]))
        monitor.report(number / count)


def _skeleton(component: numpy.ndarray, start: numpy.ndarray) -> Skeleton:
    """Of the skeletons of a component and its one-sided dilations, the one with most voxels.

    Less those by which the dilation alone may have made it longer.
    """
    best, offset, most = numpy.empty((0, 3), int), numpy.zeros(3), -numpy.inf
    for wider in WIDENED:
        voxels = numpy.argwhere(skeletonize(_widened(component, wider)))
        if len(voxels) - sum(wider) > most:
            best, offset = voxels - 1, -0.5 * numpy.array(wider)
            most = len(voxels) - sum(wider)
    return Skeleton(best + start, offset)


def _widened(component: numpy.ndarray, by: tuple[int, int, int]) -> numpy.ndarray:
    """A component with a voxel of room on each side, and each voxel doubled along some axes."""
    wide = numpy.pad(component, 1)
    for axis in numpy.flatnonzero(by):
        wide |= numpy.roll(wide, 1, axis)
    return wide
