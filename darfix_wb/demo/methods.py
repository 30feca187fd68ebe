"""Every method at hand on the layer that nothing was fitted on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy

from darfix_wb.beam import BeamCondition, BeamMap
from darfix_wb.classification.angle_rule import angle_rule
from darfix_wb.classification.brightness import fit_frame_threshold
from darfix_wb.classification.decoding import set_empty
from darfix_wb.classification.network import classify
from darfix_wb.extraction import PatchedScan
from darfix_wb.labels import LabelMap
from darfix_wb.metrics import Scores, evaluate

from .scans import Layer
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
    frame_seconds : float
        To classify one frame, reading it included.
    """

    name: str
    scores: Scores
    clear: Scores
    parameters: int
    macs: int
    training_seconds: float
    frame_seconds: float


def table_of_methods(
    training: Layer, labels: LabelMap, test: Layer, networks: dict[str, Trained]
) -> list[MethodScore]:
    """Fit on the labels of one layer, score on the truth of the other."""
    started = time.perf_counter()
    threshold = fit_frame_threshold(training.patched, labels)
    fitted = time.perf_counter() - started
    table = [
        _score("majority", lambda patched: _majority(labels, patched), test),
        _score("frame-threshold", threshold, test, fitted),
        _score("angle-rule", angle_rule, test),
    ]
    for name, together in (("lcnn-paper", False), ("lcnn", False), ("lcnn", True)):
        model, seconds = networks[name].model, networks[name].history["seconds"]
        title = name if together or name != "lcnn" else "lcnn, frames alone"

        def method(patched: PatchedScan, *, model=model, together=together) -> BeamMap:
            return classify(patched, model, use_context=together)

        table.append(_score(title, method, test, seconds, model.size(together)))
    return table


def _score(
    name: str,
    method: Callable[[PatchedScan], BeamMap],
    layer: Layer,
    training_seconds: float = 0.0,
    size: tuple[int, int] = (0, 0),
) -> MethodScore:
    started = time.perf_counter()
    probabilities = method(layer.patched).probabilities
    seconds = (time.perf_counter() - started) / layer.patched.scan.n_frames
    truth = layer.truth.condition
    clear = numpy.where(layer.truth.clear, truth, BeamCondition.EMPTY)
    return MethodScore(
        name,
        evaluate(probabilities, truth),
        evaluate(probabilities, clear),
        *size,
        training_seconds,
        seconds,
    )


def _majority(labels: LabelMap, patched: PatchedScan) -> BeamMap:
    """What was labelled most, everywhere."""
    counts = [numpy.count_nonzero(labels.values == condition) for condition in BeamCondition]
    counts[BeamCondition.EMPTY] = 0
    shape = (*patched.curves.shape, len(BeamCondition))
    share = numpy.array(counts, dtype=numpy.float32) / sum(counts)
    probabilities = numpy.broadcast_to(share, shape).copy()
    set_empty(probabilities, patched.empty)
    return BeamMap(probabilities, patched.grid, method="majority")
