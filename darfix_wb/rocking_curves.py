"""Peak and width of a rocking curve, and how far each frame is from the peak."""

from __future__ import annotations

from collections.abc import Callable

import numpy
from scipy.signal import find_peaks

from .errors import DarfixWBError
from .extraction import PatchedScan

PEAK_SHARE = 0.2
"""Values above this share of a curve's maximum make up its peak; also a peak's least prominence."""

PEAK_SNR = 5.0
"""A peak's least prominence in sigma of a patch's mean: the range of noise alone is nearly that."""

LEAST_STEPS = 3
"""A curve with fewer frames tells nothing about its peak."""

SIGMA_PER_FWHM = 1 / 2.355


def enough_frames(patched: PatchedScan) -> bool:
    """Whether a scan has rocking curves that say more than single frames."""
    return patched.scan.n_steps >= LEAST_STEPS


def long_curves(patched: PatchedScan) -> list[numpy.ndarray]:
    """The rocking curves of a scan that say more than single frames, as lists of frames."""
    return [frames for frames in patched.scan.curves if len(frames) >= LEAST_STEPS]


def peak_part(curves: numpy.ndarray, top: numpy.ndarray | float) -> numpy.ndarray:
    """The values that make up the peak of each curve, 0 elsewhere.

    Parameters
    ----------
    curves : numpy.ndarray
        ``(n_steps, ...)`` counts above dark, not below 0.
    top : numpy.ndarray or float
        ``(...)``, the maximum of each curve.

    Examples
    --------
    >>> peak_part(numpy.array([0.0, 1.0, 4.0, 10.0, 3.0, 2.0]), 10.0)
    array([ 0.,  0.,  4., 10.,  3.,  0.])
    """
    return numpy.where(curves > PEAK_SHARE * top, curves, 0)


def peak_centre_and_width(
    curves: numpy.ndarray, angles: numpy.ndarray, lit: numpy.ndarray, *, least: float = 0.0
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Where each rocking curve has its peak, and how wide it is.

    Parameters
    ----------
    curves : numpy.ndarray
        ``(n_steps, rows, columns)`` mean counts above dark.
    angles : numpy.ndarray
        ``(n_steps,)`` float64, rising or falling.
    lit : numpy.ndarray
        ``(rows, columns)`` bool: patches with signal; the typical width is the median over them.
    least : float
        The top of a curve is not taken to be below this, counts.

    Returns
    -------
    centre : numpy.ndarray
        ``(rows, columns)`` float64, in the unit of `angles`: the centre of mass of `peak_part`. NaN
        where a curve has none.
    width : numpy.ndarray
        ``(rows, columns)`` float64, in the unit of `angles`: ``FWHM / 2.355``, not below that of
        the typical curve.
    """
    signal = numpy.maximum(curves, 0)
    top = numpy.maximum(signal.max(axis=0), least)
    above = peak_part(signal, top)
    with numpy.errstate(invalid="ignore"):
        centre = (above * angles[:, None, None]).sum(axis=0) / above.sum(axis=0)
    steps = numpy.abs(numpy.gradient(angles)) if len(angles) > 1 else numpy.ones(1)
    fwhm = ((signal >= top / 2) * steps[:, None, None]).sum(axis=0)
    typical = numpy.median(fwhm[lit] if lit.any() else fwhm)
    smallest = steps[steps > 0].min() if steps.any() else 1.0
    return centre, numpy.maximum(numpy.maximum(fwhm, typical), smallest) * SIGMA_PER_FWHM


def peak_angles(patched: PatchedScan) -> numpy.ndarray:
    """Angle of the highest peak of each patch in each rocking curve.

    Parameters
    ----------
    patched : PatchedScan
        The scan and the rocking curves of its patches.

    Returns
    -------
    numpy.ndarray
        ``(n_curves, rows, columns)`` float64, in the unit of the scan's angles, as in
        `peak_centre_and_width`. NaN where a curve has no signal.
    """
    return numpy.stack([_centre_and_width(patched, frames)[0] for frames in patched.scan.curves])


def peak_positions(patched: PatchedScan) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Peak and width of each patch in each rocking curve, known everywhere.

    Parameters
    ----------
    patched : PatchedScan
        The scan and the rocking curves of its patches.

    Returns
    -------
    peaks, widths : numpy.ndarray
        ``(n_curves, rows, columns)`` float64, in the unit of the scan's angles, as in
        `peak_centre_and_width`; the middle of the curve where it has no signal.
    """
    curves = patched.scan.curves
    peaks, widths = numpy.empty((2, len(curves), *patched.grid.shape))
    for frames, peak, width in zip(curves, peaks, widths, strict=True):
        centre, width[:] = _centre_and_width(patched, frames)
        middle = numpy.median(patched.scan.angles[frames])
        peak[:] = numpy.where(numpy.isnan(centre), middle, centre)
    return peaks, widths


class CurveMaps:
    """A value of each patch in each rocking curve, as reduced maps of the pixels.

    Parameters
    ----------
    patched : PatchedScan
        The scan and its grid.
    values : numpy.ndarray
        ``(n_curves, rows, columns)``, e.g. of `peak_positions`.
    reduce : callable
        Applied to the map ``(height, width)`` of each curve.
    """

    def __init__(
        self,
        patched: PatchedScan,
        values: numpy.ndarray,
        *,
        reduce: Callable[[numpy.ndarray], numpy.ndarray],
    ) -> None:
        self._grid, self._values, self._reduce = patched.grid, values, reduce
        self._curve = numpy.zeros(patched.scan.n_frames, dtype=int)
        for number, frames in enumerate(patched.scan.curves):
            self._curve[frames] = number
        self._last: tuple[int, numpy.ndarray] | None = None

    def __call__(self, index: int) -> numpy.ndarray:
        """The reduced map of the rocking curve of frame `index`."""
        curve = self._curve[index]
        if self._last is None or self._last[0] != curve:
            self._last = (curve, self._reduce(self._grid.stitch(self._values[curve])))
        return self._last[1]


def distance_from_peak(patched: PatchedScan) -> numpy.ndarray:
    """How far each frame is from the nearest peak of each patch, in widths of its rocking curve.

    Parameters
    ----------
    patched : PatchedScan
        The scan and the rocking curves of its patches.

    Returns
    -------
    numpy.ndarray
        ``(n_frames, rows, columns)`` float64, ``|z|``; infinite where a curve has no signal.

    Raises
    ------
    DarfixWBError
        If a rocking curve has fewer than three frames.
    """
    n_steps = patched.scan.n_steps
    if n_steps < LEAST_STEPS:
        raise DarfixWBError(
            f"The angle rule needs rocking curves of at least {LEAST_STEPS} frames, got {n_steps}. "
            "Classify single frames by a network."
        )
    distance = numpy.full(patched.curves.shape, numpy.inf)
    for frames in patched.scan.curves:
        angles = patched.scan.angles[frames]
        centre, width = _centre_and_width(patched, frames)
        z = numpy.abs(angles[:, None, None] - centre) / width
        _take_nearer_peaks(z, angles, patched.curves[frames], width, PEAK_SNR * patched.noise)
        distance[frames] = numpy.nan_to_num(z, nan=numpy.inf)
    return distance


def _centre_and_width(
    patched: PatchedScan, frames: numpy.ndarray
) -> tuple[numpy.ndarray, numpy.ndarray]:
    """As `peak_centre_and_width`, of one rocking curve; NaN where it does not exceed the noise."""
    curves = patched.curves[frames]
    signal = curves.max(axis=0) > patched.noise
    centre, width = peak_centre_and_width(
        curves, patched.scan.angles[frames], signal & ~patched.empty
    )
    centre[~signal] = numpy.nan
    return centre, width


def _take_nearer_peaks(
    z: numpy.ndarray,
    angles: numpy.ndarray,
    curves: numpy.ndarray,
    width: numpy.ndarray,
    least: float,
) -> None:
    """Where a curve has several peaks, measure the distance from the nearest, in place.

    A peak stands out by a fifth of the curve's maximum and by `least` counts; the ends of the scan
    may be peaks.
    """
    prominence = numpy.maximum(PEAK_SHARE * curves.max(axis=0), least)
    padded = numpy.pad(curves, ((1, 1), (0, 0), (0, 0)), constant_values=curves.min())
    for row, column in numpy.ndindex(width.shape):
        peaks, _ = find_peaks(padded[:, row, column], prominence=prominence[row, column])
        if len(peaks) > 1:
            offsets = numpy.abs(angles[:, None] - angles[peaks - 1]) / width[row, column]
            z[:, row, column] = offsets.min(axis=1)
