"""How bright each frame is."""

from __future__ import annotations

import numpy

from ..extraction import PatchedScan


def frame_intensities(patched: PatchedScan) -> numpy.ndarray:
    """Mean over the patches of each frame; patches without a valid pixel are NaN and left aside.

    Parameters
    ----------
    patched : PatchedScan
        The scan and the rocking curves of its patches.

    Returns
    -------
    numpy.ndarray
        ``(n_frames,)`` float64, counts above dark; NaN of a frame without a valid patch.

    Examples
    --------
    >>> from darfix_wb.extraction import extract
    >>> from darfix_wb.scan import RockingScan
    >>> frames = numpy.random.default_rng(0).normal(100, 4, (3, 64, 64))
    >>> frames += 50 * numpy.arange(3)[:, None, None]
    >>> patches = extract(RockingScan(frames, numpy.arange(3)), dark=60)
    >>> frame_intensities(patches).round().tolist()
    [40.0, 90.0, 140.0]
    """
    finite = numpy.isfinite(patched.curves)
    total = numpy.where(finite, patched.curves, 0).sum(axis=(1, 2))
    count = finite.sum(axis=(1, 2))
    return numpy.divide(total, count, out=numpy.full(len(total), numpy.nan), where=count > 0)
