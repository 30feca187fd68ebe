"""Methods that use one number per patch; its threshold is their one free parameter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy

from ..classification.angle_rule import BOUNDARY_Z, LOGIT_SLOPE
from ..classification.brightness import ln_counts
from ..classification.score_rule import ScoreRule, fit_score_rule
from ..errors import DarfixWBError
from ..extraction import PatchedScan
from ..labels import LabelMap
from ..progress import SILENT, Monitor
from ..rocking_curves import distance_from_peak
from .method import Analysis, Answer, MethodOptions

LARGEST_Z = 20.0


@dataclass(frozen=True)
class FittedScore:
    """A score with its threshold.

    Attributes
    ----------
    name : str
        The method.
    rule : ScoreRule
        Probability of strong as a curve of the score.
    parameters : dict
        The threshold as a person knows it, by its name.
    """

    name: str
    rule: ScoreRule
    parameters: dict[str, float] = field(default_factory=dict)

    def __call__(self, prepared: Analysis, *, monitor: Monitor = SILENT) -> Answer:
        """Say of each patch of a prepared scan what it is."""
        beam_map = self.rule(prepared.scores, prepared.patched, self.name)
        image, unit = prepared.image(self.rule.threshold) if prepared.image else (None, "")
        return Answer(beam_map, image, unit, prepared.note, self.parameters, prepared.regions)


@dataclass(frozen=True)
class ScoreMethod:
    """A method that gives one number a patch.

    Attributes
    ----------
    name, title, hint : str
        As `darfix_wb.methods.method.Method`.
    analyse : callable
        Takes a scan and a monitor; gives an `Analysis`.
    default : ScoreRule or None
        The rule without labels; None where it needs them.
    shown : callable
        Takes the threshold of the score and gives the free parameter as a person knows it.
    """

    name: str
    title: str
    hint: str
    analyse: Callable[[PatchedScan, Monitor], Analysis]
    default: ScoreRule | None
    shown: Callable[[float], dict[str, float]]
    trains: bool = False

    @property
    def needs_labels(self) -> bool:
        """Whether it has no threshold without labels."""
        return self.default is None

    def prepare(self, patched: PatchedScan, *, monitor: Monitor = SILENT) -> Analysis:
        """The number of each patch in each frame, once for all labels."""
        return self.analyse(patched, monitor)

    def fit(
        self, known: Sequence[tuple[Analysis, LabelMap]], *, monitor: Monitor = SILENT
    ) -> FittedScore:
        """The threshold that tells the labelled weak patches from the strong ones."""
        if known:
            rule = fit_score_rule([(analysis.scores, labels) for analysis, labels in known])
            return FittedScore(self.name, rule, self.shown(rule.threshold))
        if self.default is None:
            raise DarfixWBError(
                f"The method {self.name} needs labels to be fitted on, got none. "
                "Label some patches."
            )
        return FittedScore(self.name, self.default)


def frame_threshold(_options: MethodOptions) -> ScoreMethod:
    """Brightness of a patch against one threshold for all."""

    def analyse(patched: PatchedScan, *_) -> Analysis:
        return Analysis(patched, ln_counts(patched))

    return ScoreMethod(
        "frame-threshold",
        "Brightness threshold",
        "Brightness of a patch against one threshold for all, fitted on the labels",
        analyse,
        default=None,
        shown=lambda t: {"counts": float(numpy.exp(t))},
    )


def angle_rule(_options: MethodOptions) -> ScoreMethod:
    """Distance from the peak of the patch's rocking curve, in widths of it."""

    def analyse(patched: PatchedScan, *_) -> Analysis:
        return Analysis(patched, -numpy.minimum(distance_from_peak(patched), LARGEST_Z))

    return ScoreMethod(
        "angle-rule",
        "Angle rule",
        "Distance from the peak of the patch's rocking curve",
        analyse,
        default=ScoreRule(-BOUNDARY_Z, LOGIT_SLOPE),
        shown=lambda t: {"z": -t},
    )
