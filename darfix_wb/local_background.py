"""The slowly varying part of an image."""

from __future__ import annotations

import numpy
from scipy import ndimage

from .patches import PatchGrid


def local_background(image: numpy.ndarray, *, size: int = 64, each: int = 1) -> numpy.ndarray:
    """The slowly varying part of an image: medians of blocks, smoothed and interpolated.

    Parameters
    ----------
    image : numpy.ndarray
        ``(height, width)`` float; NaN is left out.
    size : int
        Side of a block in pixels.
    each : int
        Each second, third... row and column of a block is looked at.

    Returns
    -------
    numpy.ndarray
        ``(height, width)`` float32, finite.
    """
    grid = PatchGrid(image.shape, min(size, *image.shape))
    blocks = grid.view(image)[..., ::each, ::each].reshape(*grid.shape, -1)
    finite = numpy.isfinite(blocks)
    seen, whole = finite.any(axis=-1), finite.all(axis=-1)
    medians = numpy.full(grid.shape, numpy.nan, dtype=numpy.float32)
    medians[whole] = numpy.median(blocks[whole], axis=-1)
    medians[seen & ~whole] = numpy.nanmedian(blocks[seen & ~whole], axis=-1)
    if not seen.any():
        return numpy.zeros(image.shape, dtype=numpy.float32)
    nearest = ndimage.distance_transform_edt(~seen, return_distances=False, return_indices=True)
    smooth = ndimage.median_filter(medians[tuple(nearest)], size=3, mode="nearest")
    by_row, by_column = (
        _interpolation((numpy.arange(side) + 0.5) / grid.patch_size - 0.5, count)
        for side, count in zip(image.shape, grid.shape, strict=True)
    )
    return by_row.T @ smooth @ by_column


def _interpolation(positions: numpy.ndarray, count: int) -> numpy.ndarray:
    """Share of each of `count` values in each position between them, linear; the ends go on."""
    values = numpy.arange(count)
    shares = [numpy.interp(positions, values, values == value) for value in values]
    return numpy.array(shares, dtype=numpy.float32)
