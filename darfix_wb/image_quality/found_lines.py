"""Which true lines have a detection, and which detections have a true line."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy

from ..detection.targets import near, numbered_centres
from ..truth import NO_LINE, LineClass, LineTruth
from .detections import Detections, thinned

LEAST_FOUND = 0.5
"""Share of a line's centre line that must have a detected pixel nearby."""


@dataclass(frozen=True, eq=False)
class FoundLines:
    """What was found of some lines.

    Attributes
    ----------
    found : numpy.ndarray
        ``(n,)`` bool: each true line, whether it was found.
    classes : numpy.ndarray or None
        ``(n,)`` uint8: the `LineClass` of each; None where not known.
    n_false : int
        Connected detections without a line, shown or hidden.
    n_at_boundaries : int
        Connected detections with a line in a boundary.
    """

    found: numpy.ndarray
    classes: numpy.ndarray | None
    n_false: int
    n_at_boundaries: int

    def share(self) -> float:
        """Share of the true lines that were found; nan without any."""
        return _share(self.found)

    def precision(self) -> float:
        """Lines found over lines found and false ones; nan without any."""
        n_found = int(self.found.sum())
        return n_found / (n_found + self.n_false) if n_found + self.n_false else math.nan

    def share_by_class(self) -> dict[str, float]:
        """The same for each class by its name; nan where it has no line or is not known."""
        return {
            f"found_{kind.name.lower()}": math.nan
            if self.classes is None
            else _share(self.found[self.classes == kind])
            for kind in LineClass
        }

    @property
    def blobs_per_boundary_line(self) -> float:
        """Connected detections at boundaries over their lines; nan without boundaries."""
        if self.classes is None or not (self.classes == LineClass.BOUNDARY).any():
            return math.nan
        return self.n_at_boundaries / int((self.classes == LineClass.BOUNDARY).sum())


def found_lines(
    detections: Detections,
    truth: LineTruth,
    near_shown: numpy.ndarray,
    near_hidden: numpy.ndarray,
    region: numpy.ndarray,
    *,
    tolerance_px: int,
) -> FoundLines:
    """Hold detections against the lines.

    Parameters
    ----------
    detections : Detections
        In the region.
    truth : LineTruth
        The lines. What is left of a line in the region counts, if it is more than a speck.
    near_shown, near_hidden : numpy.ndarray
        ``(rows, columns)`` bool: pixels at most `tolerance_px` from a line that shows, and from
        one that does not.
    region : numpy.ndarray
        ``(rows, columns)`` bool: lit pixels.
    tolerance_px : int
        How far a detection may lie from a line.
    """
    centres = line_centres(truth, region)
    numbers = numpy.unique(centres[centres != NO_LINE])
    classes = None if truth.classes is None else truth.classes[numbers]
    explained = detections.touching(near_shown | near_hidden)
    in_boundaries = [] if classes is None else numbers[classes == LineClass.BOUNDARY]
    boundaries = numpy.isin(truth.numbers, in_boundaries) & region
    at_boundaries = detections.touching(near(boundaries, tolerance_px))
    return FoundLines(
        found=_found(detections, centres, numbers, tolerance_px),
        classes=classes,
        n_false=int((~explained).sum()),
        n_at_boundaries=int(at_boundaries.sum()),
    )


def line_centres(truth: LineTruth, region: numpy.ndarray) -> numpy.ndarray:
    """Centre lines of the true lines in a region, each thinned by itself.

    Returns
    -------
    numpy.ndarray
        ``(rows, columns)`` int32: number of the line on its centre line; -1 elsewhere.
    """
    numbers = numpy.where(region, truth.numbers, NO_LINE)
    return numbered_centres(numbers, thin=lambda mask: thinned(mask)[1])


def _found(
    detections: Detections, centres: numpy.ndarray, numbers: numpy.ndarray, tolerance_px: int
) -> numpy.ndarray:
    where = centres != NO_LINE
    reached = near(detections.mask, tolerance_px)[where]
    line = numpy.searchsorted(numbers, centres[where])
    n_reached = numpy.bincount(line, weights=reached, minlength=len(numbers))
    return n_reached >= LEAST_FOUND * numpy.bincount(line, minlength=len(numbers))


def _share(found: numpy.ndarray) -> float:
    return float(found.mean()) if found.size else math.nan
