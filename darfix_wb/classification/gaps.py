"""Rocking curves across frames that are left out."""

from __future__ import annotations

import numpy
from scipy.interpolate import CubicSpline

from ..extraction import PatchedScan


def whole_curve(patched: PatchedScan, frames: numpy.ndarray) -> numpy.ndarray:
    """A rocking curve with the frames that are left out of it, as far as their angles are known.

    Parameters
    ----------
    patched : PatchedScan
        The scan.
    frames : numpy.ndarray
        ``(n_steps,)`` int64, one of the scan's curves.

    Returns
    -------
    numpy.ndarray
        ``(n,)`` int64: those between the first and the last of `frames`, these included.
    """
    scan = patched.scan
    if not scan.left_out:
        return frames
    whole = next(curve for curve in scan.whole_curves if numpy.isin(frames, curve).all())
    angles = scan.angles[whole]
    low, high = scan.angles[frames[[0, -1]]]
    return whole[(angles >= low) & (angles <= high)]


def fill_gaps(
    values: numpy.ndarray, angles: numpy.ndarray, missing: numpy.ndarray
) -> numpy.ndarray:
    """Values with those of missing steps interpolated from the others, by cubic splines.

    Parameters
    ----------
    values : numpy.ndarray
        ``(n_steps, ...)``.
    angles : numpy.ndarray
        ``(n_steps,)``, rising.
    missing : numpy.ndarray
        ``(n_steps,)`` bool; neither the first nor the last.

    Returns
    -------
    numpy.ndarray
        As `values`, a copy.

    Examples
    --------
    >>> fill_gaps(numpy.array([9.0, 4.0, 0.0, 0.0, 1.0, 4.0]), numpy.arange(6), [0, 0, 1, 0, 0, 0])
    array([9., 4., 1., 0., 1., 4.])
    """
    filled = numpy.array(values)
    missing = numpy.asarray(missing, dtype=bool)
    # Angles of two frames may be equal: the spline needs one of them.
    known = numpy.flatnonzero(~missing)
    known = known[numpy.unique(angles[known], return_index=True)[1]]
    filled[missing] = CubicSpline(angles[known], values[known])(angles[missing])
    return filled


def hides_peak(curves: numpy.ndarray, missing: numpy.ndarray) -> numpy.ndarray:
    """Where the peak is in a gap of several frames, so that nobody knows how high it is.

    Parameters
    ----------
    curves : numpy.ndarray
        ``(n_steps, rows, columns)`` counts above dark, gaps filled.
    missing : numpy.ndarray
        ``(n_steps,)`` bool.

    Returns
    -------
    numpy.ndarray
        ``(rows, columns)`` bool.
    """
    in_gap = missing & (numpy.roll(missing, 1) | numpy.roll(missing, -1))
    if not in_gap.any():
        return numpy.zeros(curves.shape[1:], dtype=bool)
    return curves[in_gap].max(axis=0) > curves[~missing].max(axis=0)
