"""Images with larger pixels."""

from __future__ import annotations

import numpy


def binned(image: numpy.ndarray, size: int) -> numpy.ndarray:
    """The mean of each `size` x `size` px; NaN is left out, the last bins may be smaller.

    Parameters
    ----------
    image : numpy.ndarray
        ``(height, width)`` float32.
    size : int
        Side of a bin in pixels.

    Returns
    -------
    numpy.ndarray
        ``(ceil(height / size), ceil(width / size))`` float32; NaN where a bin has no number.

    Examples
    --------
    >>> binned(numpy.array([[1.0, 3.0, 5.0], [numpy.nan, 2.0, numpy.nan]]), 2).tolist()
    [[2.0, 5.0]]
    """
    if size == 1:
        return image
    missing = [(0, -side % size) for side in image.shape]
    padded = numpy.pad(image, missing, constant_values=numpy.nan)
    rows, columns = (side // size for side in padded.shape)
    bins = padded.reshape(rows, size, columns, size)
    seen = numpy.isfinite(bins)
    total = numpy.where(seen, bins, 0).sum(axis=(1, 3), dtype=float)
    count = seen.sum(axis=(1, 3))
    mean = numpy.full(count.shape, numpy.nan)
    return numpy.divide(total, count, out=mean, where=count > 0).astype(numpy.float32)
