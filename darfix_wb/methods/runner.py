"""Runs a method: prepare, fit, answer; each step with its time, and a sentence where it fails."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import numpy

from ..errors import DarfixWBError, OperationCancelled, one_sentence
from ..extraction import PatchedScan
from ..integration import integrate
from ..labels import LabelMap
from ..progress import SILENT, Monitor
from .method import Answer, Fitted, Method
from .resources import measured, resident

_logger = logging.getLogger(__name__)

Result = TypeVar("Result")


class Step(Generic[Result]):
    """Some work that was done: its result, or why there is none.

    Parameters
    ----------
    work : callable
        Called at once. Where it needs the result of a step that failed, it fails alike.
    method : str
        Name of the method, for the log.

    Attributes
    ----------
    error : str
        One sentence that says why there is no result; empty where there is one.
    seconds : float
        On the clock.
    peak : float
        Largest memory of the process meanwhile, bytes; nan where it cannot be told.

    Raises
    ------
    OperationCancelled
        If the work was cancelled.
    """

    def __init__(self, work: Callable[[], Result], method: str) -> None:
        self.error = ""
        self._result: Result | None = None
        with measured() as used:
            self._do(work, method)
        self.seconds, self.peak = used.seconds, used.peak

    def _do(self, work: Callable[[], Result], method: str) -> None:
        try:
            self._result = work()
        except OperationCancelled:
            raise
        except Exception as error:
            if not isinstance(error, DarfixWBError):
                _logger.error("The method %s failed", method, exc_info=error)
            self.error = one_sentence(error)

    def result(self) -> Result:
        """What came of the work.

        Raises
        ------
        DarfixWBError
            With `error`, if the work failed: a step that needs the result fails alike.
        """
        if self.error:
            raise DarfixWBError(self.error)
        return self._result


class Runner:
    """One method on some scans; each is prepared once, however often the method is fitted.

    Parameters
    ----------
    method : Method
        See `darfix_wb.methods.registry.make_methods`.
    scans : sequence of PatchedScan
        To fit it on, and to ask it about.
    monitor : Monitor
        Told how far preparing and answering are, and asked whether they shall stop.
    """

    def __init__(
        self, method: Method, scans: Sequence[PatchedScan], *, monitor: Monitor = SILENT
    ) -> None:
        self._method = method
        self._scans = scans
        self._monitor = monitor
        self._prepared: dict[int, Step] = {}
        self._before = resident()
        self._peaks: list[float] = []

    @property
    def memory(self) -> float:
        """Largest growth of the process's memory in all steps so far, bytes; nan if not known."""
        return max(self._peaks, default=self._before) - self._before

    def step(self, work: Callable[[], Result]) -> Step[Result]:
        """Do some more work, e.g. on an answer, as a step of this method."""
        done = Step(work, self._method.name)
        self._peaks.append(done.peak)
        return done

    def prepare(self, index: int) -> Step:
        """All the work on a scan that needs no labels, done at the first call."""
        if index not in self._prepared:
            patched = self._scans[index]
            self._prepared[index] = self.step(
                lambda: self._method.prepare(patched, monitor=self._monitor)
            )
        return self._prepared[index]

    def fit(
        self,
        known: Sequence[tuple[int, LabelMap]],
        *,
        method: Method | None = None,
        monitor: Monitor = SILENT,
    ) -> Step[Fitted]:
        """Fit the method; its scans are prepared before, and not part of the step's time.

        Parameters
        ----------
        known : sequence of (int, LabelMap)
            Index of each scan to fit on, and its labels; empty for the method's defaults.
        method : Method, optional
            The same method with another seed.
        monitor : Monitor
            Told how far the fit is, and asked whether to stop.
        """
        prepared = [(self.prepare(index), labels) for index, labels in known]

        def fit() -> Fitted:
            pairs = [(scan.result(), labels) for scan, labels in prepared]
            return (method or self._method).fit(pairs, monitor=monitor)

        return self.step(fit)

    def answer(self, fitted: Step[Fitted], index: int) -> Step[Answer]:
        """What the fitted method says of a scan; preparing it is not part of the step's time."""
        prepared = self.prepare(index)
        return self.step(lambda: fitted.result()(prepared.result(), monitor=self._monitor))


def weak_image(
    patched: PatchedScan, answer: Answer, *, monitor: Monitor = SILENT
) -> tuple[numpy.ndarray, str]:
    """The weak-beam image of an answer: its own, or the frames integrated by its conditions.

    Returns
    -------
    image : numpy.ndarray
        ``(height, width)``; NaN where no frame contributed.
    unit : str
        E.g. ``"mean counts above dark"``.
    """
    if answer.weak_image is not None:
        return answer.weak_image, answer.unit
    return integrate(patched, answer.beam_map, monitor=monitor).weak, "mean counts above dark"
