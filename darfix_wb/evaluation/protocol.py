"""Methods times splits: every method gets the same scans, labels and frames."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy

from ..errors import DarfixWBError, OperationCancelled, one_sentence
from ..methods.method import Answer, Fitted, Method, MethodOptions
from ..methods.registry import make_method
from ..progress import SILENT, Monitor
from .cell import Cell
from .figures import figures
from .images import image_figures
from .known_scan import KnownScan
from .splits import Split

_logger = logging.getLogger(__name__)


@dataclass
class Evaluation:
    """What was done so far.

    Attributes
    ----------
    scans : sequence of KnownScan
        The scans, the same for all methods.
    splits : sequence of Split
        The splits, the same for all methods.
    methods : tuple of str
        Names, in the order in which they are run.
    options : MethodOptions
        Of the methods; the seed is replaced by that of the split.
    cells : list of Cell
        What came of it; more with each split.
    finished : list of str
        Methods that are through.
    """

    scans: Sequence[KnownScan]
    splits: Sequence[Split]
    methods: tuple[str, ...]
    options: MethodOptions = field(default_factory=MethodOptions)
    cells: list[Cell] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)

    @property
    def protocols(self) -> tuple[str, ...]:
        """Names, in the order of the splits."""
        return tuple(dict.fromkeys(split.protocol for split in self.splits))

    def run(
        self, after_each: Callable[[], None] | None = None, *, monitor: Monitor = SILENT
    ) -> None:
        """Fit and score each method in turn, and fill `cells`.

        A method that fails leaves its sentence in its cells, and the others go on. Scans are
        prepared once for each method, with the first seed.

        Parameters
        ----------
        monitor : Monitor
            Told how far the work is, and asked whether it shall stop.
        after_each : callable, optional
            Called after each method.

        Raises
        ------
        DarfixWBError
            If a method is unknown.
        """
        for name in self.methods:
            make_method(name, self.options)
        for name, part in zip(self.methods, monitor.parts(len(self.methods)), strict=True):
            run = _MethodRun(self, name, part)
            for cells in run.splits():
                self.cells += cells
            self.finished.append(name)
            if after_each is not None:
                after_each()


class _MethodRun:
    """One method on all scans and splits."""

    def __init__(self, evaluation: Evaluation, name: str, monitor: Monitor) -> None:
        self._evaluation = evaluation
        self._name = name
        self._monitor = monitor
        self._prepared: dict[int, _Attempt] = {}

    def splits(self) -> Iterator[list[Cell]]:
        """Yield the cells of one split after the other."""
        splits = self._evaluation.splits
        for split, monitor in zip(splits, self._monitor.parts(len(splits)), strict=True):
            method = make_method(self._name, replace(self._evaluation.options, seed=split.seed))
            if split.known or not method.needs_labels:
                yield self._split(method, split, monitor=monitor)
            monitor.report(1.0)

    def _split(self, method: Method, split: Split, monitor: Monitor) -> list[Cell]:
        def fit() -> Fitted:
            known = [(self._prepare(index).result(), labels) for index, labels in split.known]
            return method.fit(known, monitor=monitor)

        for index, _ in split.known:
            self._prepare(index)
        fitted = _Attempt(fit, self._name)
        return [self._cell(split, index, frames, fitted) for index, frames in split.scored]

    def _prepare(self, index: int) -> _Attempt:
        if index not in self._prepared:
            method = make_method(self._name, self._evaluation.options)
            patched = self._evaluation.scans[index].patched
            self._prepared[index] = _Attempt(
                lambda: method.prepare(patched, monitor=self._monitor.quiet),
                self._name,
            )
        return self._prepared[index]

    def _cell(self, split: Split, index: int, frames: numpy.ndarray, fitted: _Attempt) -> Cell:
        scan = self._evaluation.scans[index]
        cell = Cell(self._name, split.protocol, split.sample, scan.name, split.seed)
        prepared = self._prepare(index)
        said = _Attempt(
            lambda: fitted.result()(prepared.result(), monitor=self._monitor.quiet),
            self._name,
        )

        def score() -> Cell:
            answer: Answer = said.result()
            parameters, macs = getattr(fitted.result(), "size", (0, 0))
            unseen = split.scores_whole_scans
            return replace(
                cell,
                figures=figures(
                    answer.beam_map.probabilities,
                    scan,
                    frames,
                    seed=index,
                    thresholds=answer.beam_map.thresholds,
                ),
                image=image_figures(scan, answer, monitor=self._monitor.quiet) if unseen else {},
                fitted=dict(answer.fitted),
                parameters=parameters,
                macs=macs,
                fit_seconds=fitted.seconds,
                frame_seconds=(prepared.seconds + said.seconds) / scan.n_frames,
                note=answer.note,
            )

        scored = _Attempt(score, self._name)
        return replace(cell, error=scored.sentence) if scored.sentence else scored.result()


class _Failed(Exception):
    """Work that needs a result of other work that failed; with the sentence of that."""


class _Attempt:
    """The result of some work, or the sentence that says why there is none; and its seconds."""

    def __init__(self, work: Callable[[], Any], name: str) -> None:
        self.sentence = ""
        started = time.perf_counter()
        try:
            self._result = work()
        except OperationCancelled:
            raise
        except (DarfixWBError, _Failed) as error:
            self.sentence = str(error)
        except Exception as error:
            _logger.error("The method %s failed", name, exc_info=error)
            self.sentence = one_sentence(error)
        self.seconds = time.perf_counter() - started

    def result(self) -> Any:
        """The result; `_Failed` where there is none."""
        if self.sentence:
            raise _Failed(self.sentence)
        return self._result
