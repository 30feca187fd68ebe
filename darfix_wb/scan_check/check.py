"""Look at a scan before anything is computed."""

from __future__ import annotations

from dataclasses import replace

import numpy

from ..extraction import PatchedScan, extract
from ..patches import DEFAULT_PATCH_SIZE
from ..pixels import GivenMask
from ..progress import SILENT, Monitor
from ..rocking_curves import peak_angles
from ..scan import RockingScan
from .beam import beam_finding, beam_jumps
from .darkness import darkness_finding, removed_finding
from .frames import frames_finding, left_out_finding, pixels_finding
from .gain import gain_finding
from .intensities import frame_intensities
from .peaks import peaks_finding
from .photon_transfer import fit_gain
from .positions import grid_finding, order_finding
from .report import Figures, ScanReport
from .sample import Sample, take_sample
from .saturation import measure_saturation, saturation_finding
from .watched_frames import WatchedFrames

PASS_SHARE = 0.7
"""Of the work, the pass over all frames; the rest is the sample."""


def check_scan(
    scan: RockingScan,
    *,
    patch_size: int = DEFAULT_PATCH_SIZE,
    mask: GivenMask | None = None,
    monitor: Monitor = SILENT,
) -> tuple[ScanReport, PatchedScan]:
    """Say what is in a scan, and what of it is not as it should be.

    All frames are read once, one at a time, and at most 16 of them a second time.

    Parameters
    ----------
    scan : RockingScan
        The frames and their angles.
    patch_size : int
        Side in pixels of the patches whose rocking curves are looked at; the frame's shorter side
        where that is less.
    mask : GivenMask, optional
        Invalid pixels beside those that are found.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    report : ScanReport
        The findings, and what the plots show.
    patched : PatchedScan
        The patches that were cut for it.

    Raises
    ------
    DarfixWBError
        If the frames cannot be read, or show nothing but one value.

    Examples
    --------
    >>> frames = numpy.random.default_rng(0).normal(100, 4, (11, 64, 96))
    >>> frames[4:7] += [[[250.0]], [[400.0]], [[250.0]]]
    >>> report, _ = check_scan(RockingScan(frames, 0.01 * numpy.arange(11), "phi", "degree"))
    >>> report.finding("motors").verdict, report.finding("motors").sentence
    ('ok', 'phi rocks from 0 to 0.1 degree in 1 rocking curve of 11 frames, a step of 0.01 degree.')
    """
    watched = WatchedFrames(scan.frames)
    patched = extract(
        replace(scan, frames=watched),
        patch_size=min(patch_size, *scan.frame_shape),
        mask=mask,
        monitor=monitor.part(0, PASS_SHARE),
    )
    patched = replace(patched, scan=replace(patched.scan, frames=scan.frames))
    lowest, highest = numpy.nanmin(watched.lowest), numpy.nanmax(watched.highest)
    sample = take_sample(patched, lowest, highest, monitor=monitor.part(PASS_SHARE, 1))
    return _report(patched, watched, sample), patched


def _report(patched: PatchedScan, watched: WatchedFrames, sample: Sample) -> ScanReport:
    scan, background = patched.scan, patched.background
    transfer = fit_gain(sample.noise, background.mean_level, background.sigma)
    saturation = measure_saturation(patched, watched, sample)
    jumps, n_seen = beam_jumps(patched)
    findings = (
        frames_finding(scan),
        grid_finding(scan),
        order_finding(patched),
        peaks_finding(patched),
        darkness_finding(patched, transfer.gain),
        removed_finding(patched, float(numpy.nanmean(watched.zeros))),
        gain_finding(transfer, len(sample.noise)),
        saturation_finding(saturation, patched, watched, sample),
        pixels_finding(scan),
        left_out_finding(scan),
        beam_finding(jumps, n_seen, scan.n_frames),
    )
    figures = Figures(
        mean_frame=watched.mean_frame,
        invalid=None if scan.mask is None else scan.mask.invalid,
        angles=scan.angles,
        angle_label=f"{scan.motor or 'angle'} ({scan.unit})" if scan.unit else scan.motor,
        intensities=frame_intensities(patched),
        left_out=scan.left_out,
        jumps=tuple(jumps),
        levels=sample.levels,
        numbers=sample.numbers,
        dark_level=background.mean_level,
        sigma=float(background.sigma),
        saturation_level=saturation.level,
        transfer=transfer,
        peak_angles=_peak_map(patched),
        patch_size=patched.grid.patch_size,
    )
    return ScanReport(scan.source, findings, figures)


def _peak_map(patched: PatchedScan) -> numpy.ndarray:
    """``(rows, columns)`` float64: peak of each patch on the curve that is brightest there."""
    if not patched.scan.curves:
        return numpy.full(patched.grid.shape, numpy.nan)
    curves = numpy.nan_to_num(patched.curves, nan=-numpy.inf)
    tops = numpy.stack([curves[frames].max(axis=0) for frames in patched.scan.curves])
    best = tops.argmax(axis=0)[None]
    angles = numpy.take_along_axis(peak_angles(patched), best, axis=0)[0]
    return numpy.where(patched.empty, numpy.nan, angles)
