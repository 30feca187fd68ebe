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
        _put_in_order(ordered[here], curves[here], noise)
    return ordered


def _put_in_order(logits: numpy.ndarray, curve: numpy.ndarray, noise: float) -> None:
    """One curve, in place. A peak takes the higher value of its flanks, a valley the lower one."""
    given = logits.copy()
    for flank in _flanks(curve, noise):
        if not (numpy.diff(given[flank]) > 0).any():
            continue
        falling = isotonic_regression(given[flank], increasing=False).x
        peak, valley = flank[0], flank[-1]
        logits[flank[1:-1]] = falling[1:-1]
        logits[peak] = max(logits[peak], falling[0])
        logits[valley] = min(logits[valley], falling[-1])


def _flanks(curve: numpy.ndarray, noise: float) -> list[numpy.ndarray]:
    """The frames of each flank, from the peak outwards."""
    prominence = max(PEAK_SHARE * float(curve.max()), PEAK_SNR * noise)
    padded = numpy.pad(curve, 1, constant_values=curve.min())
    peaks = find_peaks(padded, prominence=prominence)[0] - 1
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
