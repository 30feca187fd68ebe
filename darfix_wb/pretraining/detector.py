"""Make the shipped detector of lines: simulate, train, calibrate on crystals kept aside."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from ..detection.detector import LineDetector
from ..progress import SILENT, Monitor
from .line_crystals import SHAPE, LineSample, line_samples
from .lines import LineOptions, fit_lines

EACH = 7
"""Each seventh pixel is calibrated on; neighbours say the same."""

PERFECT_EACH = 10
"""One crystal without dislocations in addition to so many others."""

N_BINS = 10
SIMULATING, TRAINING = 0.6, 0.98


@dataclass(frozen=True)
class DetectorOptions:
    """How the detector is made.

    Attributes
    ----------
    n_crystals : int
        Crystals to simulate, one scan of each.
    seed : int
        Of the first; the others follow.
    perfect_seed : int
        Of the first crystal without dislocations: a tenth as many, in addition.
    shape : tuple of int
        Rows and columns of the frames.
    aside : float
        Share of the crystals of each kind, the last ones, that the network is calibrated on and
        does not see.
    fit : LineOptions
        Of the training.
    """

    n_crystals: int = 480
    seed: int = 3_000_000
    perfect_seed: int = 3_100_000
    shape: tuple[int, int] = SHAPE
    aside: float = 1 / 6
    fit: LineOptions = field(default_factory=LineOptions)

    @property
    def n_perfect(self) -> int:
        """Number of crystals without dislocations."""
        return self.n_crystals // PERFECT_EACH


@dataclass(frozen=True)
class PixelScores:
    """How well the probabilities of pixels are calibrated.

    Attributes
    ----------
    ece : float
        Expected calibration error over ten bins of probability, 0 to 1.
    stated, found : tuple of float
        Mean probability, and share of pixels near a line, in each bin that holds any.
    counts : tuple of int
        Pixels in each of these.
    """

    ece: float
    stated: tuple[float, ...]
    found: tuple[float, ...]
    counts: tuple[int, ...]

    def to_dict(self) -> dict:
        """Plain literals."""
        names = ("ece", "stated", "found", "counts")
        return {name: getattr(self, name) for name in names}


def make_detector(
    options: DetectorOptions,
    *,
    folder: str | os.PathLike | None = None,
    monitor: Monitor = SILENT,
) -> tuple[LineDetector, PixelScores]:
    """Simulate crystals, train on most and calibrate on the others.

    Parameters
    ----------
    options : DetectorOptions
        How.
    folder : path-like, optional
        Where simulated scans are kept, and found by a later run.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    detector : LineDetector
        To be saved.
    scores : PixelScores
        Calibration on the crystals kept aside.
    """
    training, aside = [], []
    simulating = monitor.part(0, SIMULATING)
    for sample, is_aside, done in _samples(options, folder):
        (aside if is_aside else training).append(sample)
        simulating.check("The simulation of crystals was cancelled.")
        simulating.report(done)
    fitting = monitor.part(SIMULATING, TRAINING)
    network = fit_lines(training, options.fit, monitor=fitting)
    detector, scores = calibrated(LineDetector(network), aside, device=options.fit.device)
    monitor.report(1.0)
    record = {
        "simulated_crystals": options.n_crystals,
        "seeds": [options.seed, options.seed + options.n_crystals - 1],
        "perfect_crystals": options.n_perfect,
        "perfect_seed": options.perfect_seed,
        "shape": list(options.shape),
        "kept_aside": len(aside),
        "options": options.fit.to_dict(),
        "calibration": scores.to_dict(),
        "command": "darfix-wb pretrain --detector",
    }
    return replace(detector, record=record), scores


def _samples(
    options: DetectorOptions, folder: str | os.PathLike | None
) -> Iterator[tuple[LineSample, bool, float]]:
    """Each crystal, whether it is kept aside, and how much is done."""
    kinds = ((options.n_crystals, options.seed), (options.n_perfect, options.perfect_seed))
    total, done = sum(number for number, _ in kinds), 0
    for number, seed in kinds:
        first_aside = number - max(round(options.aside * number), 1)
        samples = line_samples(
            number,
            seed,
            folder=folder,
            shape=options.shape,
            without_lines=seed == options.perfect_seed,
        )
        for index, sample in enumerate(samples):
            done += 1
            yield sample, index >= first_aside, done / total


def calibrated(
    detector: LineDetector, samples: Sequence[LineSample], *, device: str = "auto"
) -> tuple[LineDetector, PixelScores]:
    """Fit scale and shift of the logits (Platt, Advances in Large Margin Classifiers, 1999).

    Parameters
    ----------
    detector : LineDetector
        Of which the network is taken.
    samples : sequence of LineSample
        Crystals that it was not trained on.
    device : str
        As `darfix_wb.device.resolve_device`.
    """
    logits, near = [], []
    for sample in samples:
        counted = sample.counted
        logits.append(detector.logits(sample.features, device=device)[counted][::EACH])
        near.append(sample.target[counted][::EACH])
    logits, near = numpy.concatenate(logits), numpy.concatenate(near)
    if near.all() or not near.any():
        return detector, pixel_scores(expit(logits), near)
    rule = LogisticRegression(C=numpy.inf).fit(logits[:, None], near)
    scale, shift = float(rule.coef_[0, 0]), float(rule.intercept_[0])
    probability = rule.predict_proba(logits[:, None])[:, 1]
    return replace(detector, scale=scale, shift=shift), pixel_scores(probability, near)


def pixel_scores(probability: numpy.ndarray, near: numpy.ndarray) -> PixelScores:
    """Hold probabilities against what is there.

    Parameters
    ----------
    probability : numpy.ndarray
        ``(n,)`` float, 0 to 1.
    near : numpy.ndarray
        ``(n,)`` bool.

    Examples
    --------
    >>> scores = pixel_scores(numpy.array([0.0, 0.0, 0.8, 0.8]), numpy.array([0, 0, 1, 1]))
    >>> round(scores.ece, 2)
    0.1
    """
    number = numpy.minimum((probability * N_BINS).astype(int), N_BINS - 1)
    count = numpy.bincount(number, minlength=N_BINS)
    some = count > 0
    stated = numpy.bincount(number, probability, minlength=N_BINS)[some] / count[some]
    found = numpy.bincount(number, near, minlength=N_BINS)[some] / count[some]
    ece = float(numpy.average(numpy.abs(stated - found), weights=count[some]))
    return PixelScores(
        ece, tuple(stated.tolist()), tuple(found.tolist()), tuple(count[some].tolist())
    )
