"""Weak and strong by brightness alone: one threshold for all patches, fitted on labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from darfix_wb.beam import BeamCondition, BeamMap
from darfix_wb.extraction import PatchedScan
from darfix_wb.labels import LabelMap, check_classes

from .decoding import set_empty


@dataclass(frozen=True)
class FrameThreshold:
    """A logistic curve of the logarithm of a patch's mean counts above dark.

    Attributes
    ----------
    log_counts : float
        Natural logarithm of the counts at which weak and strong are equally likely.
    slope : float
        Steepness of the curve.
    """

    log_counts: float
    slope: float

    def __call__(self, patched: PatchedScan) -> BeamMap:
        """Classify each patch by its brightness, and EMPTY by its rocking curve."""
        strong = expit((_log_counts(patched) - self.log_counts) * self.slope)
        probabilities = numpy.stack([1 - strong, strong, numpy.zeros_like(strong)], axis=-1)
        set_empty(probabilities, patched.empty)
        return BeamMap(probabilities.astype(numpy.float32), patched.grid, method="frame-threshold")


def fit_frame_threshold(patched: PatchedScan, labels: LabelMap) -> FrameThreshold:
    """The threshold that tells the labelled weak patches from the strong ones.

    Raises
    ------
    DarfixWBError
        If labels are of another grid, or of one class only.
    """
    labels.check_fits(patched.scan.n_frames, patched.grid)
    check_classes([labels])
    known = labels.values < BeamCondition.EMPTY
    fit = LogisticRegression(C=1e3, class_weight="balanced")
    fit.fit(_log_counts(patched)[known][:, None], labels.values[known] == BeamCondition.STRONG)
    slope = float(fit.coef_[0, 0])
    return FrameThreshold(-float(fit.intercept_[0]) / slope, slope)


def _log_counts(patched: PatchedScan) -> numpy.ndarray:
    return numpy.log(numpy.maximum(patched.curves, patched.noise))
