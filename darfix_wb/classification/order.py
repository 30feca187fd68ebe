"""Along the flank of a peak a patch does not become strong again."""

from __future__ import annotations

import itertools

import numpy
from scipy.optimize import isotonic_regression
from scipy.signal import find_peaks

from ..rocking_curves import PEAK_SHARE, PEAK_SNR


def in_order(strong: numpy.ndarray, curves: numpy.ndarray, noise: float) -> numpy.ndarray:
    """Logits of strong beam that do not rise while a rocking curve falls away from its peak.

    Each rocking curve is cut at its peaks and at the lowest points between them. On each flank the
    logits are replaced by the nearest ones (least squares) that do not rise away from the peak.

    Parameters
    ----------
    strong : numpy.ndarray
        ``(n_steps, rows, columns)`` logits of strong against weak.
    curves : numpy.ndarray
        ``(n_steps, rows, columns)`` mean counts above dark.
    noise : float
        Standard deviation of the mean of an empty patch, counts. A peak stands out by five of
        these, and by a fifth of the highest one.

    Returns
    -------
    numpy.ndarray
        As `strong`, a copy.

    Examples
    --------
    >>> curve = numpy.array([1.0, 5.0, 80.0, 100.0, 40.0, 3.0, 2.0])[:, None, None]
    >>> logits = numpy.array([-3.0, 1.0, 0.0, 4.0, 2.0, -2.0, -1.0])[:, None, None]
    >>> in_order(logits, curve, 1.0)[:, 0, 0].tolist()
    [-3.0, 0.5, 0.5, 4.0, 2.0, -1.5, -1.5]
    """
    ordered = strong.copy()
    for row, column in numpy.ndindex(strong.shape[1:]):
        here = (slice(None), row, column)
        for flank in _flanks(curves[here], noise):
            logits = ordered[here][flank]
            if (numpy.diff(logits) > 0).any():
                ordered[here][flank] = isotonic_regression(logits, increasing=False).x
    return ordered


def _flanks(curve: numpy.ndarray, noise: float) -> list[numpy.ndarray]:
    """The frames of each flank, from the peak outwards."""
    prominence = max(PEAK_SHARE * float(curve.max()), PEAK_SNR * noise)
    padded = numpy.concatenate([[-numpy.inf], curve, [-numpy.inf]])
    peaks = (
        find_peaks(numpy.maximum(padded, curve.min() - 2 * prominence), prominence=prominence)[0]
        - 1
    )
    if not len(peaks):
        return []
    valleys = [
        left + int(curve[left : right + 1].argmin()) for left, right in itertools.pairwise(peaks)
    ]
    ends = [0, *valleys, len(curve) - 1]
    flanks = []
    for peak, low, high in zip(peaks, ends[:-1], ends[1:], strict=True):
        flanks += [numpy.arange(peak, low - 1, -1), numpy.arange(peak, high + 1)]
    return flanks
