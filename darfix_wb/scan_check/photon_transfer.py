"""The gain of the detector: how fast the noise grows with the signal.

Source: J. R. Janesick, Photon Transfer (SPIE Press, 2007), chapter 5: the variance of the counts is
that without light plus the gain times the mean. The noise is measured in the difference of
neighbouring frames by the mask of J. Immerkaer (Comput. Vis. Image Underst. 64, 1996, 300), which
takes away all that is flat or sloping within three pixels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy
from scipy.ndimage import binary_dilation, uniform_filter
from scipy.optimize import nnls

from .report import PhotonTransfer

BLOCK = 8
N_BINS = 24
LEAST_BLOCKS = 12
"""A bin of fewer blocks is left out."""

LEAST_BINS = 5

LEAST_SPAN = 3.0
"""The variance must grow by this factor over the signals at hand for its slope to be told."""

LEAST_PAIRS = 3

LEAST_SHARE = 0.5
"""Photons must make up this share of the variance of some signal."""

LARGEST_ERROR = 0.25
"""Relative standard error of a gain that can be told."""

ERROR_OF_METHOD = 0.05
"""Relative error of gains of simulated crystals, however many frames there are."""

MEDIAN_OF_SQUARES = 0.4549
"""Median of the square of a normal variable of variance 1."""


def block_noise(
    first: numpy.ndarray, second: numpy.ndarray, invalid: numpy.ndarray | None = None
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Mean and variance of the counts in each block of 8x8 px of two neighbouring frames.

    Parameters
    ----------
    first, second : numpy.ndarray
        ``(height, width)`` counts.
    invalid : numpy.ndarray, optional
        ``(height, width)`` bool; blocks that have such a pixel are left out.

    Returns
    -------
    means, variances : numpy.ndarray
        ``(n_blocks,)`` float64; the variance is that of one frame, by a median.
    """
    first, second = first.astype(numpy.float32), second.astype(numpy.float32)
    difference = second - first
    for axis in (0, 1):
        difference = _second_difference(difference, axis)
    with numpy.errstate(over="ignore"):
        squares = _blocks(difference**2 / (2 * 36))
    middle = _blocks(uniform_filter((first + second) / 2, 3)[1:-1, 1:-1])
    usable = numpy.isfinite(squares).all(axis=1)
    if invalid is not None:
        usable &= ~_blocks(binary_dilation(invalid, numpy.ones((3, 3)))[1:-1, 1:-1]).any(axis=1)
    variances = numpy.median(squares[usable], axis=1) / MEDIAN_OF_SQUARES
    return middle[usable].mean(axis=1).astype(float), variances.astype(float)


def _second_difference(image: numpy.ndarray, axis: int) -> numpy.ndarray:
    lines = numpy.moveaxis(image, axis, 0)
    return numpy.moveaxis(lines[:-2] - 2 * lines[1:-1] + lines[2:], 0, axis)


def _blocks(image: numpy.ndarray) -> numpy.ndarray:
    """``(n_blocks, 64)`` values of the blocks that fit in whole."""
    rows, columns = (side // BLOCK for side in image.shape)
    cut = image[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK)
    return cut.swapaxes(1, 2).reshape(rows * columns, BLOCK**2)


def fit_gain(
    pairs: Sequence[tuple[numpy.ndarray, numpy.ndarray]], dark_level: float, sigma: float
) -> PhotonTransfer:
    """Slope of the variance over the mean, over all pairs of frames.

    A part of the variance that grows with the square of the mean is told apart: it is the crystal,
    which has changed from frame to frame.

    Parameters
    ----------
    pairs : sequence of (numpy.ndarray, numpy.ndarray)
        From `block_noise`, of each pair of frames.
    dark_level, sigma : float
        Counts.

    Returns
    -------
    PhotonTransfer
        Its gain is NaN where the signals span too little, or pairs of frames contradict each other.
    """
    signals = [numpy.maximum(means - dark_level, 0) for means, _ in pairs]
    brightest = max((signal.max() for signal in signals if signal.size), default=0)
    edges = numpy.geomspace(max(sigma, 1e-6), max(brightest, 2 * sigma, 2e-6), N_BINS)
    edges = numpy.concatenate([[-1.0], edges[:-1], [numpy.inf]])
    bins = [numpy.digitize(signal, edges) for signal in signals]
    kept = range(len(pairs))
    means, variances, weights = _binned(signals, pairs, bins, kept)
    transfer = PhotonTransfer(means, variances)
    if len(means) < LEAST_BINS or variances.max() < LEAST_SPAN * variances.min():
        return transfer
    offset, gain, share = _fit(means, variances, weights)
    others = [
        _fit(*_binned(signals, pairs, bins, [one for one in kept if one != left]))[1]
        for left in kept
    ]
    n = len(pairs)
    error = float(numpy.sqrt((n - 1) / n * numpy.sum((numpy.array(others) - gain) ** 2)))
    if n < LEAST_PAIRS or share < LEAST_SHARE or not error <= LARGEST_ERROR * gain:
        return transfer
    uncertainty = float(numpy.hypot(error, ERROR_OF_METHOD * gain))
    return PhotonTransfer(means, variances, gain, uncertainty, offset)


def _binned(
    signals: Sequence[numpy.ndarray],
    pairs: Sequence[tuple[numpy.ndarray, numpy.ndarray]],
    bins: Sequence[numpy.ndarray],
    kept: Sequence[int],
) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """Signal and variance of the median block of each bin, and its weight, of the pairs `kept`."""
    signal = numpy.concatenate([signals[one] for one in kept] or [numpy.zeros(0)])
    variance = numpy.concatenate([pairs[one][1] for one in kept] or [numpy.zeros(0)])
    place = numpy.concatenate([bins[one] for one in kept] or [numpy.zeros(0, int)])
    chosen = [place == one for one in numpy.unique(place)]
    chosen = [one for one in chosen if one.sum() >= LEAST_BLOCKS]
    rows = [(numpy.median(signal[one]), numpy.median(variance[one]), one.sum()) for one in chosen]
    means, variances, numbers = numpy.array(rows).reshape(-1, 3).T
    known = variances > 0
    return means[known], variances[known], numpy.sqrt(numpy.minimum(numbers, 100))[known]


def _fit(
    means: numpy.ndarray, variances: numpy.ndarray, weights: numpy.ndarray
) -> tuple[float, float, float]:
    """Variance without light, gain, and the largest share that the photons have in a variance."""
    terms = numpy.stack([numpy.ones_like(means), means, means**2], axis=1)
    scale = terms.max(axis=0, initial=1e-12)
    weights = weights / variances
    parts = nnls(terms / scale * weights[:, None], variances * weights)[0] / scale
    share = terms[:, 1] * parts[1] / numpy.maximum(terms @ parts, 1e-12)
    return float(parts[0]), float(parts[1]), float(share.max(initial=0))
