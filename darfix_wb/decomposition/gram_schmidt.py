"""Gram-Schmidt: weak beam as what the rocking curve of the perfect crystal does not explain."""

from __future__ import annotations

import numpy
from scipy.stats import norm

from ..errors import DarfixWBError
from ..extraction import PatchedScan
from ..progress import SILENT, Monitor
from .alignment import NO_SHIFTS, TAU, LowEnd, Shifts, centre_of_mass, log2_counts, sub_grain_shifts
from .basis import orthonormal
from .region_finder import automatic_regions
from .regions import Regions
from .result import Decomposition, frames_of, log_shares

LEAST_FRAMES = 3
LEAST_SIGMA = 0.1
"""Of log2 counts; below it, the noise of a dark pixel is lost in the clipping at 1 count."""


def gram_schmidt(
    patched: PatchedScan,
    *,
    regions: Regions | None = None,
    align: bool = False,
    tau: float = TAU,
    monitor: Monitor = SILENT,
) -> Decomposition:
    """Decompose a scan along the rocking curves of three regions.

    The mean curves of ``log2(max(I - dark, 1))``, minus its 1st percentile over the scan, in the
    regions strong, weak_low and weak_high are made orthonormal in this order (`orthonormal`), and
    every pixel's curve is projected on them. Frames are read one at a time, twice (once more for
    automatic regions and once for `align`); a few images are held, however many frames there are.

    All frames of a scan with two motors make one curve; centres, flanks and shifts are counted
    within the rocking curve of each frame.

    Parameters
    ----------
    patched : PatchedScan
        Scan, grid and background.
    regions : Regions, optional
        Chosen by `automatic_regions` if not given.
    align : bool
        Move sub-grains by whole steps first (`sub_grain_shifts`). Off by default: it costs a pass
        over the frames, scans of one grain gain nothing, and it takes a deformed crystal, whose
        centre of mass really moves, for a sub-grain.
    tau : float
        Least distance of a sub-grain's peak from the others', in steps.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    Decomposition
        Three `images` ``c_j``, in log2 counts. `weak_image` is ``sqrt(c_1^2 + c_2^2)`` in sigma
        of the log counts of a dark pixel, with its background. `scores` compare
        ``|c_0| |e_0[k]|`` with ``|c_1| |e_1[k]| + |c_2| |e_2[k]|``, each averaged over the patch.

    Raises
    ------
    DarfixWBError
        If the scan has less than three frames, if regions reach beyond the frame, or if their
        curves are not independent.
    OperationCancelled
        If the monitor is asked to stop.

    Notes
    -----
    Huang, Coffee and Dresselhaus-Marais, IMMI 12:83 (2023).
    """
    scan = patched.scan
    if scan.n_frames < LEAST_FRAMES:
        raise DarfixWBError(
            f"Gram-Schmidt needs at least {LEAST_FRAMES} frames, got {scan.n_frames}. "
            "Give a whole rocking scan."
        )
    passes = iter(monitor.parts(2 + align + (regions is None)))
    if regions is None:
        regions = automatic_regions(patched, monitor=next(passes))
    regions.check_inside(scan.frame_shape)
    shifts = NO_SHIFTS
    if align:
        shifts = sub_grain_shifts(centre_of_mass(patched, monitor=next(passes)), tau=tau)
    curves, low = _region_curves(patched, regions, shifts, monitor=next(passes))
    basis = orthonormal(curves - low)
    maps = _project(patched, basis, low, shifts, monitor=next(passes))
    return Decomposition(
        method="gso",
        images=maps.astype(numpy.float32),
        curves=basis.T.copy(),
        weak=numpy.array([False, True, True]),
        weak_image=(numpy.hypot(maps[1], maps[2]) / _sigma(patched)).astype(numpy.float32),
        unit="sigma of a pixel",
        scores=_scores(patched, maps, basis, shifts),
        note=_note(shifts),
        regions=regions,
    )


def _region_curves(
    patched: PatchedScan, regions: Regions, shifts: Shifts, monitor: Monitor
) -> tuple[numpy.ndarray, float]:
    """Mean aligned curve ``(3, n_frames)`` of the log counts of each region; 1st percentile."""
    n_frames, slices = patched.scan.n_frames, regions.slices()
    sums = numpy.zeros((len(slices), len(shifts.values), n_frames))
    low = LowEnd(patched)
    for k, frame in frames_of(patched.scan, "Gram-Schmidt", monitor=monitor):
        logs = log2_counts(frame, patched)
        low.add(logs)
        for number, place in enumerate(slices):
            sums[number, :, k] = _sums_by_shift(logs[place], shifts, place)
    sources = shifts.sources(patched.scan.curves, n_frames)
    aligned = sum(sums[:, d, source] for d, source in enumerate(sources))
    return aligned / regions.areas[:, None], low.percentile()


def _sums_by_shift(logs: numpy.ndarray, shifts: Shifts, place: tuple) -> numpy.ndarray:
    if shifts.index is None:
        return logs.sum(dtype=float, keepdims=True).ravel()
    index = shifts.index[place].ravel()
    return numpy.bincount(index, weights=logs.ravel(), minlength=len(shifts.values))


def _project(
    patched: PatchedScan, basis: numpy.ndarray, low: float, shifts: Shifts, monitor: Monitor
) -> numpy.ndarray:
    """Maps ``c_j``, ``(3, height, width)`` float64.

    An aligned curve times e_j is the curve itself times weights: what e_j has in all the aligned
    frames that are taken from one.
    """
    n_frames = patched.scan.n_frames
    weights = numpy.zeros((len(shifts.values), len(basis), n_frames))
    for d, source in enumerate(shifts.sources(patched.scan.curves, n_frames)):
        numpy.add.at(weights[d].T, source, basis.T)
    maps = numpy.zeros((len(basis), *patched.scan.frame_shape))
    for k, frame in frames_of(patched.scan, "Gram-Schmidt", monitor=monitor):
        logs = log2_counts(frame, patched)
        logs -= low
        for j, total in enumerate(maps):
            if shifts.index is None:
                total += float(weights[0, j, k]) * logs
            else:
                total += weights[:, j, k][shifts.index] * logs
    return maps


def _scores(
    patched: PatchedScan, maps: numpy.ndarray, basis: numpy.ndarray, shifts: Shifts
) -> numpy.ndarray:
    """``(n_frames, rows, columns)``: shares in the frame as it was taken, not as it is aligned."""
    moved_back = Shifts(-shifts.values, shifts.index)
    strong = numpy.zeros(patched.curves.shape)
    weak = numpy.zeros_like(strong)
    sources = moved_back.sources(patched.scan.curves, patched.scan.n_frames)
    for d, source in enumerate(sources):
        here = 1.0 if shifts.index is None else shifts.index == d
        means = [patched.grid.means(numpy.abs(image) * here) for image in maps]
        shares = numpy.abs(basis[:, source])[:, :, None, None] * numpy.array(means)[:, None]
        strong += shares[0]
        weak += shares[1] + shares[2]
    return log_shares(patched, strong, weak, LEAST_SIGMA * _sigma(patched))


def _sigma(patched: PatchedScan) -> float:
    """Standard deviation of the log2 counts of a dark pixel (normal noise, clipped at 1 count)."""
    quantiles = norm.ppf((numpy.arange(1000) + 0.5) / 1000)
    logs = numpy.log2(numpy.maximum(patched.background.sigma * quantiles, 1))
    return max(float(logs.std()), LEAST_SIGMA)


def _note(shifts: Shifts) -> str:
    moved = [f"{shift:+d}" for shift in shifts.values[1:]]
    return f"sub-grains moved by {', '.join(moved)} frames" if moved else ""
