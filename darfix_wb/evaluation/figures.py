"""How right an answer is on the scored frames of one scan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from ..beam import AMBIGUOUS, BeamCondition
from ..training.metrics import LIT, Scores, evaluate, resampled_balanced_accuracy
from .known_scan import KnownScan

COVERAGES = tuple(round(0.05 * step, 2) for step in range(1, 21))
SURE = 0.95
"""An ambiguous patch should not be called weak or strong with a higher probability than this."""


@dataclass(frozen=True)
class Figures:
    """Figures of one method on one scan.

    Attributes
    ----------
    lit, clear, unclear : Scores or None
        Over all lit patches, over those weak or strong beyond doubt, and over the others; None
        where there are none or it is not known.
    right_at_coverage : tuple of float
        Share right among the surest part of the lit patches, for each of `COVERAGES`.
    by_rocking_index : tuple of tuple
        ``(index, n_weak, right_weak, n_strong, right_strong)`` for each distance in steps from the
        scan's peak, in numbers of lit patches.
    ambiguous : tuple of float or None
        Number of patches that the labels call ambiguous, mean probability of what the method says
        of them, and the share said with more than 95 %; None where there are none.
    drawings : numpy.ndarray
        ``(1000,)`` float64: balanced accuracy over drawings of whole frames.
    """

    lit: Scores
    clear: Scores | None
    unclear: Scores | None
    right_at_coverage: tuple[float, ...]
    by_rocking_index: tuple[tuple[int, int, int, int, int], ...]
    ambiguous: tuple[int, float, float] | None
    drawings: numpy.ndarray

    @property
    def right_at_90(self) -> float:
        """Share right among the surest 90 % of the lit patches."""
        return self.right_at_coverage[COVERAGES.index(0.9)]

    def to_dict(self) -> dict:
        """Plain literals; without the drawings, of which `lit` has the interval."""
        scores = {"lit": self.lit, "clear": self.clear, "unclear": self.unclear}
        coverage = zip(map(str, COVERAGES), self.right_at_coverage, strict=True)
        return {
            **{name: one.to_dict() if one else None for name, one in scores.items()},
            "right_at_coverage": dict(coverage),
            "by_rocking_index": [list(row) for row in self.by_rocking_index],
            "ambiguous": list(self.ambiguous) if self.ambiguous else None,
        }


def figures(
    probabilities: numpy.ndarray, scan: KnownScan, frames: numpy.ndarray, seed: int = 0
) -> Figures:
    """Score an answer on some frames of a scan.

    Parameters
    ----------
    probabilities : numpy.ndarray
        ``(n_frames, rows, columns, 3)`` in the order WEAK, STRONG, EMPTY, of the whole scan.
    scan : KnownScan
        The truth.
    frames : numpy.ndarray
        ``(n_frames,)`` bool: frames that are scored.
    seed : int
        Of the drawings of frames.

    Raises
    ------
    DarfixWBError
        If no scored patch is lit.
    """
    said, truth = probabilities[frames], scan.truth[frames]
    lit = numpy.isin(truth, LIT)
    scores = evaluate(said, truth, seed=seed)
    right = said[lit].argmax(axis=-1) == truth[lit]
    confidence = said[lit].max(axis=-1)
    number = numpy.broadcast_to(numpy.arange(len(truth))[:, None, None], truth.shape)[lit]
    clear = None if scan.clear is None else scan.clear[frames]
    return Figures(
        lit=scores,
        clear=_part(said, truth, clear, seed),
        unclear=_part(said, truth, None if clear is None else ~clear, seed),
        right_at_coverage=right_at_coverage(confidence, right),
        by_rocking_index=_by_index(scan.rocking_index[frames][number], truth[lit], right),
        ambiguous=_ambiguous(said[truth == AMBIGUOUS]),
        drawings=resampled_balanced_accuracy(truth[lit].astype(int), right, number, seed),
    )


def _part(said: numpy.ndarray, truth: numpy.ndarray, part: numpy.ndarray | None, seed: int):
    """Scores over a part of the lit patches; None where there are none."""
    if part is None:
        return None
    wanted = numpy.where(part, truth, BeamCondition.EMPTY)
    return evaluate(said, wanted, seed=seed) if numpy.isin(wanted, LIT).any() else None


def right_at_coverage(
    confidence: numpy.ndarray, right: numpy.ndarray, coverages: tuple[float, ...] = COVERAGES
) -> tuple[float, ...]:
    """Share right among the surest part of some patches.

    Patches of one confidence count alike: of those at the edge, the mean is taken.

    Parameters
    ----------
    confidence, right : numpy.ndarray
        ``(n,)``: probability of what is said, and whether it is right.
    coverages : tuple of float
        Parts of the patches, above 0 and at most 1.
    """
    values, group = numpy.unique(-confidence, return_inverse=True)
    size = numpy.bincount(group, minlength=len(values))
    n_right = numpy.bincount(group, weights=right, minlength=len(values))
    covered = numpy.concatenate([[0], size.cumsum()]) / len(right)
    reached = numpy.concatenate([[0], n_right.cumsum()]) / len(right)
    wanted = numpy.array(coverages)
    return tuple((numpy.interp(wanted, covered, reached) / wanted).tolist())


def _by_index(index: numpy.ndarray, truth: numpy.ndarray, right: numpy.ndarray) -> tuple:
    rows = []
    for step in numpy.unique(index):
        row = [int(step)]
        for condition in LIT:
            here = (index == step) & (truth == condition)
            row += [int(here.sum()), int(right[here].sum())]
        rows.append(tuple(row))
    return tuple(rows)


def _ambiguous(said: numpy.ndarray) -> tuple[int, float, float] | None:
    if not len(said):
        return None
    confidence = said.max(axis=-1)
    return len(said), float(confidence.mean()), float((confidence > SURE).mean())
