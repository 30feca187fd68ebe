"""Crystals without features: there the rocking curve alone tells weak from strong beam."""

from __future__ import annotations

import numpy

EVEN_SPREAD, LARGEST_SPREAD = 0.2, 0.3
"""Relative spread of the counts in a patch at its peak: a crystal is without features where it is
less than the first in half of the patches, and less than the second in nine of ten."""

BRIGHT = 20.0
"""Sigma of a patch's mean that its peak must reach to be judged."""

BOUNDARY_SHARE = 0.04
SLOPE = 1.25
"""Of the logit of strong beam along the logarithm of the share of the peak. Above a fifth of the
peak physics leaves no doubt, nor below 1/200; between them a convention is better than none, since
labels then do not depend on the steps or on where the scan ends."""

BY_CURVE_ALONE = (
    "The images show no structure, so weak and strong beam are told apart by the rocking curves "
    "alone, "
    f"with a boundary at {BOUNDARY_SHARE:.0%} of each patch's peak. Above 20% and below 0.5% of it "
    "there is no doubt; between them this is a convention."
)


def is_plain(
    curves: numpy.ndarray, log_spread: numpy.ndarray, lit: numpy.ndarray, noise: float
) -> bool:
    """Whether a crystal is without features at its Bragg peak.

    Parameters
    ----------
    curves : numpy.ndarray
        ``(n_steps, rows, columns)`` mean counts above dark.
    log_spread : numpy.ndarray
        ``(n_steps, rows, columns)``, second feature of `PatchNormalizer`: the logarithm of the
        relative spread where counts are far above the noise.
    lit : numpy.ndarray
        ``(rows, columns)`` bool.
    noise : float
        Standard deviation of the mean of an empty patch, counts.
    """
    peak = curves.argmax(axis=0)[None]
    bright = lit & (curves.max(axis=0) > BRIGHT * noise)
    inside = (peak[0] > 0) & (peak[0] < len(curves) - 1)
    if not bright.any() or inside[bright].mean() < 0.5:
        return False
    spread = numpy.exp(numpy.take_along_axis(log_spread, peak, axis=0)[0][bright])
    half, most = numpy.quantile(spread, (0.5, 0.9))
    return bool(half < EVEN_SPREAD and most < LARGEST_SPREAD)


def logits_of_share(curves: numpy.ndarray, noise: float) -> numpy.ndarray:
    """Calibrated logits of strong beam by the share of each patch's own peak.

    Parameters
    ----------
    curves : numpy.ndarray
        ``(n_steps, rows, columns)`` mean counts above dark.
    noise : float
        Counts that are taken for the least.

    Examples
    --------
    >>> curve = numpy.array([1.0, 40.0, 1000.0, 200.0, 5.0])[:, None, None]
    >>> logits_of_share(curve, 1.0)[:, 0, 0].round(1).tolist()
    [-4.6, 0.0, 4.0, 2.0, -2.6]
    """
    counts = numpy.maximum(curves, noise)
    return SLOPE * numpy.log(counts / counts.max(axis=0) / BOUNDARY_SHARE)
