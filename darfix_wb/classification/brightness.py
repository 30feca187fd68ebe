"""Weak and strong by brightness alone: one threshold for all patches, fitted on labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from darfix_wb.beam import BeamMap
from darfix_wb.extraction import PatchedScan
from darfix_wb.labels import LabelMap

from .score_rule import ScoreRule, fit_score_rule


def ln_counts(patched: PatchedScan) -> numpy.ndarray:
    """Natural logarithm of the mean counts above dark of each patch, not below its noise.

    Returns
    -------
    numpy.ndarray
        ``(n_frames, rows, columns)`` float64.
    """
    return numpy.log(numpy.maximum(patched.curves, patched.noise))


@dataclass(frozen=True)
class FrameThreshold:
    """A logistic curve of `ln_counts`.

    Attributes
    ----------
    rule : ScoreRule
        Its threshold is the natural logarithm of the counts at which weak and strong are equally
        likely.
    """

    rule: ScoreRule

    def __call__(self, patched: PatchedScan) -> BeamMap:
        """Classify each patch by its brightness, and EMPTY by its rocking curve."""
        return self.rule(ln_counts(patched), patched, "frame-threshold")


def fit_frame_threshold(patched: PatchedScan, labels: LabelMap) -> FrameThreshold:
    """The threshold that tells the labelled weak patches from the strong ones.

    Raises
    ------
    DarfixWBError
        If labels are of another grid, or of one class only.
    """
    labels.check_fits(patched.scan.n_frames, patched.grid)
    return FrameThreshold(fit_score_rule([(ln_counts(patched), labels)]))
