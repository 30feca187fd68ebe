"""Methods side by side on one scan."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy

from ..beam import LIT, UNLABELLED, BeamCondition
from ..errors import DarfixWBError
from ..extraction import PatchedScan
from ..io.classification_files import computed_on
from ..io.label_source import check_label_source
from ..known_scan import KnownScan
from ..labels import LabelMap, split_by_frame
from ..methods.method import Answer, Method
from ..methods.runner import Runner, weak_image
from ..metrics import evaluate
from ..progress import SILENT, Monitor
from ..truth import PatchTruth
from .contrast import contrast_of, on_one_scale
from .result import Comparison, MethodOutcome, agreement

_logger = logging.getLogger(__name__)


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

    A method that makes an image only has no conditions, no agreement and no scores.

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
        Told how far the work is, and asked whether to stop.

    Raises
    ------
    DarfixWBError
        If the labels are of another grid or scan (without a source they are taken for those of
        any), or two methods have one name.
    """
    _check_names(methods)
    training, known = _split(patched, labels, truth, seed)
    outcomes = []
    for method, share in zip(methods, monitor.parts(len(methods)), strict=True):
        outcomes.append(_scored(_run(method, patched, training, monitor=share), known))
        share.report(1.0)
    table = agreement([outcome.beam_map for outcome in outcomes], ~patched.empty)
    return Comparison(patched, on_one_scale(outcomes), table, known.known_by if known else "")


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
) -> tuple[LabelMap | None, KnownScan | None]:
    """Labels to fit on, and what is known of other frames."""
    training = aside = None
    if labels is not None:
        labels.check_fits(patched.scan.n_frames, patched.grid)
        for warning in check_label_source(labels, patched.scan.source):
            _logger.warning(warning)
        training, aside = split_by_frame(labels, seed=seed)
    if truth is not None:
        values = truth.condition.copy()
        if labels is not None:
            values[labels.trainable.any(axis=(1, 2))] = UNLABELLED
        where = "frames without labels" if labels is not None else "all frames"
        text = f"the truth of {{}} lit patches in {where}"
        return labels, _known(patched, values, truth.clear, text)
    if aside is not None and all((aside.values == condition).any() for condition in LIT):
        text = "the labels of {} lit patches in held-out frames"
        return training, _known(patched, aside.values, None, text)
    return labels, None


def _known(
    patched: PatchedScan, values: numpy.ndarray, clear: numpy.ndarray | None, text: str
) -> KnownScan | None:
    n_lit = int(numpy.isin(values, LIT).sum())
    return KnownScan(patched, values, known_by=text.format(n_lit), clear=clear) if n_lit else None


def _run(
    method: Method, patched: PatchedScan, labels: LabelMap | None, monitor: Monitor
) -> MethodOutcome:
    runner = Runner(method, [patched], monitor=monitor)
    prepared = runner.prepare(0)
    fitted = runner.fit([] if labels is None else [(0, labels)], monitor=monitor)
    answered = runner.answer(fitted, 0)
    shown = runner.step(lambda: weak_beam(patched, answered.result(), monitor=monitor))
    if shown.error:
        return MethodOutcome(method.name, error=shown.error)
    answer = answered.result()
    image, unit, contrast = shown.result()
    beam_map = answer.beam_map
    return MethodOutcome(
        method.name,
        beam_map=beam_map,
        weak_image=image,
        unit=unit,
        contrast=contrast,
        fit_seconds=fitted.seconds,
        seconds=prepared.seconds + answered.seconds + shown.seconds,
        memory=runner.memory,
        fitted=dict(answer.fitted),
        note=answer.note,
        regions=answer.regions,
        model_hash=answer.model_hash if beam_map is None else beam_map.model_hash,
        device=answer.device if beam_map is None else computed_on(beam_map),
    )


def weak_beam(
    patched: PatchedScan, answer: Answer, *, monitor: Monitor = SILENT
) -> tuple[numpy.ndarray, str, numpy.ndarray | None]:
    """The image of an answer, its unit, and its contrast.

    Returns
    -------
    image : numpy.ndarray
        ``(height, width)`` float32 in its unit.
    unit : str
        E.g. ``"counts"``.
    contrast : numpy.ndarray or None
        ``(height, width)`` float32: the image above its local background, in standard deviations;
        None for a probability, see `on_one_scale`.
    """
    image, unit = weak_image(patched, answer, monitor=monitor)
    image = image.astype(numpy.float32)
    return image, unit, contrast_of(image, unit)


def _scored(outcome: MethodOutcome, known: KnownScan | None) -> MethodOutcome:
    if known is None or outcome.beam_map is None:
        return outcome
    probabilities = outcome.beam_map.probabilities
    clear = None
    if known.clear is not None:
        values = numpy.where(known.clear, known.truth, BeamCondition.EMPTY)
        clear = evaluate(probabilities, values) if numpy.isin(values, LIT).any() else None
    return replace(outcome, scores=evaluate(probabilities, known.truth), clear=clear)
