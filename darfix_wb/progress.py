"""Progress and cancellation of some work, and a progress bar in the terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

from .errors import OperationCancelled

SILENT_SECONDS = 2.0
"""Work shorter than this shows no bar."""

_FORMAT = "{desc}: {percentage:3.0f} %|{bar}| {elapsed}<{remaining}"


class Monitor:
    """Told how far some work is, and asked whether to stop.

    Parameters
    ----------
    report : callable, optional
        Takes the fraction done, 0 to 1, and of a training also its record so far, a dict.
    cancelled : callable, optional
        Asked often; true ends the work with `darfix_wb.errors.OperationCancelled`.
    stopped : callable, optional
        Asked often by a training; true ends it with what was reached so far.

    Examples
    --------
    >>> monitor = Monitor(lambda fraction: print(f"{fraction:.0%}"))
    >>> first, second = monitor.parts(2)
    >>> first.report(0.5)
    25%
    >>> second.report(1.0)
    100%
    """

    def __init__(
        self,
        report: Callable[..., None] | None = None,
        *,
        cancelled: Callable[[], bool] | None = None,
        stopped: Callable[[], bool] | None = None,
    ) -> None:
        self._report = report
        self._cancelled = cancelled
        self._stopped = stopped

    def report(self, fraction: float, record: dict | None = None) -> None:
        """Tell the fraction done, 0 to 1, and what else there is to tell."""
        if self._report is None:
            return
        if record is None:
            self._report(fraction)
        else:
            self._report(fraction, record)

    def check(self, sentence: str) -> None:
        """Raise `OperationCancelled` with a sentence if the work is to stop."""
        if self._cancelled is not None and self._cancelled():
            raise OperationCancelled(sentence)

    @property
    def stopped(self) -> bool:
        """Whether a training is to end and keep what it has reached."""
        return self._stopped is not None and self._stopped()

    @property
    def quiet(self) -> Monitor:
        """The same monitor without reports, for work that is not part of the progress."""
        return Monitor(cancelled=self._cancelled, stopped=self._stopped)

    def part(self, begin: float, end: float) -> Monitor:
        """The monitor of a part of the work, whose fractions become those of the whole.

        Parameters
        ----------
        begin, end : float
            Fractions of the whole at which the part begins and ends.

        Returns
        -------
        Monitor
            It may start again from 0, as with several steps; what is reported never falls.
        """
        if self._report is None:
            return self
        furthest = 0.0

        def report(fraction: float, *_: object) -> None:
            nonlocal furthest
            furthest = max(furthest, min(fraction, 1.0))
            self.report(begin + (end - begin) * furthest)

        return Monitor(report, cancelled=self._cancelled, stopped=self._stopped)

    def parts(self, count: int) -> list[Monitor]:
        """The monitors of `count` parts of equal length, as `part`."""
        return [self.part(index / count, (index + 1) / count) for index in range(count)]


SILENT = Monitor()
"""A monitor that reports to nobody and never stops."""


@contextmanager
def progress_bar(description: str) -> Iterator[Monitor]:
    """Show how far some work is.

    Parameters
    ----------
    description : str
        What is done, e.g. ``"Classifying"``.

    Yields
    ------
    Monitor
        It shows the fraction done; a record is left aside.
    """
    bar = open_bar(description)
    try:
        yield Monitor(lambda fraction, *_: bar.show(fraction))
    finally:
        bar.close()


def open_bar(description: str) -> Bar | Lines:
    """What shows a fraction on the standard error until its owner closes it."""
    return Bar(description) if sys.stderr.isatty() else Lines(description)


def write_line(text: str) -> None:
    """Write a line on the standard error, above any bar."""
    tqdm.write(text, file=sys.stderr)


class Bar:
    """A bar that is drawn again and again in one line of a terminal."""

    def __init__(self, description: str) -> None:
        self._bar = tqdm(
            total=1.0, desc=description, bar_format=_FORMAT, delay=SILENT_SECONDS, leave=False
        )

    def show(self, fraction: float) -> None:
        """Move the bar to a fraction, 0 to 1."""
        self._bar.update(fraction - self._bar.n)

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()


class Lines:
    """A line for every tenth of the work, for logs and files."""

    def __init__(self, description: str) -> None:
        self._description = description
        self._begin = time.monotonic()
        self._tenths = 0

    def show(self, fraction: float) -> None:
        """Write a line if the fraction, 0 to 1, is a tenth further than the last one shown."""
        seconds, tenths = time.monotonic() - self._begin, int(10 * fraction + 1e-9)
        if seconds < SILENT_SECONDS or tenths <= self._tenths:
            return
        self._tenths = tenths
        write_line(f"{self._description}: {fraction:.0%} after {seconds:.0f} s")

    def close(self) -> None:
        """Nothing is left to take away."""
