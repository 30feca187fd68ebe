"""Whether a dark level can be that of the frames."""

from __future__ import annotations

import numpy

from .errors import DarfixWBError


def check_dark_level(
    level: float | numpy.ndarray, means: numpy.ndarray, *, noise: float = 0.0
) -> None:
    """Refuse a dark level that lies above most of what was measured, or below zero without reason.

    Parameters
    ----------
    level : float or numpy.ndarray
        Counts of a dark pixel: one number, or its mean in each patch ``(rows, columns)``.
    means : numpy.ndarray
        ``(n_frames, rows, columns)`` mean counts of each patch; NaN where a patch has no valid
        pixel.
    noise : float
        Standard deviation of a dark pixel, counts: as much the level may lie above the frames.

    Raises
    ------
    DarfixWBError
        If half of the patches are darker, or it is negative and the frames are not.

    Examples
    --------
    >>> check_dark_level(99.0, numpy.array([[[100.0, 102.0, 140.0]]]))
    >>> check_dark_level(120.0, numpy.array([[[100.0, 102.0, 140.0]]]), noise=4.0)
    Traceback (most recent call last):
    darfix_wb.errors.DarfixWBError: The dark level must lie below the median of the frames \
(102 counts), got 120 counts: half of the patches would be darker than dark. Give the counts of a \
pixel without X-rays, or nothing to have the level estimated.
    """
    found = float(numpy.mean(level))
    median = float(numpy.nanmedian(means))
    if numpy.nanmedian(means - level) < -noise:
        raise DarfixWBError(
            f"The dark level must lie below the median of the frames ({median:.5g} counts), got "
            f"{found:.5g} counts: half of the patches would be darker than dark. Give the counts "
            "of a pixel without X-rays, or nothing to have the level estimated."
        )
    if found < 0 <= float(numpy.nanmin(means)):
        raise DarfixWBError(
            "The dark level must not be negative where no frame has negative counts, got "
            f"{found:.5g} counts. Give "
            "the counts of a pixel without X-rays, or nothing to have the level estimated."
        )
