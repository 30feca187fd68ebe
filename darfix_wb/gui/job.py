"""Work in a background thread of a window, where no task of the workflow does it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from silx.gui import qt

from ..progress import Monitor
from . import threads

_alive: set = set()
"""Jobs until their end: Qt aborts the process where a running thread is let go of."""


class Job(qt.QThread):
    """Runs a function in a thread.

    Parameters
    ----------
    function : callable
        Takes ``monitor``, a `darfix_wb.progress.Monitor`, and returns the result.
    """

    progressed = qt.Signal(float)
    succeeded = qt.Signal(object)
    failed = qt.Signal(object)
    """The exception."""

    def __init__(self, function: Callable[..., Any], parent: qt.QObject | None = None) -> None:
        super().__init__(parent)
        self._function = function
        self._cancelled = threading.Event()
        self._monitor = Monitor(self._report, cancelled=self._cancelled.is_set)
        self.finished.connect(self._let_go)
        threads.watch(self)

    def begin(self) -> None:
        """Start the thread."""
        _alive.add(self)
        self.start()

    def run(self) -> None:
        """What Qt calls in the thread."""
        try:
            result = self._function(monitor=self._monitor)
        except Exception as error:
            self.failed.emit(error)
        else:
            if not self._cancelled.is_set():
                self.succeeded.emit(result)

    def cancel_running_task(self) -> None:
        """Ask the function to stop."""
        self._cancelled.set()

    def _report(self, fraction: float, *_: object) -> None:
        self.progressed.emit(float(fraction))

    def stop(self) -> None:
        """Cancel, say nothing more, and wait a moment for the end."""
        self.blockSignals(True)
        threads.stop(self)
        self._let_go()

    def _let_go(self) -> None:
        _alive.discard(self)
