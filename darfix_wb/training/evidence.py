"""What labels say against a model, counted so that a few frames do not pass for many patches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy

from ..beam import LIT, BeamCondition
from ..classification.frame_classifier import FrameClassifier
from ..extraction import PatchedScan
from ..labels import LabelMap
from ..model import BeamModel

MARGIN = 0.5
"""A label has a say where the model is wrong or less sure than this, in calibrated logits (62 %).
Others say nothing: people label what they are sure of, so that plain patches are no random draw,
and it is no news that the model is right on them."""

ALIKE = 0.2
"""Correlation of the errors within a frame: patches of one frame count as five at most."""


@dataclass(frozen=True)
class JudgedLabels:
    """The labelled lit patches of some scans, and what a model says of them.

    Attributes
    ----------
    logits : numpy.ndarray
        ``(n,)`` float64, calibrated logits of strong against weak.
    strong : numpy.ndarray
        ``(n,)`` bool, whether the label is strong.
    frames : numpy.ndarray
        ``(n,)`` int64, equal where patches share scan and frame: ``scan << 32 | frame``.
    """

    logits: numpy.ndarray
    strong: numpy.ndarray
    frames: numpy.ndarray

    def __len__(self) -> int:
        return len(self.logits)

    @property
    def n_contradicting(self) -> int:
        """Number of labels that say the opposite of the model."""
        return int(numpy.count_nonzero((self.logits > 0) != self.strong))

    @property
    def n_telling(self) -> int:
        """Number of labels on which the model is wrong or unsure."""
        return int(numpy.count_nonzero(self.losses()))

    def losses(self, shift: float = 0.0) -> numpy.ndarray:
        """``(n,)``: by how much each logit misses the right side and a margin, after a shift."""
        sign = numpy.where(self.strong, 1.0, -1.0)
        return numpy.maximum(0.0, MARGIN - sign * (self.logits + shift))

    def weights(self) -> numpy.ndarray:
        """``(n,)``: what each label counts.

        The `n` patches of a frame count as ``n / (1 + (n - 1) ALIKE)`` independent ones, and weak
        and strong count the same, as much as the rarer of the two.

        Notes
        -----
        Source of the first: the design effect of a sample in clusters, Kish, Survey sampling, 1965.
        """
        _, frame, count = numpy.unique(self.frames, return_inverse=True, return_counts=True)
        weights = 1 / (1 + (count[frame] - 1) * ALIKE)
        totals = [weights[self.strong == strong].sum() for strong in (False, True)]
        if all(totals):
            weights = weights * min(totals) / numpy.where(self.strong, totals[1], totals[0])
        return weights

    def select(self, patches: numpy.ndarray) -> JudgedLabels:
        """Those where a mask is true."""
        return replace(
            self,
            logits=self.logits[patches],
            strong=self.strong[patches],
            frames=self.frames[patches],
        )


def is_better(gains: numpy.ndarray, frames: numpy.ndarray) -> bool:
    """Whether labels that were kept aside bear a change out, by more than its standard error.

    Parameters
    ----------
    gains : numpy.ndarray
        ``(n,)``, by how much each label's loss falls, times its weight.
    frames : numpy.ndarray
        ``(n,)`` as in `JudgedLabels`. Patches of one frame err together, so that frames are what
        is counted: the sum over them must exceed the root of the sum of their squares.
    """
    _, frame = numpy.unique(frames, return_inverse=True)
    of_frames = numpy.bincount(frame, weights=gains)
    return bool(of_frames.sum() > numpy.sqrt((of_frames**2).sum()))


def judge(
    scans: Sequence[tuple[PatchedScan, LabelMap]],
    look: Callable[[PatchedScan, numpy.ndarray], numpy.ndarray],
) -> JudgedLabels:
    """What a model says of all labelled lit patches.

    Parameters
    ----------
    scans : sequence of (PatchedScan, LabelMap)
        Labelled scans.
    look : callable
        Takes a scan and ``(n_frames, rows, columns)`` bool, which patches to look at; gives their
        calibrated logits of strong against weak, NaN where it knows none.
    """
    parts = [(numpy.empty(0), numpy.empty(0, bool), numpy.empty(0, numpy.int64))]
    for index, (patched, labels) in enumerate(scans):
        wanted = numpy.isin(labels.values, LIT) & ~patched.empty
        logits = look(patched, wanted).astype(float)
        strong = labels.values[wanted] == BeamCondition.STRONG
        frames = index << 32 | numpy.nonzero(wanted)[0].astype(numpy.int64)
        known = numpy.isfinite(logits)
        parts.append((logits[known], strong[known], frames[known]))
    return JudgedLabels(*map(numpy.concatenate, zip(*parts, strict=True)))


def judge_frames_alone(
    model: BeamModel, scans: Sequence[tuple[PatchedScan, LabelMap]], *, device: str = "auto"
) -> JudgedLabels:
    """What a model says of the labelled patches, each frame alone; these frames are read once."""
    weak, strong = (model.classes.index(condition) for condition in LIT)

    def look(patched: PatchedScan, wanted: numpy.ndarray) -> numpy.ndarray:
        classifier = FrameClassifier(model, patched.grid, patched.background, device=device)
        parts = [numpy.empty(0)]
        for frame in numpy.flatnonzero(wanted.any(axis=(1, 2))):
            patches = numpy.flatnonzero(wanted[frame])
            logits, _ = classifier.look(patched.scan.frame(int(frame)), patches=patches)
            difference = logits[..., strong] - logits[..., weak]
            parts.append(difference[wanted[frame]] / model.calibration.temperature)
        return numpy.concatenate(parts)

    return judge(scans, look)
