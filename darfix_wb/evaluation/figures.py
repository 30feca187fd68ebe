"""How well an answer does on the scored frames of one scan."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy

from ..beam import AMBIGUOUS, LIT, BeamCondition, is_ambiguous, prediction_sets
from ..known_scan import KnownScan
from ..metrics import Scores, evaluate, resampled_balanced_accuracy

COVERAGES = tuple(round(0.05 * step, 2) for step in range(1, 21))
OVERCONFIDENT = 0.95
"""An ambiguous patch should not be called weak or strong with a higher probability than this."""


@dataclass(frozen=True)
class SetFigures:
    """What the prediction sets of a method say of the lit patches.

    Attributes
    ----------
    ambiguous : float
        Share of the lit patches that are ambiguous, see `darfix_wb.beam.is_ambiguous`.
    decided_right : float
        Share right among the others; nan where there are none.
    weak_covered, strong_covered : float
        Share of the weak, and of the strong, patches whose set holds what they are; nan where
        there are none. The thresholds aim at 95 % of each or more.
    """

    ambiguous: float
    decided_right: float
    weak_covered: float
    strong_covered: float

    def to_dict(self) -> dict[str, float | None]:
        """Plain literals, nan as None."""
        return {name: None if math.isnan(value) else value for name, value in asdict(self).items()}


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
    sets : SetFigures or None
        None where the method has no conformal thresholds.
    drawings : numpy.ndarray
        ``(1000,)`` float64: balanced accuracy over drawings of whole frames.
    """

    lit: Scores
    clear: Scores | None
    unclear: Scores | None
    right_at_coverage: tuple[float, ...]
    by_rocking_index: tuple[tuple[int, int, int, int, int], ...]
    ambiguous: tuple[int, float, float] | None
    sets: SetFigures | None
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
            "sets": self.sets.to_dict() if self.sets else None,
        }


def figures(
    probabilities: numpy.ndarray,
    scan: KnownScan,
    frames: numpy.ndarray,
    *,
    seed: int = 0,
    thresholds: tuple[float, float] | None = None,
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
    thresholds : tuple of float, optional
        Of the method's prediction sets.

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
        sets=None if thresholds is None else set_figures(said[lit], truth[lit], thresholds),
        drawings=resampled_balanced_accuracy(truth[lit].astype(int), right, number, seed=seed),
    )


def set_figures(
    said: numpy.ndarray, truth: numpy.ndarray, thresholds: tuple[float, float]
) -> SetFigures:
    """What prediction sets say of some patches.

    Parameters
    ----------
    said : numpy.ndarray
        ``(n, 3)`` probabilities.
    truth : numpy.ndarray
        ``(n,)`` of WEAK and STRONG.
    thresholds : tuple of float
        As in `darfix_wb.beam.prediction_sets`.
    """
    ambiguous = is_ambiguous(said, thresholds)
    right = said.argmax(axis=-1) == truth
    held = prediction_sets(said, thresholds)
    weak, strong = (held[truth == condition, condition] for condition in LIT)
    return SetFigures(*map(_share, (ambiguous, right[~ambiguous], weak, strong)))


def _share(chosen: numpy.ndarray) -> float:
    return float(chosen.mean()) if chosen.size else math.nan


def _part(said: numpy.ndarray, truth: numpy.ndarray, part: numpy.ndarray | None, seed: int):
    """Scores over a part of the lit patches; None where there are none."""
    if part is None:
        return None
    wanted = numpy.where(part, truth, BeamCondition.EMPTY)
    return evaluate(said, wanted, seed=seed) if numpy.isin(wanted, LIT).any() else None


def right_at_coverage(
    confidence: numpy.ndarray, right: numpy.ndarray, *, coverages: tuple[float, ...] = COVERAGES
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
    return len(said), float(confidence.mean()), float((confidence > OVERCONFIDENT).mean())
