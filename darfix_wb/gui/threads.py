"""Threads that must come to their end before Qt lets go of them: else the process dies."""

from __future__ import annotations

import atexit
import time
import weakref

from silx.gui import qt

from .ending import delete_objects

GRACE_SECONDS = 1.0
"""How long the window waits for a thread when its widget is deleted."""

LAST_SECONDS = 20.0
"""How long the process waits for its threads at its end."""

_watched = weakref.WeakSet()
_kept: list = []


def watch(executor: qt.QThread) -> None:
    """End a thread with the process at the latest; it has a method `cancel_running_task`."""
    _watched.add(executor)


def stop(executor: qt.QThread) -> None:
    """Cancel what a thread runs and wait a moment; keep it until its end if it takes longer."""
    _kept[:] = [kept for kept in _kept if kept.isRunning()]
    if not executor.isRunning():
        return
    executor.cancel_running_task()
    if not executor.wait(round(1000 * GRACE_SECONDS)):
        _kept.append(executor)


@atexit.register
def _stop_all() -> None:
    running = [executor for executor in {*_watched, *_kept} if executor.isRunning()]
    for executor in running:
        executor.cancel_running_task()
    deadline = time.monotonic() + LAST_SECONDS
    for executor in running:
        executor.wait(max(0, round(1000 * (deadline - time.monotonic()))))
    delete_objects()
