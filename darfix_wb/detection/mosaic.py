"""Mosaic crystals, whose domains look like lines and are none."""

from __future__ import annotations

from typing import NamedTuple

import numpy

from ..extraction import PatchedScan
from ..rocking_curves import peak_positions

MOST_APART = 0.1
"""Share of neighbouring patches that may have their peak in lines of the scan that are no
neighbours. Dislocations turn a crystal by far less than the second motor steps."""

LARGEST_STEP = 1.5
"""Standard deviations of a rocking curve by which the peak may move from patch to patch."""

DOMAINS = (
    "No dislocation lines were looked for: {share:.0%} of the neighbouring patches have their peak "
    "at other positions of the second motor, as in the domains of a mosaic crystal, and their "
    "edges cannot be told apart from lines. Choose a region inside one domain."
)
BLOCKS = (
    "Some lines may be edges of mosaic blocks: from patch to patch, the peak moves by "
    "{step:.1f} standard deviations of a rocking curve. Compare them with the map of peaks "
    "(darfix's grain plot)."
)


class Mosaic(NamedTuple):
    """Whether a crystal consists of domains.

    Attributes
    ----------
    hides_lines : bool
        Whether lines and domains cannot be told apart.
    warnings : tuple of str
        What to tell the user.
    """

    hides_lines: bool
    warnings: tuple[str, ...]


def mosaic(patched: PatchedScan) -> Mosaic:
    """Whether lines cannot be found in a scan because the crystal consists of domains.

    Parameters
    ----------
    patched : PatchedScan
        The scan and the rocking curves of its patches.
    """
    scan, lit = patched.scan, ~patched.empty
    if not (scan.curves and lit.any()):
        return Mosaic(False, ())
    peaks, widths = peak_positions(patched)
    best = numpy.stack([patched.curves[frames].max(axis=0) for frames in scan.curves]).argmax(
        axis=0
    )
    peak, width = (numpy.take_along_axis(one, best[None], 0)[0] for one in (peaks, widths))
    lines_apart, steps = (_between_neighbours(one, lit) for one in (best, peak))
    share = float((lines_apart > 1).mean()) if lines_apart.size else 0.0
    if share > MOST_APART:
        return Mosaic(True, (DOMAINS.format(share=share),))
    step = float(numpy.median(steps) / numpy.median(width[lit])) if steps.size else 0.0
    return Mosaic(False, (BLOCKS.format(step=step),) if step > LARGEST_STEP else ())


def _between_neighbours(values: numpy.ndarray, lit: numpy.ndarray) -> numpy.ndarray:
    """``(n,)``: differences between lit patches side by side."""
    across = numpy.abs(numpy.diff(values, axis=1))[lit[:, 1:] & lit[:, :-1]]
    down = numpy.abs(numpy.diff(values, axis=0))[lit[1:] & lit[:-1]]
    return numpy.concatenate([across, down])
