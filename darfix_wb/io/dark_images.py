"""Whether a dark image still belongs to frames."""

from __future__ import annotations

import numpy


def was_subtracted(dark: numpy.ndarray, faint: numpy.ndarray) -> bool:
    """Whether a dark image was subtracted from frames before.

    Parameters
    ----------
    dark : numpy.ndarray
        ``(height, width)``, mean of the dark images, counts.
    faint : numpy.ndarray
        ``(height, width)``, a frame at the end of the rocking curve, where the crystal hardly
        diffracts: what still has its dark lies above it there.

    Examples
    --------
    >>> was_subtracted(numpy.full((2, 2), 100.0), numpy.full((2, 2), 3.0))
    True
    """
    return bool(numpy.median(faint) < numpy.median(dark) / 2)
