"""What the rocking curves say of each patch in each frame, as numbers for a network.

All numbers are ratios: of counts to the patch's own peak, to that of its neighbours, of the scan
and of the frame, and of angles to the width of the peak. None depends on exposure or units.
"""

from __future__ import annotations

import numpy

from ..rocking_curves import peak_centre_and_width

PEAK_QUANTILE = 0.8
"""The scan's typical peak is this quantile of the peaks of its lit patches."""

IMAGE_FEATURES = ("opinion", "emptiness", "contrast")
"""From the network that sees one patch of one frame: strong against weak, empty against both (in
logits), and the logarithm of the spread of the counts in the patch."""

CURVE_FEATURES = (
    "share of own peak",
    "share of the scan's peak",
    "share of the neighbours' peak",
    "share of the frame",
    "frame's share of the brightest frame",
    "signed distance from the peak",
    "nearness to the peak",
    "step in widths of the peak",
    "own share of the scan's peak",
)
"""Logarithms of ratios of counts, and angles in units of the peak's width."""

FLAGS = ("image known", "curve known", "lit")
FEATURES = (*IMAGE_FEATURES, "level", *CURVE_FEATURES, *FLAGS)


def context_features(
    curves: numpy.ndarray,
    angles: numpy.ndarray,
    noise: float,
    lit: numpy.ndarray,
    logits: numpy.ndarray,
    log_spread: numpy.ndarray,
    image_known: bool = True,
    curve_known: bool = True,
) -> numpy.ndarray:
    """Features of every patch in every frame of one rocking curve.

    Parameters
    ----------
    curves : numpy.ndarray
        ``(n_steps, rows, columns)`` mean counts above dark.
    angles : numpy.ndarray
        ``(n_steps,)``, in any unit, rising or falling.
    noise : float
        Standard deviation of the mean of an empty patch, counts.
    lit : numpy.ndarray
        ``(rows, columns)`` bool: patches that carry signal somewhere.
    logits : numpy.ndarray
        ``(n_steps, rows, columns, 3)`` of each frame alone, in the order WEAK, STRONG, EMPTY.
    log_spread : numpy.ndarray
        ``(n_steps, rows, columns)``, second feature of `PatchNormalizer`.
    image_known, curve_known : bool
        False to go without what the images, or the curves, say; the level stays.

    Returns
    -------
    numpy.ndarray
        ``(n_steps, rows, columns, len(FEATURES))`` float32; zeros where a patch is not lit.
    """
    shape = curves.shape
    none = numpy.zeros(shape)
    image = _image(logits, log_spread) if image_known else [none] * len(IMAGE_FEATURES)
    level = [numpy.arcsinh(curves / noise) / 4 - 1]
    curve = _curve(curves, angles, noise, lit) if curve_known else [none] * len(CURVE_FEATURES)
    flags = [float(image_known), float(curve_known), 1.0]
    parts = [numpy.broadcast_to(part, shape) for part in (*image, *level, *curve, *flags)]
    return numpy.stack(parts, axis=-1).astype(numpy.float32) * lit[..., None]


def recorded_backwards(features: numpy.ndarray) -> numpy.ndarray:
    """Features as they would be had the scan been recorded the other way round.

    Parameters
    ----------
    features : numpy.ndarray
        ``(n_steps, rows, columns, len(FEATURES))``, from `context_features`.
    """
    backwards = features[::-1].copy()
    backwards[..., FEATURES.index("signed distance from the peak")] *= -1
    return backwards


def _image(logits: numpy.ndarray, log_spread: numpy.ndarray) -> list[numpy.ndarray]:
    weak, strong, empty = numpy.moveaxis(logits, -1, 0)
    return [
        numpy.clip(strong - weak, -8, 8) / 3,
        numpy.clip(empty - numpy.maximum(weak, strong), -6, 6) / 3,
        log_spread + 0.5,
    ]


def _curve(
    curves: numpy.ndarray, angles: numpy.ndarray, noise: float, lit: numpy.ndarray
) -> list[numpy.ndarray]:
    logs = numpy.log(numpy.maximum(curves, noise))
    peak = logs.max(axis=0)
    known = lit if lit.any() else numpy.ones_like(lit)
    typical = numpy.quantile(peak[known], PEAK_QUANTILE)
    frame = numpy.median(logs[:, known], axis=1)[:, None, None]
    z, step = _distance_from_peak(curves, angles, noise, known)
    return [
        _compress(logs - peak),
        _compress(logs - typical),
        _compress(logs - _mean_of_neighbours(peak, lit)),
        _compress(logs - frame),
        _compress(frame - frame.max()),
        numpy.tanh(z / 3),
        numpy.exp(-(z**2) / 2),
        step,
        _compress(peak - typical),
    ]


def _compress(logs: numpy.ndarray) -> numpy.ndarray:
    return numpy.clip(logs, -7, 3) / 2


def _distance_from_peak(
    curves: numpy.ndarray, angles: numpy.ndarray, noise: float, known: numpy.ndarray
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Signed distance from the patch's peak in its widths, and the logarithm of the step in them.

    Widths are as in the angle rule: FWHM / 2.355, not below the median of the lit patches.
    """
    centre, width = peak_centre_and_width(curves, angles, known, least=noise)
    step = numpy.abs(numpy.gradient(angles)).mean()
    z = (angles[:, None, None] - numpy.nan_to_num(centre)) / width
    return z, numpy.log(step / width)


def _mean_of_neighbours(peak: numpy.ndarray, lit: numpy.ndarray) -> numpy.ndarray:
    """Mean of the lit patches among the nine around each; the patch's own where none is lit."""
    count, total = _sum_of_nine(lit.astype(float)), _sum_of_nine(numpy.where(lit, peak, 0))
    return numpy.where(count > 0, total / numpy.maximum(count, 1), peak)


def _sum_of_nine(values: numpy.ndarray) -> numpy.ndarray:
    padded = numpy.pad(values, 1)
    return numpy.lib.stride_tricks.sliding_window_view(padded, (3, 3)).sum(axis=(2, 3))
