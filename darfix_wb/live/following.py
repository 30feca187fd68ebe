"""Follow a scan from its first frame to its end, while another program writes it."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy

from ..errors import DarfixWBError
from ..io.hdf5_access import READING_ERRORS
from ..io.motors import find_rocking
from ..io.scan_urls import ScanUrl
from ..progress import SILENT, Monitor
from .looking import Look, look_at, read_frame, read_motors, recorded_positions

POLL_S, TIMEOUT_S = 0.1, 60.0

PATIENCE_S = 5.0
"""So long a frame is waited for while there are later ones, and a position of a frame, and frames
after the scan said that it ended."""

SETTLE_S = 0.2
"""Age of frames that are not compressed: a part of one could not be told from it."""

NOT_WRITTEN, ONLY_ZEROS = "not written", "only zeros"
"""Why a frame is passed over."""

_NAP_S = 0.1


@dataclass(frozen=True)
class LiveFrame:
    """A frame that has landed.

    Attributes
    ----------
    index : int
        Its number in the scan.
    counts : numpy.ndarray
        ``(height, width)`` in the dtype of the file.
    angle : float
        Position of the rocking motor; NaN where it is not known yet.
    found : float
        When it was first seen in the file, seconds of `time.monotonic`.
    """

    index: int
    counts: numpy.ndarray
    angle: float
    found: float


class ScanFollower:
    """Gives the frames of a scan in their order as they land, each once and whole.

    Parameters
    ----------
    path : str or path-like
        HDF5 file of BLISS; it need not exist yet.
    data_path : str, optional
        As of `darfix_wb.live.looking.look_at`.
    motor : str, optional
        Rocking motor; if not given, that of the scan's command or the one that moves.
    poll_s : float
        Time between two looks at the file, seconds.
    timeout_s : float
        Without news for so long, the scan is taken to be over, seconds.

    Attributes
    ----------
    data_path : str
        Data set of the frames; as given, until they are there.
    angles : numpy.ndarray
        ``(n,)`` float64: positions of the rocking motor, as far as they are known.
    motor, unit : str
        The rocking motor and its unit; empty until they are known.
    passed_over : dict of int to str
        Frames that did not come while later ones did, with the reason.
    n_frames : int
        Frames that came.
    shape : tuple of int
        Of the data set, at the last look.
    n_positions : int
        Positions that were recorded.
    ending : str
        How the scan ended, a sentence; empty while it goes on.
    """

    def __init__(
        self,
        path: str | os.PathLike,
        *,
        data_path: str | None = None,
        motor: str | None = None,
        poll_s: float = POLL_S,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        for name, value in (("poll", poll_s), ("timeout", timeout_s)):
            if not value > 0:
                raise DarfixWBError(f"{name} must be above 0 s, got {value:g}. Give seconds.")
        self.path = os.fspath(path)
        self.data_path = data_path
        self.motor, self.unit, self.ending = "", "", ""
        self.angles = numpy.zeros(0)
        self.passed_over: dict[int, str] = {}
        self.n_frames, self.n_positions, self.shape = 0, 0, (0, 0, 0)
        self._given_motor, self._poll_s, self._timeout_s = motor, poll_s, timeout_s
        self._next, self._seen, self._going_on = 0, {}, ()
        self._last_rows_are_zero, self._said_so = False, False
        self._news = ()
        self._news_at = self._looked_at = time.monotonic()

    @property
    def url(self) -> str:
        """URL of the frames, or of the file until they are there."""
        return str(ScanUrl(self.path, self.data_path))

    @property
    def stopped_early(self) -> bool:
        """Whether frames are missing that were to come, or the scan never said that it ended."""
        return not self._said_so or self.n_frames < max(self.shape[0], self.n_positions)

    def frames(self, *, monitor: Monitor = SILENT) -> Iterator[LiveFrame]:
        """The frames, until the scan ends or nothing has come for the time-out.

        Parameters
        ----------
        monitor : Monitor
            Asked at each look whether to stop.

        Raises
        ------
        DarfixWBError
            If no frame came at all, or it cannot be told which scan is meant.
        """
        while not self.ending:
            monitor.check("Following the scan was cancelled.")
            look = self._look()
            frame = self._take(look)
            while frame is not None:
                yield frame
                self._news_at = time.monotonic()
                monitor.check("Following the scan was cancelled.")
                frame = self._take(look)
            if self._is_over(look):
                self._end(look)
            else:
                self._sleep(monitor)
        if not self.n_frames:
            raise DarfixWBError(
                f"A scan must have frames within {self._timeout_s:g} s, and none came "
                f"({look.problem.rstrip('.') or NOT_WRITTEN}). Check the names, or give a longer "
                "timeout."
            )

    def _look(self) -> Look:
        self._looked_at = now = time.monotonic()
        look = look_at(self.path, self.data_path, seen=self._going_on)
        self._going_on = look.going_on or self._going_on
        if look.data_path:
            self.shape, self._said_so = look.shape, look.has_ended
        for index in numpy.flatnonzero(look.whole[self._next :]) + self._next:
            self._seen.setdefault(int(index), now)
        news = (*look.news, self.n_positions, self._next)
        if look.data_path and news != self._news:
            self._news, self._news_at = news, now
        return look

    def _take(self, look: Look) -> LiveFrame | None:
        """The next frame of those that a look saw, if it can be read."""
        waiting = sorted(self._seen)
        if not waiting or not look.data_path:
            return None
        index, found = waiting[0], self._seen[waiting[0]]
        age = self._looked_at - found  # whoever takes the frames may be slow: that is no age
        if index > self._next and age < PATIENCE_S:
            return None
        if not look.filtered and age < SETTLE_S:
            return None
        try:
            if index >= self.n_positions:
                self._read_positions(look)
            if self._lacks_position(index) and age < PATIENCE_S and not look.has_ended:
                return None
            counts = read_frame(self.path, look.data_path, index)
        except READING_ERRORS as error:
            return self._give_up(index, str(error)) if age >= PATIENCE_S else None
        if self._may_be_torn(counts):
            if age < PATIENCE_S:
                return None
            if not counts.any():
                return self._give_up(index, ONLY_ZEROS)
            self._last_rows_are_zero = True
        self._pass_over(range(self._next, index), NOT_WRITTEN)
        del self._seen[index]
        self._next, self.n_frames, self.data_path = index + 1, self.n_frames + 1, look.data_path
        angle = float(self.angles[index]) if index < len(self.angles) else numpy.nan
        return LiveFrame(index, counts, angle, found)

    def _lacks_position(self, index: int) -> bool:
        """A first position alone is no list of positions in the file: its frame need not wait."""
        return index >= max(self.n_positions, 1)

    def _may_be_torn(self, counts: numpy.ndarray) -> bool:
        """Whether the end of a frame is as HDF5 gives what was never written."""
        return not counts[-1].any() and not (self._last_rows_are_zero and counts.any())

    def _give_up(self, index: int, why: str) -> None:
        del self._seen[index]
        self._pass_over(range(self._next, index), NOT_WRITTEN)
        self.passed_over[index] = why
        self._next = index + 1

    def _pass_over(self, indices: range, why: str) -> None:
        self.passed_over |= dict.fromkeys(indices, why)

    def _read_positions(self, look: Look) -> None:
        motors = read_motors(self.path, look.data_path, look.shape[0], self._given_motor)
        counts = recorded_positions(motors, self._given_motor)
        self.n_positions = max(counts.values(), default=0)
        known = min(self.n_positions, look.shape[0])
        positions = {name: values.ravel()[:known] for name, values in motors.positions.items()}
        try:
            rocking = find_rocking(
                positions, known, motor=self._given_motor, command=motors.command
            )
        except DarfixWBError:  # too early to tell which motor rocks
            return
        self.motor, self.angles = rocking.motor, rocking.angles
        self.unit = motors.units.get(rocking.motor, "")

    def _is_over(self, look: Look) -> bool:
        silent = self._looked_at - self._news_at
        if look.has_ended:
            return self._next >= look.shape[0] or silent >= min(PATIENCE_S, self._timeout_s)
        return silent >= self._timeout_s

    def _end(self, look: Look) -> None:
        if look.data_path:
            with contextlib.suppress(*READING_ERRORS):
                self._read_positions(look)
        promised = max(self.shape[0], self.n_positions)
        recorded = f"{self.n_frames} frames"
        if self.n_frames < promised:
            recorded = f"{self.n_frames} of {promised} frames"
        self.ending = f"The scan ended with {recorded}."
        if not self._said_so:
            self.ending = (
                f"Nothing new came for {self._timeout_s:g} s, and the scan does not say that it "
                f"ended: it is taken to be over, with {recorded}."
            )

    def _sleep(self, monitor: Monitor) -> None:
        end = time.monotonic() + self._poll_s
        while (left := end - time.monotonic()) > 0:
            monitor.check("Following the scan was cancelled.")
            time.sleep(min(left, _NAP_S))
