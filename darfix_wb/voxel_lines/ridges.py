"""The Frangi filter of a volume, layers by layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy
from skimage.feature import hessian_matrix
from skimage.filters import frangi

from ..progress import SILENT, Monitor

VOXELS_AT_ONCE = 16_000_000

REACH = 6
"""Sigmas beyond which a Gaussian adds nothing."""

CANCELLED = "Filtering the volume was cancelled."


def bright_ridges(
    volume: numpy.ndarray,
    sigmas: Sequence[float],
    *,
    gamma: float | None = None,
    monitor: Monitor = SILENT,
) -> numpy.ndarray:
    """Response of the Frangi filter to bright lines, in voxels, as of the whole volume at once.

    Frangi et al., MICCAI 1998, as `skimage.filters.frangi` has it.

    Parameters
    ----------
    volume : numpy.ndarray
        ``(layers, rows, columns)`` float32.
    sigmas : sequence of float
        Standard deviations of the Gaussians, voxels, the same along all axes.
    gamma : float, optional
        Norm of the Hessian that counts as structure; half of the largest one at the first sigma in
        the whole volume if not given.
    monitor : Monitor
        Progress and cancelling.

    Returns
    -------
    numpy.ndarray
        ``(layers, rows, columns)`` float32, 0 to 1.
    """
    halo = int(numpy.ceil(REACH * max(sigmas))) + 1
    slabs = list(_slabs(volume.shape, halo))
    first, second = monitor.part(0, 0.2), monitor.part(0.2, 1)
    if gamma is None:
        gamma = _strongest(volume, sigmas[0], slabs, first) / 2
    response = numpy.zeros(volume.shape, numpy.float32)
    if gamma == 0:
        return response
    for (inner, outer), part in zip(slabs, second.parts(len(slabs)), strict=True):
        part.check(CANCELLED)
        found = frangi(volume[outer], sigmas=sigmas, gamma=gamma, black_ridges=False)
        start = outer.start + inner.start
        response[start : start + inner.stop - inner.start] = found[inner]
        part.report(1.0)
    return response


def _strongest(
    volume: numpy.ndarray, sigma: float, slabs: list[tuple[slice, slice]], monitor: Monitor
) -> float:
    strongest = 0.0
    for (inner, outer), part in zip(slabs, monitor.parts(len(slabs)), strict=True):
        part.check(CANCELLED)
        strongest = max(strongest, float(_norm(volume[outer], sigma)[inner].max()))
        part.report(1.0)
    return strongest


def _slabs(shape: tuple[int, ...], halo: int) -> Iterator[tuple[slice, slice]]:
    """Layers of a slab within those that are read for it, and these within the volume."""
    at_once = max(1, VOXELS_AT_ONCE // (shape[1] * shape[2]) - 2 * halo)
    for start in range(0, shape[0], at_once):
        stop = min(start + at_once, shape[0])
        low, high = max(start - halo, 0), min(stop + halo, shape[0])
        yield slice(start - low, stop - low), slice(low, high)


def _norm(volume: numpy.ndarray, sigma: float) -> numpy.ndarray:
    """Norm of the Hessian, which is that of its eigenvalues."""
    elements = hessian_matrix(volume, sigma, use_gaussian_derivatives=True, mode="reflect")
    total = numpy.zeros(volume.shape, numpy.float32)
    for element, times in zip(elements, (1, 2, 2, 1, 2, 1), strict=True):
        total += times * element**2
    return numpy.sqrt(total)
