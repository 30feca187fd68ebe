"""How well the weak-beam image of an answer shows the dislocations."""

from __future__ import annotations

from dataclasses import asdict

import numpy

from ..image_quality.figures import image_quality
from ..known_scan import KnownScan
from ..methods.method import Answer
from ..methods.runner import weak_image
from ..progress import SILENT, Monitor


def image_figures(
    scan: KnownScan, answer: Answer, *, monitor: Monitor = SILENT
) -> dict[str, float]:
    """Figures of the weak-beam image, over the pixels of patches that carry signal.

    An image in which no frame contributed, because all was called strong, finds no line: its
    average precision and F1 are 0, so that it lowers the mean over scans.

    Parameters
    ----------
    scan : KnownScan
        Its visible dislocations, and its strong-beam image by the truth.
    answer : Answer
        Its weak-beam image, or the conditions to integrate the frames by.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    dict
        As `darfix_wb.image_quality.figures.ImageQuality`; empty where no line is known.
    """
    if scan.lines is None:
        return {}
    image, _ = weak_image(scan.patched, answer, monitor=monitor)
    lit = scan.patched.grid.stitch(~scan.patched.empty) > 0.5
    found = asdict(image_quality(image, scan.lines, strong_image=scan.strong_image, region=lit))
    if scan.lines.any() and not numpy.isfinite(image[lit]).any():
        found |= {"average_precision": 0.0, "best_f1": 0.0}
    return found
