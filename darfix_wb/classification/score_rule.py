"""Weak or strong by one number per patch: a logistic curve of it, fitted on labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from darfix_wb.beam import BeamCondition, BeamMap
from darfix_wb.extraction import PatchedScan
from darfix_wb.labels import LabelMap, check_classes

from .decoding import set_empty

INVERSE_REGULARISATION = 1e3


@dataclass(frozen=True)
class ScoreRule:
    """The probability of strong beam as a logistic curve of a score.

    Attributes
    ----------
    threshold : float
        Score at which weak and strong are equally likely.
    slope : float
        Steepness of the curve, above 0 where a higher score means strong beam.
    """

    threshold: float
    slope: float

    def __call__(self, scores: numpy.ndarray, patched: PatchedScan, method: str) -> BeamMap:
        """Classify each patch by its score, and EMPTY by its rocking curve.

        Parameters
        ----------
        scores : numpy.ndarray
            ``(n_frames, rows, columns)``, finite.
        patched : PatchedScan
            The scan that they belong to.
        method : str
            Name of the method, for the map.
        """
        strong = expit((scores - self.threshold) * self.slope)
        probabilities = numpy.stack([1 - strong, strong, numpy.zeros_like(strong)], axis=-1)
        probabilities = probabilities.astype(numpy.float32)
        set_empty(probabilities, patched.empty)
        return BeamMap(
            probabilities, patched.grid, method=method, record=patched.record(device="cpu")
        )


def fit_score_rule(known: Sequence[tuple[numpy.ndarray, LabelMap]]) -> ScoreRule:
    """The curve that tells the labelled weak patches from the strong ones.

    Parameters
    ----------
    known : sequence of (numpy.ndarray, LabelMap)
        Scores ``(n_frames, rows, columns)`` of each labelled scan, and its labels.

    Raises
    ------
    DarfixWBError
        If labels have another shape than their scores, or are of one class only.
    """
    check_classes([labels for _, labels in known])
    lit = [labels.values < BeamCondition.EMPTY for _, labels in known]
    values = numpy.concatenate([part[0][here] for part, here in zip(known, lit, strict=True)])
    targets = numpy.concatenate(
        [part[1].values[here] for part, here in zip(known, lit, strict=True)]
    )
    spread = float(values.std()) or 1.0
    fit = LogisticRegression(C=INVERSE_REGULARISATION, class_weight="balanced")
    fit.fit(values[:, None] / spread, targets == BeamCondition.STRONG)
    slope = float(fit.coef_[0, 0]) or numpy.finfo(float).tiny
    return ScoreRule(-float(fit.intercept_[0]) / slope * spread, slope / spread)
