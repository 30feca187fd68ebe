"""Methods times splits: every method gets the same scans, labels and frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy

from ..beam import BeamMap
from ..known_scan import KnownScan
from ..methods.method import Fitted, MethodOptions
from ..methods.registry import make_method
from ..methods.runner import Runner, Step
from ..progress import SILENT, Monitor
from .cell import Cell
from .figures import Figures, figures
from .images import image_figures
from .splits import Split


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
            Told how far the work is, and asked whether to stop.
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
        self._runner = Runner(
            make_method(name, evaluation.options),
            [scan.patched for scan in evaluation.scans],
            monitor=monitor.quiet,
        )

    def splits(self) -> Iterator[list[Cell]]:
        """Yield the cells of one split after the other."""
        splits = self._evaluation.splits
        for split, monitor in zip(splits, self._monitor.parts(len(splits)), strict=True):
            method = make_method(self._name, replace(self._evaluation.options, seed=split.seed))
            if split.known or not method.needs_labels:
                fitted = self._runner.fit(split.known, method=method, monitor=monitor)
                yield [self._cell(split, index, frames, fitted) for index, frames in split.scored]
            monitor.report(1.0)

    def _cell(self, split: Split, index: int, frames: numpy.ndarray, fitted: Step[Fitted]) -> Cell:
        scan = self._evaluation.scans[index]
        cell = Cell(self._name, split.protocol, split.sample, scan.name, split.seed)
        prepared = self._runner.prepare(index)
        answered = self._runner.answer(fitted, index)

        def score() -> Cell:
            answer = answered.result()
            parameters, macs = getattr(fitted.result(), "size", (0, 0))
            unseen = split.scores_whole_scans
            return replace(
                cell,
                figures=_figures(answer.beam_map, scan, frames, seed=index),
                image=image_figures(scan, answer, monitor=self._monitor.quiet) if unseen else {},
                fitted=dict(answer.fitted),
                parameters=parameters,
                macs=macs,
                fit_seconds=fitted.seconds,
                frame_seconds=(prepared.seconds + answered.seconds) / scan.n_frames,
                note=answer.note,
            )

        scored = self._runner.step(score)
        return replace(cell, error=scored.error) if scored.error else scored.result()


def _figures(
    beam_map: BeamMap | None, scan: KnownScan, frames: numpy.ndarray, *, seed: int
) -> Figures | None:
    """Figures of what was said of the patches; None of a method that makes an image only."""
    if beam_map is None:
        return None
    return figures(beam_map.probabilities, scan, frames, seed=seed, thresholds=beam_map.thresholds)
