"""The least that a method must beat: what was labelled most, everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from ..beam import LIT, BeamCondition, BeamMap
from ..classification.decoding import set_empty
from ..errors import DarfixWBError
from ..extraction import PatchedScan
from ..labels import LabelMap
from ..progress import SILENT, Monitor
from .method import Answer


@dataclass(frozen=True)
class FittedMajority:
    """Shares of the labels; `shares` is ``(3,)`` float32 in the order WEAK, STRONG, EMPTY."""

    shares: numpy.ndarray

    def __call__(self, prepared: PatchedScan, *, monitor: Monitor = SILENT) -> Answer:
        """The same for each patch that is not empty."""
        shape = (*prepared.curves.shape, len(BeamCondition))
        probabilities = numpy.broadcast_to(self.shares, shape).copy()
        set_empty(probabilities, prepared.empty)
        return Answer(BeamMap(probabilities, prepared.grid, method="majority"))


@dataclass(frozen=True)
class Majority:
    """The share of weak and strong among the labels as the probability of each patch."""

    name: str = "majority"
    title: str = "Majority"
    hint: str = "What was labelled most, everywhere: the least that a method must beat"
    needs_labels: bool = True
    trains: bool = False

    def prepare(self, patched: PatchedScan, *, monitor: Monitor = SILENT) -> PatchedScan:
        """The scan itself."""
        return patched

    def fit(
        self, known: Sequence[tuple[PatchedScan, LabelMap]], *, monitor: Monitor = SILENT
    ) -> FittedMajority:
        """Count the labels."""
        shares = numpy.zeros(len(BeamCondition), dtype=numpy.float32)
        for condition in LIT:
            shares[condition] = sum((labels.values == condition).sum() for _, labels in known)
        if not shares.any():
            raise DarfixWBError(
                "The method majority needs labels to be fitted on, got none. Label some patches."
            )
        return FittedMajority(shares / shares.sum())
