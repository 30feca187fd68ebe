"""Reads the rocking curves of lines while the window goes on."""

from __future__ import annotations

from functools import partial

import numpy
from silx.gui import qt

from ...detection.lines import Lines
from ...scan import RockingScan
from ..job import Job
from .line_curve import read_line_curve


class CurveReader(qt.QObject):
    """Reads one curve at a time, in a thread; another request ends the one before."""

    arrived = qt.Signal(object)
    """A `LineCurve`."""

    failed = qt.Signal(object)
    """The exception."""

    def __init__(self, parent: qt.QObject | None = None) -> None:
        super().__init__(parent)
        self._job: Job | None = None

    def read(
        self,
        scan: RockingScan,
        lines: Lines,
        line: int,
        *,
        dark: float | numpy.ndarray | None = None,
        invalid: numpy.ndarray | None = None,
    ) -> None:
        """Read the curve of a line, as `read_line_curve` does; it arrives by `arrived`."""
        self.stop()
        self._job = Job(partial(read_line_curve, scan, lines, line, dark=dark, invalid=invalid))
        self._job.succeeded.connect(self._succeeded)
        self._job.failed.connect(self._failed)
        self._job.begin()

    def is_reading(self) -> bool:
        """Whether a curve is on its way."""
        return self._job is not None

    def stop(self) -> None:
        """End what runs, without waiting for its end."""
        job, self._job = self._job, None
        if job is not None:
            job.cancel_running_task()

    def _succeeded(self, curve: object) -> None:
        if self.sender() is self._job:
            self._job = None
            self.arrived.emit(curve)

    def _failed(self, error: Exception) -> None:
        if self.sender() is self._job:
            self._job = None
            self.failed.emit(error)
