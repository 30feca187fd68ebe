"""How well a classifier does, on lit patches only."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy
from sklearn.metrics import confusion_matrix, f1_score, matthews_corrcoef, roc_auc_score

from .beam import CONDITION_NAMES, LIT, BeamCondition
from .errors import DarfixWBError

N_BINS = 15
N_RESAMPLES = 1000
CONFUSION_ROWS = tuple(CONDITION_NAMES[condition] for condition in LIT)
"""True conditions, in the order of the rows of `Scores.confusion`."""
CONFUSION_COLUMNS = tuple(CONDITION_NAMES[condition] for condition in BeamCondition)
"""Predicted conditions, in the order of its columns."""


@dataclass(frozen=True)
class Scores:
    """Figures over the patches whose truth is weak or strong; all others are not counted.

    The prediction is the likeliest of the three conditions: "empty" is wrong on a lit patch.
    `auroc` and `brier` use the probability of strong given lit, ``strong / (weak + strong)``.
    A figure that needs both conditions is nan where the truth has only one.

    Attributes
    ----------
    n_patches : int
        Lit patches.
    accuracy, balanced_accuracy, macro_f1, mcc, auroc : float
        Shares right, their mean over the two conditions, mean F1, Matthews correlation, and area
        under the curve of the probability of strong.
    ece : float
        Expected calibration error: distance of the share right from the probability of the
        prediction, over 15 bins of it (Guo et al., ICML 2017).
    brier : float
        Mean square error of the probability of strong.
    interval : tuple of float
        2.5 and 97.5 % of the balanced accuracy over 1000 drawings of whole frames; nan where the
        frames are not known.
    confusion : tuple
        Rows: truth weak, strong. Columns: predicted weak, strong, empty. Numbers of patches.
    reliability : tuple
        For each bin of `ece` with patches in it: their mean probability, the share right and
        their number.
    """

    n_patches: int
    accuracy: float
    balanced_accuracy: float
    macro_f1: float
    mcc: float
    auroc: float
    ece: float
    brier: float
    interval: tuple[float, float]
    confusion: tuple[tuple[int, int, int], tuple[int, int, int]]
    reliability: tuple[tuple[float, float, int], ...]

    def to_dict(self) -> dict:
        """Plain literals, nan as None."""
        values = asdict(self)
        values["interval"] = [_literal(edge) for edge in self.interval]
        values["confusion"] = [list(row) for row in self.confusion]
        values["reliability"] = [list(row) for row in self.reliability]
        return {name: _literal(value) for name, value in values.items()}


def evaluate(
    probabilities: numpy.ndarray,
    truth: numpy.ndarray,
    *,
    frames: numpy.ndarray | None = None,
    seed: int = 0,
) -> Scores:
    """Compare a classifier with the truth.

    Parameters
    ----------
    probabilities : numpy.ndarray
        ``(..., 3)`` in the order WEAK, STRONG, EMPTY.
    truth : numpy.ndarray
        ``(...)`` of `BeamCondition`, AMBIGUOUS or UNLABELLED; only WEAK and STRONG are counted.
    frames : numpy.ndarray, optional
        ``(...)`` integers, equal for patches of one frame; by default the first axis of a `truth`
        of two or more dimensions.
    seed : int
        Seed of the drawings of frames.

    Raises
    ------
    DarfixWBError
        If the shapes differ, or no patch is lit.
    """
    truth, probabilities = numpy.asarray(truth), numpy.asarray(probabilities, dtype=float)
    if probabilities.shape != (*truth.shape, len(BeamCondition)):
        raise DarfixWBError(
            f"Probabilities must have the shape {(*truth.shape, 3)} of the truth and three "
            f"conditions, got {probabilities.shape}. Evaluate on the grid of the truth."
        )
    lit = numpy.isin(truth, LIT)
    if not lit.any():
        raise DarfixWBError(
            "At least one patch must be known to be weak or strong, got none. Label some."
        )
    if frames is None and truth.ndim > 1:
        frames = numpy.indices(truth.shape, sparse=True)[0]
    if frames is not None:
        frames = numpy.broadcast_to(frames, truth.shape)[lit]
    return _score(probabilities[lit], truth[lit].astype(int), frames, seed)


def _score(
    probabilities: numpy.ndarray, truth: numpy.ndarray, frames: numpy.ndarray | None, seed: int
) -> Scores:
    predicted = probabilities.argmax(axis=1)
    right = predicted == truth
    confusion = confusion_matrix(truth, predicted, labels=list(BeamCondition))[: len(LIT)]
    strong = strong_given_lit(probabilities)
    both = len(numpy.unique(truth)) == len(LIT)
    return Scores(
        n_patches=len(truth),
        accuracy=float(right.mean()),
        balanced_accuracy=_mean_recall(confusion),
        macro_f1=float(f1_score(truth, predicted, labels=LIT, average="macro", zero_division=0.0)),
        mcc=float(matthews_corrcoef(truth, predicted)) if both else math.nan,
        auroc=float(roc_auc_score(truth == BeamCondition.STRONG, strong)) if both else math.nan,
        ece=calibration_error(probabilities.max(axis=1), right),
        brier=float(numpy.mean((strong - (truth == BeamCondition.STRONG)) ** 2)),
        interval=_interval(truth, right, frames, seed),
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
        reliability=reliability(probabilities.max(axis=1), right),
    )


def strong_given_lit(probabilities: numpy.ndarray) -> numpy.ndarray:
    """Probability of strong among weak and strong, ``(...)``; one half where both are zero."""
    weak = probabilities[..., BeamCondition.WEAK]
    strong = probabilities[..., BeamCondition.STRONG]
    lit = weak + strong
    return numpy.divide(strong, lit, out=numpy.full_like(lit, 0.5), where=lit > 0)


def known_lit(probabilities: numpy.ndarray) -> numpy.ndarray:
    """Probabilities ``(..., 3)`` of patches whose rocking curve says that they are not empty."""
    strong = strong_given_lit(probabilities)
    return numpy.stack([1 - strong, strong, numpy.zeros_like(strong)], axis=-1)


def calibration_error(confidence: numpy.ndarray, right: numpy.ndarray) -> float:
    """Expected calibration error over 15 bins of equal width."""
    surplus = numpy.bincount(_bins(confidence), weights=right - confidence, minlength=N_BINS)
    return float(numpy.abs(surplus).sum() / len(confidence))


def reliability(
    confidence: numpy.ndarray, right: numpy.ndarray
) -> tuple[tuple[float, float, int], ...]:
    """Mean probability, share right and number of patches of each bin that has patches."""
    bins = _bins(confidence)
    members = [bins == number for number in numpy.unique(bins)]
    return tuple(
        (float(confidence[here].mean()), float(right[here].mean()), int(here.sum()))
        for here in members
    )


def _bins(confidence: numpy.ndarray) -> numpy.ndarray:
    return numpy.minimum((confidence * N_BINS).astype(int), N_BINS - 1)


def _mean_recall(confusion: numpy.ndarray) -> float:
    totals = confusion.sum(axis=1)
    if not totals.all():
        return math.nan
    return float(numpy.mean(numpy.diagonal(confusion) / totals))


def resampled_balanced_accuracy(
    truth: numpy.ndarray, right: numpy.ndarray, frames: numpy.ndarray, *, seed: int = 0
) -> numpy.ndarray:
    """Balanced accuracy when whole frames are drawn with replacement, 1000 times.

    Parameters
    ----------
    truth, right, frames : numpy.ndarray
        ``(n,)``: WEAK or STRONG, whether the method is right, and the frame of each lit patch.
    seed : int
        Seed of the drawings; the same frames and seed give the same drawings.

    Returns
    -------
    numpy.ndarray
        ``(1000,)`` float64; nan where a drawing has one condition only.
    """
    _, frame = numpy.unique(frames, return_inverse=True)
    n_frames = frame.max() + 1
    sums = numpy.zeros((n_frames, 2, len(LIT)))
    numpy.add.at(sums, (frame, 0, truth), right)
    numpy.add.at(sums, (frame, 1, truth), 1)
    drawn = numpy.random.default_rng(seed).multinomial(
        n_frames, numpy.full(n_frames, 1 / n_frames), N_RESAMPLES
    )
    n_right, n_all = numpy.moveaxis(numpy.tensordot(drawn, sums, axes=1), 1, 0)
    recall = numpy.full(n_all.shape, numpy.nan)
    return numpy.divide(n_right, n_all, out=recall, where=n_all > 0).mean(axis=1)


def percentile_interval(values: numpy.ndarray) -> tuple[float, float]:
    """2.5 and 97.5 % of the values that are numbers; nan where none is."""
    usable = values[~numpy.isnan(values)]
    if not usable.size:
        return math.nan, math.nan
    low, high = numpy.percentile(usable, [2.5, 97.5])
    return float(low), float(high)


def _interval(
    truth: numpy.ndarray, right: numpy.ndarray, frames: numpy.ndarray | None, seed: int
) -> tuple[float, float]:
    """Percentiles of the balanced accuracy when whole frames are drawn with replacement."""
    if frames is None:
        return math.nan, math.nan
    return percentile_interval(resampled_balanced_accuracy(truth, right, frames, seed=seed))


def _literal(value):
    return None if isinstance(value, float) and math.isnan(value) else value
