"""Work in the background of which only the latest matters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from silx.gui import qt

from .job import Job
from .messages import was_cancelled


class LatestJob(qt.QObject):
    """Runs one function at a time in a thread; a newer one takes the place of the one before.

    What a function gives that was cancelled or replaced is not heard of.
    """

    succeeded = qt.Signal(object)
    """What the function returned."""

    failed = qt.Signal(object)
    """The exception."""

    progressed = qt.Signal(float)
    """Fraction of the work that is done."""

    def __init__(self, parent: qt.QObject | None = None) -> None:
        super().__init__(parent)
        self._job: Job | None = None
        self._next: Callable[..., Any] | None = None
        self._unwanted = False

    def begin(self, function: Callable[..., Any]) -> None:
        """Run a function that takes ``monitor``, as of `darfix_wb.gui.job.Job`."""
        self._next = function
        if self._job is None:
            self._start()
        else:
            self._give_up()

    def cancel(self) -> None:
        """End what runs, and run no other."""
        self._next = None
        if self._job is not None:
            self._give_up()

    def is_running(self) -> bool:
        """Whether a function runs that is still wanted, or waits."""
        return self._next is not None or (self._job is not None and not self._unwanted)

    def stop(self) -> None:
        """Cancel and wait a moment, before the window is deleted."""
        self._next = None
        if self._job is not None:
            self._job.stop()
            self._job = None

    def _give_up(self) -> None:
        self._unwanted = True
        self._job.cancel_running_task()

    def _start(self) -> None:
        self._unwanted = False
        self._job, self._next = Job(self._next), None
        self._job.succeeded.connect(self._succeeded)
        self._job.failed.connect(self._failed)
        self._job.progressed.connect(self._progressed)
        self._job.finished.connect(self._ended)
        self._job.begin()

    def _succeeded(self, result: object) -> None:
        if not self._unwanted:
            self.succeeded.emit(result)

    def _failed(self, error: BaseException) -> None:
        if not self._unwanted and not was_cancelled(error):
            self.failed.emit(error)

    def _progressed(self, fraction: float) -> None:
        if not self._unwanted:
            self.progressed.emit(fraction)

    def _ended(self) -> None:
        self._job = None
        if self._next is not None:
            self._start()
