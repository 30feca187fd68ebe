"""Methods side by side on one scan."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy

from ..beam import LIT, UNLABELLED, BeamCondition, BeamMap
from ..errors import DarfixWBError, OperationCancelled, one_sentence
from ..extraction import PatchedScan
from ..integration import integrate
from ..integration.background import above_background
from ..labels import LabelMap, split_by_frame
from ..methods.method import Answer, Method
from ..methods.resources import measured
from ..metrics import evaluate
from ..progress import SILENT, Monitor
from ..truth import PatchTruth
from .result import Comparison, MethodOutcome, agreement

LEAST_NOISE = 0.2
"""The noise of an image is not below this share of its spread: sparse images have none."""

COMMON = (1.0, 99.0)
"""Percentiles between which values make up the spread; hot pixels lie beyond."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class KnownConditions:
    """What the answers are held against.

    Attributes
    ----------
    values : numpy.ndarray
        ``(n_frames, rows, columns)`` uint8; only weak and strong patches count.
    clear : numpy.ndarray or None
        ``(n_frames, rows, columns)`` bool: weak or strong beyond doubt; None where not known.
    text : str
        What it is, in words.
    """

    values: numpy.ndarray
    clear: numpy.ndarray | None
    text: str


def compare(
    patched: PatchedScan,
    methods: Sequence[Method],
    *,
    labels: LabelMap | None = None,
    truth: PatchTruth | None = None,
    seed: int = 0,
    monitor: Monitor = SILENT,
) -> Comparison:
    """Run each method on the scan; one that fails does not take the others down.

    With labels, every method is fitted on the same three quarters of them, in whole frames, and
    scored on the frames kept aside; with the truth, on all frames without a label.

    Parameters
    ----------
    patched : PatchedScan
        The scan on the grid that all methods share.
    methods : sequence of Method
        See `darfix_wb.methods.registry.make_methods`.
    labels : LabelMap, optional
        On the scan's grid.
    truth : PatchTruth, optional
        Of a simulated scan, on the scan's grid.
    seed : int
        Of the split.
    monitor : Monitor
        Told how far the work is, and asked whether it shall stop.

    Raises
    ------
    DarfixWBError
        If the labels are of another grid, or two methods have one name.
    """
    _check_names(methods)
    training, known = _split(patched, labels, truth, seed)
    outcomes, images = [], []
    for method, share in zip(methods, monitor.parts(len(methods)), strict=True):
        outcome, beam_map = _run(method, patched, training, monitor=share)
        outcomes.append(_scored(outcome, known))
        images.append(beam_map)
        share.report(1.0)
    table = agreement(images, ~patched.empty)
    return Comparison(patched, tuple(outcomes), table, known.text if known else "")


def _check_names(methods: Sequence[Method]) -> None:
    names = [method.name for method in methods]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DarfixWBError(
            f"Methods must have different names, got {', '.join(map(repr, twice))} more than once. "
            "Give each method once, or another name."
        )


def _split(
    patched: PatchedScan, labels: LabelMap | None, truth: PatchTruth | None, seed: int
) -> tuple[LabelMap | None, KnownConditions | None]:
    """Labels to fit on, and what is known of other frames."""
    training = aside = None
    if labels is not None:
        labels.check_fits(patched.scan.n_frames, patched.grid)
        training, aside = split_by_frame(labels, seed=seed)
    if truth is not None:
        values = truth.condition.copy()
        if labels is not None:
            values[labels.trainable.any(axis=(1, 2))] = UNLABELLED
        where = "frames without labels" if labels is not None else "all frames"
        return labels, _known(values, truth.clear, f"the truth of {{}} lit patches in {where}")
    if aside is not None and all((aside.values == condition).any() for condition in LIT):
        text = "the labels of {} lit patches in held-out frames"
        return training, _known(aside.values, None, text)
    return labels, None


def _known(values: numpy.ndarray, clear: numpy.ndarray | None, text: str) -> KnownConditions | None:
    n_lit = int(numpy.isin(values, LIT).sum())
    return KnownConditions(values, clear, text.format(n_lit)) if n_lit else None


def _run(
    method: Method, patched: PatchedScan, labels: LabelMap | None, monitor: Monitor
) -> tuple[MethodOutcome, BeamMap | None]:
    outcome = MethodOutcome(method.name)
    try:
        with measured() as whole:
            with measured() as applied:
                prepared = method.prepare(patched, monitor=monitor)
            with measured() as fitted:
                known = [] if labels is None else [(prepared, labels)]
                fit = method.fit(known, monitor=monitor)
            with measured() as said:
                answer = fit(prepared, monitor=monitor)
                image, unit, contrast = weak_beam(patched, answer, monitor=monitor)
    except OperationCancelled:
        raise
    except Exception as error:
        if not isinstance(error, DarfixWBError):
            _logger.error("The method %s failed", method.name, exc_info=error)
        return replace(outcome, error=one_sentence(error)), None
    outcome = replace(
        outcome,
        beam_map=answer.beam_map,
        weak_image=image,
        unit=unit,
        contrast=contrast,
        fit_seconds=fitted.seconds,
        seconds=applied.seconds + said.seconds,
        memory=whole.memory,
        fitted=dict(answer.fitted),
        note=answer.note,
        regions=answer.regions,
    )
    return outcome, answer.beam_map


def weak_beam(
    patched: PatchedScan, answer: Answer, *, monitor: Monitor = SILENT
) -> tuple[numpy.ndarray, str, numpy.ndarray]:
    """The weak-beam image of an answer, its unit, and its contrast.

    Returns
    -------
    image : numpy.ndarray
        ``(height, width)`` float32 in its unit.
    unit : str
        E.g. ``"counts"``.
    contrast : numpy.ndarray
        ``(height, width)`` float32: the image above its local background, in standard deviations.
    """
    if answer.weak_image is not None:
        image, unit = answer.weak_image.astype(numpy.float32), answer.unit
    else:
        image = integrate(patched, answer.beam_map, monitor=monitor).weak
        unit = "mean counts above dark"
    return image, unit, above_background(image, least=LEAST_NOISE * _spread(image))


def _spread(image: numpy.ndarray) -> float:
    """Standard deviation without the lowest and the highest values; 0 where there are none."""
    seen = image[numpy.isfinite(image)]
    return float(numpy.clip(seen, *numpy.percentile(seen, COMMON)).std()) if seen.size else 0.0


def _scored(outcome: MethodOutcome, known: KnownConditions | None) -> MethodOutcome:
    if known is None or outcome.beam_map is None:
        return outcome
    probabilities = outcome.beam_map.probabilities
    clear = None
    if known.clear is not None:
        values = numpy.where(known.clear, known.values, BeamCondition.EMPTY)
        clear = evaluate(probabilities, values) if numpy.isin(values, LIT).any() else None
    return replace(outcome, scores=evaluate(probabilities, known.values), clear=clear)
