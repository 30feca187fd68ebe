"""One split, and the samples that splits are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from ..errors import DarfixWBError
from ..labels import LabelMap
from .known_scan import KnownScan

GAP = 2
"""Layers left out between those fitted on and those scored, where there are enough."""


@dataclass(frozen=True, eq=False)
class Split:
    """One fit of every method, and where it is scored.

    Attributes
    ----------
    protocol : str
        One of `splits.PROTOCOLS`; with its number for budgets, e.g. ``"budget-32"``.
    sample : str
        The sample that is scored.
    seed : int
        Of the draw and of trainings.
    known : tuple of (int, LabelMap)
        Index of each scan fitted on, and its labels.
    scored : tuple of (int, numpy.ndarray)
        Index of each scan scored on, and its frames, ``(n_frames,)`` bool.
    note : str
        What is particular about it.
    """

    protocol: str
    sample: str
    seed: int
    known: tuple[tuple[int, LabelMap], ...]
    scored: tuple[tuple[int, numpy.ndarray], ...]
    note: str = ""

    @property
    def scores_whole_scans(self) -> bool:
        """Whether no frame of the scored scans was labelled."""
        return all(frames.all() for _, frames in self.scored)

    def check_disjoint(self) -> None:
        """Refuse a split that scores frames that it was fitted on.

        Raises
        ------
        DarfixWBError
            With the scan and the frames.
        """
        for index, labels in self.known:
            labelled = labels.trainable.any(axis=(1, 2))
            for other, frames in self.scored:
                if index == other and (labelled & frames).any():
                    both = numpy.flatnonzero(labelled & frames).tolist()
                    raise DarfixWBError(
                        f"No frame may be fitted on and scored, got frames {both} of scan {index} "
                        f"in {self.protocol}. Correct the split."
                    )


class Samples:
    """The scans by sample; layers of a sample by height."""

    def __init__(self, scans: Sequence[KnownScan]) -> None:
        self.scans = scans
        self.names = list(dict.fromkeys(scan.sample for scan in scans))

    def of(self, sample: str) -> list[int]:
        """Indices of the scans of a sample, by layer."""
        indices = [index for index, scan in enumerate(self.scans) if scan.sample == sample]
        return sorted(indices, key=lambda index: self.scans[index].layer)

    def whole(self, indices: Sequence[int]) -> tuple[tuple[int, numpy.ndarray], ...]:
        """All frames of these scans."""
        return tuple((i, numpy.ones(self.scans[i].n_frames, dtype=bool)) for i in indices)

    def apart(self, sample: str) -> tuple[int, list[tuple[int, list[int]]]]:
        """Each scan of a sample with those of layers apart from it.

        Returns
        -------
        gap : int
            Layers between them at least: the largest up to `GAP` that the sample allows.
        pairs : list of (int, list of int)
            A scan to fit on, and the scans to score on; empty for a sample with one layer.
        """
        scans = self.of(sample)
        layers = sorted({self.scans[index].layer for index in scans})
        rank = {index: layers.index(self.scans[index].layer) for index in scans}
        for gap in range(GAP, -1, -1):
            pairs = [(i, [j for j in scans if abs(rank[i] - rank[j]) > gap]) for i in scans]
            if any(far for _, far in pairs):
                return gap, [(fitted, far) for fitted, far in pairs if far]
        return 0, []
