"""Every method at hand on the layer that nothing was fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from darfix_wb.beam import BeamCondition
from darfix_wb.classification.angle_rule import angle_rule
from darfix_wb.extraction import PatchedScan
from darfix_wb.known_scan import KnownScan
from darfix_wb.labels import LabelMap
from darfix_wb.methods.method import Answer, Fitted, MethodOptions
from darfix_wb.methods.networks import FittedNetwork
from darfix_wb.methods.registry import make_method
from darfix_wb.methods.runner import Runner, Step
from darfix_wb.metrics import Scores, evaluate
from darfix_wb.progress import SILENT, Monitor

from .steps import Trained


@dataclass(frozen=True)
class MethodScore:
    """One row of the table.

    Attributes
    ----------
    name : str
        The method.
    scores, clear : Scores
        Over all lit patches, and over the clear ones.
    parameters, macs : int
        Of a network; 0 for others. Multiplications for one patch.
    training_seconds : float
        To fit it on the labels.
    epochs : int
        Of the training of a network; 0 for others.
    frame_seconds : float
        To classify one frame, reading it included.
    """

    name: str
    scores: Scores
    clear: Scores
    parameters: int
    macs: int
    training_seconds: float
    epochs: int
    frame_seconds: float


def table_of_methods(
    training: KnownScan, labels: LabelMap, test: KnownScan, networks: dict[str, Trained]
) -> list[MethodScore]:
    """Fit on the labels of one layer, score on the truth of the other."""
    table = []
    for name in ("majority", "frame-threshold"):
        runner = Runner(make_method(name, MethodOptions()), [test.patched, training.patched])
        fitted = runner.fit([(1, labels)])
        seconds = 0.0 if name == "majority" else fitted.seconds
        table.append(_score(name, runner, fitted, test, training_seconds=seconds))
    rule = Runner(Ready("angle-rule", lambda scan, **_: Answer(angle_rule(scan))), [test.patched])
    table.append(_score("angle-rule", rule, rule.fit([]), test))
    for title, name, use_context in (
        ("lcnn-paper", "lcnn-paper", False),
        ("lcnn, frames alone", "lcnn", False),
        ("lcnn", "lcnn", True),
    ):
        trained = networks[name]
        fitted = FittedNetwork(trained.model, "auto", note="", use_context=use_context)
        runner = Runner(Ready(name, fitted), [test.patched])
        training = trained.history
        spent = {"training_seconds": training["seconds"], "epochs": max(training["epoch"])}
        table.append(_score(title, runner, runner.fit([]), test, **spent))
    return table


@dataclass(frozen=True)
class Ready:
    """A method that was fitted before: a network, or the rule that the classifier offers."""

    name: str
    fitted: Fitted
    title: str = ""
    hint: str = ""
    needs_labels: bool = False
    trains: bool = False

    def prepare(self, patched: PatchedScan, *, monitor: Monitor = SILENT) -> PatchedScan:
        """The scan itself."""
        return patched

    def fit(self, known: Sequence, *, monitor: Monitor = SILENT) -> Fitted:
        """As it was fitted."""
        return self.fitted


def _score(
    name: str,
    runner: Runner,
    fitted: Step[Fitted],
    test: KnownScan,
    *,
    training_seconds: float = 0.0,
    epochs: int = 0,
) -> MethodScore:
    answer = runner.answer(fitted, 0)
    probabilities = answer.result().beam_map.probabilities
    clear = numpy.where(test.clear, test.truth, BeamCondition.EMPTY)
    parameters, macs = getattr(fitted.result(), "size", (0, 0))
    return MethodScore(
        name,
        evaluate(probabilities, test.truth),
        evaluate(probabilities, clear),
        parameters,
        macs,
        training_seconds,
        epochs,
        (runner.prepare(0).seconds + answer.seconds) / test.n_frames,
    )
