"""One look at a file that may be written at this moment: which frames of a scan are whole in it.

The file is open only for as long as the look takes, and without a lock. What HDF5 cannot read at
this moment is there at the next look, or never.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

import h5py
import numpy

from ..errors import DarfixWBError
from ..io.hdf5_access import READING_ERRORS, find_stack, reason
from ..io.hdf5_entries import choose_stack
from ..io.hdf5_missing import absent_frames
from ..io.hdf5_positions import EntryMotors, find_item
from ..io.hdf5_unlocked import open_unlocked

END = "end_time"
"""Data set of a scan that is written at its end, also where it was stopped."""


@dataclass(frozen=True)
class Look:
    """What one look found.

    Attributes
    ----------
    data_path : str
        The frames; empty where there are none yet.
    shape : tuple of int
        ``(n_frames, height, width)``, as the data set has it: not all need be written.
    whole : numpy.ndarray
        ``(n_frames,)`` bool: frames that are written.
    filtered : bool
        Whether frames are compressed one by one, so that a part of one cannot be taken for it.
    has_ended : bool
        Whether the scan says that it ended.
    going_on : tuple of str
        The last scan of the file, while it goes on, with others of its number.
    problem : str
        Why there is nothing, in words.
    """

    data_path: str = ""
    shape: tuple[int, ...] = (0, 0, 0)
    whole: numpy.ndarray = field(default_factory=lambda: numpy.zeros(0, dtype=bool))
    filtered: bool = False
    has_ended: bool = False
    going_on: tuple[str, ...] = ()
    problem: str = ""

    @property
    def news(self) -> tuple:
        """What differs from look to look while a scan goes on."""
        return self.data_path, self.shape, int(self.whole.sum()), self.has_ended


def look_at(
    path: str | os.PathLike, data_path: str | None = None, *, seen: tuple[str, ...] = ()
) -> Look:
    """See how far a scan is.

    Parameters
    ----------
    path : str or path-like
        HDF5 file; it need not exist yet.
    data_path : str, optional
        A scan (``"3.1"``), its detector or its frames. If not given, the last scan of the file
        while it has no `END`, or those that were `seen`; else the only one with frames.
    seen : tuple of str
        What was `going_on` at an earlier look.

    Raises
    ------
    DarfixWBError
        If it can no longer be told which scan is meant, because all have ended.
    """
    try:
        with open_unlocked(path) as file:
            return _look(file, data_path, seen)
    except FileNotFoundError:
        return Look(problem=f"there is no {path}")
    except READING_ERRORS as error:
        if isinstance(error, DarfixWBError):
            raise
        return Look(problem=f"{path} cannot be read ({reason(error)})")


def _look(file: h5py.File, data_path: str | None, seen: tuple[str, ...]) -> Look:
    going_on = () if data_path else tuple(_going_on(file))
    wanted = [data_path] if data_path else list(going_on or seen or [None])
    try:
        chosen = next(filter(None, (_stack_of(file, one, wanted) for one in wanted)))
    except DarfixWBError as error:
        if wanted == [None] and any(_has_stack(file, name) for name in file):
            raise
        return Look(going_on=going_on, problem=str(error))
    dataset = find_stack(file, chosen)
    whole = numpy.ones(len(dataset), dtype=bool)
    whole[list(absent_frames(dataset))] = False
    settings = dataset.id.get_create_plist()
    return Look(
        chosen,
        tuple(int(side) for side in dataset.shape),
        whole,
        not dataset.is_virtual and settings.get_nfilters() > 0,
        _has_ended(file, chosen.strip("/").split("/")[0]),
        going_on,
    )


def _stack_of(file: h5py.File, name: str | None, among: list[str | None]) -> str | None:
    """The frames below a name; None where there are none and others are left to look at."""
    try:
        return choose_stack(file, name)
    except DarfixWBError:
        if name == among[-1]:
            raise
        return None


def _has_stack(file: h5py.File, name: str) -> bool:
    try:
        return bool(choose_stack(file, name))
    except DarfixWBError:
        return False


def _going_on(file: h5py.File) -> list[str]:
    """The last scan of a file and others of its number, ``["3.1", "3.2"]``, without those ended."""
    groups = (name for name in file if isinstance(find_item(file, name), h5py.Group))
    numbered = sorted((_number(name), name) for name in groups)
    newest = [name for number, name in numbered if number[0] == numbered[-1][0][0]]
    return [name for name in newest if not _has_ended(file, name)]


def _number(name: str) -> tuple[int, ...]:
    """Order of ``"2.1"`` and ``"10.1"``; all other names come first, as if of one scan."""
    parts = name.split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else (-1,)


def _has_ended(file: h5py.File, entry: str) -> bool:
    end = find_item(file, f"{entry}/{END}")
    return isinstance(end, h5py.Dataset) and bool(end.size)


def read_frame(path: str | os.PathLike, data_path: str, index: int) -> numpy.ndarray:
    """One frame, ``(height, width)``.

    Raises
    ------
    OSError, RuntimeError and others in `READING_ERRORS`
        If it cannot be read now.
    """
    with open_unlocked(path) as file:
        return file[data_path][index]


def read_motors(
    path: str | os.PathLike, data_path: str, n_frames: int, motor: str | None
) -> EntryMotors:
    """The motors of a scan, with the positions that were recorded so far.

    Raises
    ------
    OSError, RuntimeError and others in `READING_ERRORS`
        If they cannot be read now.
    """
    with open_unlocked(path) as file:
        return EntryMotors.read(file.get(data_path.strip("/").split("/")[0]), n_frames, motor=motor)


def recorded_positions(motors: EntryMotors, motor: str | None) -> Mapping[str, int]:
    """How many positions of each motor that the scan moves are recorded.

    Of all motors, where it is not known which ones it moves.
    """
    wanted = [name for name in (motor, *motors.command.motors) if name in motors.positions]
    names = wanted or list(motors.positions)
    return {name: _recorded(motors.positions[name]) for name in names}


def _recorded(values: numpy.ndarray) -> int:
    """Positions up to the last that is a number: others of an array made beforehand are NaN."""
    known = numpy.flatnonzero(~numpy.isnan(numpy.ravel(values).astype(float)))
    return int(known[-1]) + 1 if known.size else 0
