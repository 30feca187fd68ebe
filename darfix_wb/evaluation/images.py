"""How well the weak-beam image of an answer shows the dislocations."""

from __future__ import annotations

import math
from dataclasses import asdict

import numpy

from ..errors import DarfixWBError
from ..image_quality.block_edges import block_edge_energy
from ..image_quality.bright_contrast import bright_contrast
from ..image_quality.figures import linear_figures
from ..image_quality.line_figures import line_figures, scored_region
from ..image_quality.shown import PROBABILITY, as_shown, in_sigma
from ..known_scan import KnownScan
from ..methods.method import Answer
from ..methods.runner import weak_image
from ..progress import SILENT, Monitor
from ..truth import LineTruth

ZERO_WITHOUT_IMAGE = (
    "average_precision",
    "average_precision_unfiltered",
    "best_f1",
    "f1",
    "lines_found",
)
"""Of an image in which no frame contributed, where there are lines to be found."""


def image_figures(
    scan: KnownScan, answer: Answer, *, monitor: Monitor = SILENT
) -> dict[str, float]:
    """Figures of the weak-beam image, over the pixels of patches that carry signal.

    Where lines are known, they are found in the image `as_shown`, the same transformation for all
    methods; contrast to noise and leakage are those of the image in its own unit. The figures that
    need no truth are those of the image in sigma of its noise.

    An image in which no frame contributed, because all was called strong, finds no line: its
    average precision, F1 and lines found are 0, so that it lowers the mean over scans.

    Parameters
    ----------
    scan : KnownScan
        Its lines, where they are known, and its strong-beam image by the truth.
    answer : Answer
        Its weak-beam image, or the conditions to integrate the frames by.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    dict
        ``bright_contrast`` and ``block_edges`` (see `bright_contrast`, `block_edge_energy`; the
        latter nan where the image is too small or a patch below 16 px) for any scan. Where lines
        are known, also the figures of `LineFigures`, ``contrast_to_noise`` and ``leakage``.
    """
    image, unit = weak_image(scan.patched, answer, monitor=monitor)
    lit = scan.patched.grid.stitch(~scan.patched.empty) > 0.5
    image = numpy.where(lit, image, numpy.nan)
    figures = {} if scan.lines is None else _against_lines(image, unit, scan, lit)
    sigma = in_sigma(image, unit=unit)
    return figures | {
        "bright_contrast": bright_contrast(sigma),
        "block_edges": _block_edges(sigma, scan),
    }


def known_lines(scan: KnownScan) -> LineTruth | None:
    """The lines of a scan: by number where that is known, else the parts of its mask."""
    if scan.line_truth is not None or scan.lines is None:
        return scan.line_truth
    return LineTruth.from_mask(scan.lines)


def _against_lines(
    image: numpy.ndarray, unit: str, scan: KnownScan, lit: numpy.ndarray
) -> dict[str, float]:
    truth = known_lines(scan)
    shown = as_shown(image, unit=unit)
    found = asdict(line_figures(shown, truth, region=lit, is_probability=unit == PROBABILITY))
    scored = lit & scored_region(truth)
    found |= linear_figures(image, truth.mask, strong_image=scan.strong_image, region=scored)
    if (truth.mask & lit).any() and not numpy.isfinite(image).any():
        found |= dict.fromkeys(ZERO_WITHOUT_IMAGE, 0.0)
    return found


def _block_edges(sigma: numpy.ndarray, scan: KnownScan) -> float:
    try:
        return block_edge_energy(sigma, period_px=scan.patched.grid.patch_size)
    except DarfixWBError:
        return math.nan
