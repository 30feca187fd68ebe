"""The run of a widget's task, alike with ewoksorange 5 (a thread) and 6 (an executor)."""

from __future__ import annotations

import threading
from concurrent import futures

from ewoksorange.gui.owwidgets.threaded import OWEwoksWidgetOneThread

WITH_FUTURES = hasattr(OWEwoksWidgetOneThread, "has_pending_task")
"""Whether ewoksorange is 6 or newer."""


class OWTaskWidget(OWEwoksWidgetOneThread, openclass=True):
    """A widget that runs one task at a time.

    `task_run` has the methods `isRunning`, `wait` and `cancel_running_task` of the thread that
    ewoksorange 5 has, whichever it is: `darfix_wb.gui.threads` stops it. Nothing else in this
    package may use `task_executor`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.task_run = FutureRun() if WITH_FUTURES else self.task_executor

    @classmethod
    def _create_pool_executor(cls) -> futures.Executor:
        return DaemonThreads()

    def start_task(self, propagate: bool) -> None:
        """Begin to run the task; the widget's `task_output_changed` is called at its end."""
        future = super()._execute_ewoks_task(propagate, log_missing_inputs=False)
        if WITH_FUTURES:
            self.task_run.follow(future, self.task_executor)

    def task_ended_well(self) -> bool:
        """Whether the last run gave its outputs."""
        return self.task_error() is None if WITH_FUTURES else bool(self.task_succeeded)

    def task_error(self) -> BaseException | None:
        """What the task of the last run raised, if anything."""
        return self.task_run.error() if WITH_FUTURES else self.task_exception

    def silence_task(self) -> None:
        """Hear nothing more of a run; it is not stopped by that."""
        self.task_executor.blockSignals(True)


class FutureRun:
    """The last run that an executor of ewoksorange 6 was given."""

    def __init__(self) -> None:
        self._future = self._executor = None
        self._ended = threading.Event()

    def follow(self, future, executor) -> None:
        """Be the run of a future, until the next; None leaves all as it is.

        The executor is kept, since Qt must not destroy it in the thread that runs.
        """
        if future is None:
            return
        ended = threading.Event()
        self._future, self._executor, self._ended = future, executor, ended
        # The executor's own callback was added before: it is over when this one is called.
        future.add_done_callback(lambda _: ended.set())

    def isRunning(self) -> bool:
        """Whether the run has not ended."""
        return self._future is not None and not self._ended.is_set()

    def wait(self, milliseconds: int) -> bool:
        """Wait for the end of the run, and say whether it has ended."""
        return self._future is None or self._ended.wait(milliseconds / 1000)

    def cancel_running_task(self) -> None:
        """Ask the task to stop."""
        if self.isRunning():
            self._future.abort()

    def error(self) -> BaseException | None:
        """What the task raised; None if it ended well."""
        error = self._future.exception()
        return error and (error.__cause__ or error)


class DaemonThreads(futures.Executor):
    """Runs each call in a thread of its own, which does not outlive the interpreter.

    `concurrent.futures` waits for its threads before any function of `atexit` is called, so that a
    process with a running task would not stop the task but wait for its end.
    """

    def submit(self, function, /, *args, **kwargs) -> futures.Future:
        """Call a function in a new thread."""
        future = futures.Future()
        arguments = (future, function, args, kwargs)
        threading.Thread(target=self._work, args=arguments, daemon=True).start()
        return future

    @staticmethod
    def _work(future: futures.Future, function, args: tuple, kwargs: dict) -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(result)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the threads to those who stop their tasks."""
