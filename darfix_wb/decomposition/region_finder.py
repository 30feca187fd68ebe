"""Regions for Gram-Schmidt without an operator."""

from __future__ import annotations

import numpy
from scipy import ndimage

from ..errors import DarfixWBError
from ..extraction import EMPTY_SNR, FIXED_PATTERN_SHARE, LOW_END, PatchedScan
from ..progress import SILENT, Monitor
from ..rocking_curves import SIGMA_PER_FWHM, peak_part
from .alignment import LowEnd, log2_counts
from .basis import LEAST_RESIDUAL, residual
from .regions import Regions
from .result import frames_of, steps_of

WINDOW = 5
"""Side of a window in blocks; windows are moved by one block."""

LARGEST_BLOCK = 10
LEAST_HEIGHT = 0.5
CENTRE_WITHIN = 0.25
FLANK_BEYOND = 1.5
"""In sigma of the scan's rocking curve."""

CALM_SHARE = 0.25
"""The strong region is one of this share of the windows, those of least local variance."""

TINY = 1e-12


def automatic_regions(patched: PatchedScan, *, monitor: Monitor = SILENT) -> Regions:
    """Choose the regions by the rocking curves of windows, 50x50 px; frames are read once.

    Windows are of 5x5 blocks of pixels; a block's side is a twentieth of the frame's shorter side
    and 10 px at most. Of the windows that rise above the noise, and to half of these windows'
    median height at least, so that none is mostly unlit:

    - strong: centre of mass within 0.25 sigma of the median, a local variance of the centre of
      mass among the lowest quarter of these, and of them the one of highest signal to noise;
    - weak_low, weak_high: the largest share of the counts beyond -1.5 and beyond +1.5 sigma, among
      those whose curve of log counts is independent of the regions before (`orthonormal`).

    Centres are counted in steps of the rocking curve, of the values above 20 % of the maximum.
    Sigma is FWHM / 2.355 of the blocks, their median. The positions of a second motor are summed.

    Parameters
    ----------
    patched : PatchedScan
        Scan and background.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    Regions
        Inside the frame.

    Raises
    ------
    DarfixWBError
        If no window shows a signal.
    OperationCancelled
        If the monitor is asked to stop.

    Notes
    -----
    Ours, to take the operator out of Huang, Coffee and Dresselhaus-Marais, IMMI 12:83 (2023).
    """
    block = max(1, min(LARGEST_BLOCK, min(patched.scan.frame_shape) // 20))
    curves, logs = _block_curves(patched, block, monitor=monitor)
    windows = _windows(curves)
    noise = patched.background.sigma * numpy.hypot(1 / (WINDOW * block), FIXED_PATTERN_SHARE)
    top = windows.max(axis=0)
    rise = top - numpy.quantile(windows, LOW_END, axis=0)
    lit = rise > EMPTY_SNR * noise
    if not lit.any():
        raise DarfixWBError(
            f"Some window must rise above the noise ({EMPTY_SNR:g} sigma) for regions to be chosen "
            "automatically, got none. Draw the regions."
        )
    lit &= rise > LEAST_HEIGHT * numpy.median(rise[lit])
    centre, width = _centres(curves)
    mean, variance = _windows(centre[None])[0], _local_variance(centre)
    sigma = max(float(numpy.median(_inner(width)[lit])), 1.0) * SIGMA_PER_FWHM
    middle = float(numpy.median(mean[lit]))
    strong = _strong(lit, top, numpy.abs(mean - middle) / sigma, variance)
    z = (numpy.arange(len(windows)) - middle) / sigma
    logs, chosen = _windows(logs), [strong]
    for flank in (z < -FLANK_BEYOND, z > FLANK_BEYOND):
        fit = lit & _independent(logs, chosen)
        chosen.append(_richest(windows, flank, fit if fit.any() else lit))
    side = WINDOW * block
    return Regions(*((*(int(i) * block for i in at), side, side) for at in chosen))


def _block_curves(
    patched: PatchedScan, block: int, monitor: Monitor
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Counts above dark, not below 0, and log counts above their low end, of blocks of pixels.

    ``(n_steps, rows, columns)`` float32 each, averaged over the positions of a second motor.
    """
    rows, columns = (side // block for side in patched.scan.frame_shape)
    steps, low = steps_of(patched.scan), LowEnd(patched)
    counts = numpy.zeros((steps.max() + 1, rows, columns), dtype=numpy.float32)
    logs = numpy.zeros_like(counts)

    def means(image: numpy.ndarray) -> numpy.ndarray:
        whole = image[: rows * block, : columns * block]
        return whole.reshape(rows, block, columns, block).mean(axis=(1, 3))

    for k, frame in frames_of(patched.scan, "The choice of regions", monitor=monitor):
        if not patched.scan.used[k]:
            continue
        counts[steps[k]] += means(patched.background.subtract(frame))
        frame_logs = log2_counts(frame, patched)
        low.add(frame_logs)
        logs[steps[k]] += means(frame_logs)
    lengths = numpy.array([len(frames) for frames in patched.scan.curves])
    n_curves = (lengths > numpy.arange(len(counts))[:, None]).sum(axis=1)[:, None, None]
    return numpy.maximum(counts / n_curves, 0), logs / n_curves - numpy.float32(low.percentile())


def _inner(values: numpy.ndarray) -> numpy.ndarray:
    """Values of the blocks in the middle of each window."""
    half = WINDOW // 2
    return values[..., half:-half, half:-half]


def _windows(values: numpy.ndarray) -> numpy.ndarray:
    """Mean of each window that lies inside the frame."""
    return _inner(ndimage.uniform_filter(values, size=(1, WINDOW, WINDOW), mode="nearest"))


def _local_variance(centre: numpy.ndarray) -> numpy.ndarray:
    return _windows(centre[None] ** 2)[0] - _windows(centre[None])[0] ** 2


def _centres(curves: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Centre of mass and full width at half maximum of each curve, in steps, float64."""
    top = curves.max(axis=0)
    peak = peak_part(curves, top).astype(float)
    total = peak.sum(axis=0)
    moment = numpy.einsum("kyx,k->yx", peak, numpy.arange(len(curves), dtype=float))
    middle = numpy.full(total.shape, (len(curves) - 1) / 2)
    centre = numpy.divide(moment, total, out=middle, where=total > 0)
    return centre, (curves >= top / 2).sum(axis=0)


def _strong(
    lit: numpy.ndarray, top: numpy.ndarray, distance: numpy.ndarray, variance: numpy.ndarray
) -> tuple[int, ...]:
    central = lit & (distance <= CENTRE_WITHIN)
    if not central.any():
        central = lit & (distance <= distance[lit].min())
    calm = central & (variance <= numpy.quantile(variance[central], CALM_SHARE))
    return numpy.unravel_index(numpy.where(calm, top, -1).argmax(), top.shape)


def _independent(logs: numpy.ndarray, chosen: list[tuple[int, ...]]) -> numpy.ndarray:
    """Windows whose curve can be told from those of the chosen ones."""
    basis = numpy.zeros((0, len(logs)))
    for at in chosen:
        rest = residual(logs[(slice(None), *at)], basis)
        basis = numpy.vstack([basis, rest / max(numpy.linalg.norm(rest), TINY)])
    left = numpy.linalg.norm(residual(logs, basis), axis=0)
    return left > LEAST_RESIDUAL * numpy.linalg.norm(logs, axis=0)


def _richest(windows: numpy.ndarray, flank: numpy.ndarray, lit: numpy.ndarray) -> tuple[int, ...]:
    total = windows.sum(axis=0)
    share = numpy.divide(
        windows[flank].sum(axis=0), total, out=numpy.zeros(total.shape), where=total > 0
    )
    return numpy.unravel_index(numpy.where(lit, share, -1).argmax(), share.shape)
