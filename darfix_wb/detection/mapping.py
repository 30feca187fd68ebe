"""From the frames of a scan to a map of its dislocations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy

from ..dislocation_image import DislocationImage, dislocation_image
from ..extraction import PatchedScan
from ..progress import SILENT, Monitor
from .dislocation_map import DislocationMap
from .mosaic import Mosaic, mosaic
from .tracing import THRESHOLD, check_line_threshold, trace_lines

if TYPE_CHECKING:
    from .detector import LineDetector

READING_SHARE = 0.7


def map_dislocations(
    patched: PatchedScan,
    *,
    detector: LineDetector | None = None,
    threshold: float = THRESHOLD,
    device: str = "auto",
    monitor: Monitor = SILENT,
) -> DislocationMap:
    """Find the dislocations of a scan, without any label; its frames are read once.

    In a scan of mosaic domains no lines are looked for, and `warnings` say so: the probability is
    NaN and the table is empty.

    Parameters
    ----------
    patched : PatchedScan
        Scan, grid and background, from `darfix_wb.extraction.extract`.
    detector : LineDetector, optional
        The shipped one if not given.
    threshold : float
        Probability that a line reaches, between 0 and 1.
    device : str
        As `darfix_wb.device.resolve_device`.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Raises
    ------
    DarfixWBError
        If the threshold or the device cannot be, before any frame is read.
    """
    from ..device import resolve_device
    from .detector import LineDetector

    check_line_threshold(threshold)
    resolve_device(device)
    detector = detector or LineDetector.load()
    reading, finding = monitor.part(0, READING_SHARE), monitor.part(READING_SHARE, 1)
    found = dislocation_image(patched, monitor=reading)
    return find_lines(
        found, mosaic(patched), detector, threshold=threshold, device=device, monitor=finding
    )


def find_lines(
    found: DislocationImage,
    seen: Mosaic,
    detector: LineDetector,
    *,
    features: numpy.ndarray | None = None,
    threshold: float = THRESHOLD,
    device: str = "auto",
    monitor: Monitor = SILENT,
) -> DislocationMap:
    """The second half of `map_dislocations`, for which no frame is needed.

    Parameters
    ----------
    found : DislocationImage
        From `darfix_wb.dislocation_image.dislocation_image`.
    seen : Mosaic
        Whether lines can be told from domains, from `mosaic`.
    features : numpy.ndarray, optional
        As of `LineDetector.probability`.
    detector, threshold, device, monitor
        As in `map_dislocations`.
    """
    if seen.hides_lines:
        probability = numpy.full_like(found.image, numpy.nan)
    else:
        probability = detector.probability(found, features=features, device=device, monitor=monitor)
    lines = trace_lines(probability, found.low, found.high, threshold=threshold)
    return DislocationMap(
        image=found.image,
        low=found.low,
        high=found.high,
        probability=probability,
        lines=lines,
        detector_hash=detector.hash,
        warnings=(*found.warnings, *seen.warnings),
    )
