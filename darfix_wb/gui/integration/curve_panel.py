"""Reads and shows the rocking curve of a line while the window goes on."""

from __future__ import annotations

from functools import partial

import numpy
from silx.gui import qt

from ...detection.lines import Lines
from ...scan import RockingScan
from ..job import Job
from ..messages import sentence_of
from .curve_plot import CurvePlot
from .line_curve import LineCurve, read_line_curve

_NO_SCAN = "The rocking curve of a line needs its scan: connect the dataset."


class CurvePanel(CurvePlot):
    """The rocking curve of one line, read in a thread; another one ends the reading before."""

    failed = qt.Signal(str)
    """Why a rocking curve could not be read."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: Lines | None = None
        self._scan: RockingScan | None = None
        self._dark: float | numpy.ndarray | None = None
        self._invalid: numpy.ndarray | None = None
        self._job: Job | None = None

    def set_lines(
        self,
        lines: Lines | None,
        scan: RockingScan | None,
        *,
        dark: float | numpy.ndarray | None = None,
        invalid: numpy.ndarray | None = None,
    ) -> None:
        """Take other lines, and the scan and the options of `read_line_curve`."""
        self.stop()
        self._lines, self._scan, self._dark, self._invalid = lines, scan, dark, invalid
        self.clear()

    def show_line(self, line: int) -> None:
        """Read the rocking curve of a line; it is shown when it is there."""
        self.stop()
        if self._scan is None:
            self.clear(_NO_SCAN)
            return
        self.wait(f"{self._title(line)}: reading its rocking curve…")
        self._job = Job(
            partial(
                read_line_curve,
                self._scan,
                self._lines,
                line,
                dark=self._dark,
                invalid=self._invalid,
            )
        )
        self._job.succeeded.connect(self._succeeded)
        self._job.failed.connect(self._failed)
        self._job.begin()

    def is_reading(self) -> bool:
        """Whether a curve is on its way."""
        return self._job is not None

    def stop(self) -> None:
        """End what is read, without waiting for its end."""
        job, self._job = self._job, None
        if job is not None:
            job.cancel_running_task()

    def _title(self, line: int) -> str:
        row, column = self._lines.row[line], self._lines.column[line]
        return f"Line at row {row:.0f}, column {column:.0f}"

    def _succeeded(self, curve: LineCurve) -> None:
        if self.sender() is self._job:
            self._job = None
            self.show_curve(curve, self._scan, self._title(curve.line))

    def _failed(self, error: Exception) -> None:
        if self.sender() is self._job:
            self._job = None
            self.clear("The rocking curve could not be read.")
            self.failed.emit(sentence_of(error))
