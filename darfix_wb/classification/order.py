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
    n_steps = len(strong)
    columns, ordered = curves.reshape(n_steps, -1).T, strong.reshape(n_steps, -1).T.copy()
    for patch, peaks in enumerate(_peaks(columns, noise)):
        if len(peaks):
            _put_in_order(ordered[patch], columns[patch], peaks)
    return ordered.T.reshape(strong.shape)


def _peaks(curves: numpy.ndarray, noise: float) -> list[numpy.ndarray]:
    """The peaks of each of many curves ``(n, n_steps)``, as frames; the ends may be peaks.

    The curves are put one behind the other, so that `find_peaks` is called once: between two stands
    infinity, beyond which no peak looks for its base.
    """
    n, n_steps = curves.shape
    apart = numpy.full((n, n_steps + 3), numpy.inf)
    apart[:, 2:-1] = curves
    apart[:, 1] = apart[:, -1] = curves.min(axis=1)
    prominence = numpy.maximum(PEAK_SHARE * curves.max(axis=1), PEAK_SNR * noise)
    least = numpy.repeat(prominence, apart.shape[1])
    patch, place = numpy.divmod(find_peaks(apart.ravel(), prominence=least)[0], apart.shape[1])
    of_curve = place > 0
    starts = numpy.searchsorted(patch[of_curve], numpy.arange(1, n))
    return numpy.split(place[of_curve] - 2, starts)


def _put_in_order(logits: numpy.ndarray, curve: numpy.ndarray, peaks: numpy.ndarray) -> None:
    """One curve, in place. A peak takes the higher value of its flanks, a valley the lower one."""
    given = logits.copy()
    for peak, end in _flanks(curve, peaks):
        step = 1 if end > peak else -1
        flank = given[peak : end + step : step] if end + step >= 0 else given[peak::step]
        if (flank[1:] <= flank[:-1]).all():
            continue
        falling = isotonic_regression(flank, increasing=False).x
        logits[peak + step : end : step] = falling[1:-1]
        logits[peak] = max(logits[peak], falling[0])
        logits[end] = min(logits[end], falling[-1])


def _flanks(curve: numpy.ndarray, peaks: numpy.ndarray) -> list[tuple[int, int]]:
    """The first and the last frame of each flank, from the peak outwards."""
    valleys = [
        left + int(curve[left : right + 1].argmin()) for left, right in itertools.pairwise(peaks)
    ]
    ends = [0, *valleys, len(curve) - 1]
    sides = zip(peaks.tolist(), ends[:-1], ends[1:], strict=True)
    return [(peak, end) for peak, *both in sides for end in both if end != peak]
