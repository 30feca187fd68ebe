"""The rocking curve of a dislocation line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy
from scipy.ndimage import distance_transform_edt

from ...beam import BeamMap
from ...detection.lines import Lines
from ...progress import SILENT, Monitor
from ...rocking_curves import peak_centre_and_width
from ...scan import RockingScan

REACH_PX = 3
"""Pixels at most this far from the centre line belong to the line."""

AROUND_PX = (6, 12)
"""Pixels between these distances, and off all other lines, are its surroundings."""


@dataclass(frozen=True)
class LineCurve:
    """Mean counts of a line, and of what is around it, over the rocking angle.

    Attributes
    ----------
    line : int
        Row in the table of lines.
    angles : numpy.ndarray
        ``(n_steps,)`` float64, in the unit of the scan.
    counts : numpy.ndarray
        ``(n_steps,)`` float64: mean over the valid pixels at most `REACH_PX` from the centre line.
    around : numpy.ndarray
        ``(n_steps,)`` float64: mean over its surroundings; NaN where there are none.
    peak : float
        Angle of the peak of `counts`; NaN without any.
    above_dark : bool
        Whether counts are above the dark level, as it was known.
    """

    line: int
    angles: numpy.ndarray
    counts: numpy.ndarray
    around: numpy.ndarray
    peak: float
    above_dark: bool


def dark_level(beam_map: BeamMap | None, scan: RockingScan) -> float | numpy.ndarray | None:
    """Counts of a dark pixel as a classification or its scan knows them; None where none does."""
    record = None if beam_map is None else beam_map.record
    if record is not None and not isinstance(record.dark, str):
        return record.dark
    return scan.dark


def read_line_curve(
    scan: RockingScan,
    lines: Lines,
    line: int,
    *,
    dark: float | numpy.ndarray | None = None,
    invalid: numpy.ndarray | None = None,
    monitor: Monitor = SILENT,
) -> LineCurve:
    """Read the rocking curve of a line; of a scan with several curves, that with the highest peak.

    Parameters
    ----------
    scan : RockingScan
        The frames, which are read one at a time.
    lines : Lines
        Of images of its shape.
    line : int
        Row in the table of lines.
    dark : float or numpy.ndarray, optional
        Counts of a dark pixel, one for the detector or ``(height, width)``.
    invalid : numpy.ndarray, optional
        ``(height, width)`` bool: pixels that are left out.
    monitor : Monitor
        Asked whether to stop.
    """
    places = _places(lines, line, invalid)
    levels = [0.0 if dark is None else _mean(dark, pixels) for pixels in places]
    counts = numpy.full((2, scan.n_frames), numpy.nan)
    for index in numpy.flatnonzero(scan.used):
        monitor.check("Reading the rocking curve was cancelled.")
        frame = numpy.asarray(scan.frames[index])
        counts[:, index] = [_mean(frame, pixels) for pixels in places]
    counts -= numpy.array(levels)[:, None]
    heights = [numpy.nan_to_num(counts[0, frames], nan=-numpy.inf).max() for frames in scan.curves]
    frames = scan.curves[int(numpy.argmax(heights))]
    angles = scan.angles[frames]
    own, around = counts[:, frames]
    return LineCurve(line, angles, own, around, _peak(own, angles), dark is not None)


def _places(lines: Lines, line: int, invalid: numpy.ndarray | None) -> list[tuple]:
    """Indices of the pixels of a line, and of those around it."""
    path, margin = lines.path(line), AROUND_PX[1]
    top, left = numpy.maximum(path.min(axis=0) - margin, 0)
    bottom, right = path.max(axis=0) + margin + 1
    index_map = lines.index_map[top:bottom, left:right]
    distance = distance_transform_edt(index_map != line)
    good = numpy.ones(index_map.shape, dtype=bool)
    if invalid is not None:
        good = ~invalid[top:bottom, left:right]
    near = good & (distance <= REACH_PX)
    around = good & (distance >= AROUND_PX[0]) & (distance <= AROUND_PX[1])
    around &= distance_transform_edt(index_map < 0) > REACH_PX
    return [(rows + top, columns + left) for rows, columns in map(numpy.nonzero, (near, around))]


def _mean(image: float | numpy.ndarray, pixels: tuple) -> float:
    if numpy.ndim(image) == 0:
        return float(image)
    values = numpy.asarray(image[pixels], dtype=float)
    values = values[numpy.isfinite(values)]
    return float(values.mean()) if values.size else numpy.nan


def _peak(counts: numpy.ndarray, angles: numpy.ndarray) -> float:
    """As in `darfix_wb.rocking_curves`, of what rises above the lowest counts."""
    if not numpy.isfinite(counts).any():
        return numpy.nan
    signal = numpy.nan_to_num(counts - numpy.nanmin(counts))[:, None, None]
    centre, _ = peak_centre_and_width(signal, angles, numpy.ones((1, 1), dtype=bool))
    return float(centre[0, 0])
