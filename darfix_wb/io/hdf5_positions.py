"""Motor positions of one scan in an HDF5 file, wherever BLISS put them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import h5py
import numpy

from ..errors import DarfixWBError
from .hdf5_access import READING_ERRORS, reason
from .motors import ScanCommand
from .motors.commands import FSCAN_MOTORS

POSITIONERS = ("positioners", "positioners_start", "positioners_end")
"""Groups of the instrument that name the motors; what is in the first may be positions."""

_VALUE_NAMES = ("value", "data")


@dataclass(frozen=True)
class EntryMotors:
    """What one scan of a file says about its motors.

    Attributes
    ----------
    positions : dict of str to numpy.ndarray
        Positions of the motors that were recorded more than once.
    units : dict of str to str
        Unit of each of them, where there is one.
    command : ScanCommand
        The motors that the scan was asked to move.
    title : str
        Title of the scan; empty where it has none.
    """

    positions: Mapping[str, numpy.ndarray]
    units: Mapping[str, str]
    command: ScanCommand
    title: str

    @classmethod
    def read(
        cls, entry: h5py.Group | None, n_frames: int, *, motor: str | None = None
    ) -> EntryMotors:
        """Read the motors of a scan.

        Parameters
        ----------
        entry : h5py.Group or None
            The scan, e.g. ``/1.1``.
        n_frames : int
            Number of frames; of several records of a motor, one that fits them is taken.
        motor : str, optional
            A motor that the user named, which need not be known as one.
        """
        if not isinstance(entry, h5py.Group):
            return cls({}, {}, ScanCommand(), "")
        title, command = entry_title(entry), entry_command(entry)
        names = set(_named_motors(_group(entry, "instrument")))
        names |= {*command.motors, *([motor] if motor else [])}
        places = _places(entry)
        positions, units = {}, {}
        for name in sorted(names):
            records = list(_records(places, name))
            values = _best([_read(item) for item in records if _is_list(item)], n_frames)
            if values is not None:
                positions[name] = values
                units[name] = _unit(records)
        return cls(positions, units, command, title)


def entry_title(entry: h5py.Group) -> str:
    """Title of a scan as its file gives it, or an empty string."""
    return _text(entry, "title")


def entry_command(entry: h5py.Group) -> ScanCommand:
    """The motors that a scan was asked to move; no position is read."""
    instrument = _group(entry, "instrument")
    names = set(_named_motors(instrument))
    return _fscan_command(instrument) or ScanCommand.of_title(entry_title(entry), names)


def _named_motors(instrument: h5py.Group | None) -> Iterator[str]:
    for group in (_group(instrument, name) for name in POSITIONERS):
        yield from group or ()
    for name in instrument or ():
        group = _group(instrument, name)
        if group is not None and isinstance(find_item(group, "value"), h5py.Dataset):
            yield name


def _fscan_command(instrument: h5py.Group | None) -> ScanCommand | None:
    parameters = _group(instrument, "fscan_parameters")
    if parameters is None:
        return None
    return ScanCommand.of_fscan(
        {name: _text(parameters, name) for name in (*FSCAN_MOTORS, "motor")}
    )


def _places(entry: h5py.Group) -> dict[h5py.Group, frozenset[str]]:
    """Groups that may have a motor's positions, in order of preference, with their names."""
    instrument = _group(entry, "instrument")
    groups = [
        _group(instrument, POSITIONERS[0]),
        instrument,
        _group(entry, "measurement"),
        _group(instrument, POSITIONERS[1]),
    ]
    return {group: frozenset(group) for group in groups if group is not None}


def _records(places: Mapping[h5py.Group, frozenset[str]], motor: str) -> Iterator[h5py.Dataset]:
    """Data sets about a motor; one that is read out like a detector is a scalar in positioners."""
    for group, names in places.items():
        item = find_item(group, motor) if motor in names else None
        inner = (
            [find_item(item, name) for name in _VALUE_NAMES] if isinstance(item, h5py.Group) else []
        )
        yield from (found for found in (item, *inner) if isinstance(found, h5py.Dataset))


def _is_list(item: h5py.Dataset) -> bool:
    if not item.shape or max(item.shape) != item.size or item.size < 2:
        return False
    try:
        return item.dtype.kind in "uif"
    except TypeError:  # a type that numpy does not have
        return False


def _read(item: h5py.Dataset) -> numpy.ndarray:
    try:
        return item[()]
    except READING_ERRORS as error:
        raise DarfixWBError(
            f"The motor positions must be readable, and {item.name} of {item.file.filename} is not "
            f"({reason(error)}). The file is damaged: copy it again from its source."
        ) from error


def _best(records: list[numpy.ndarray], n_frames: int) -> numpy.ndarray | None:
    """The record that fits the frames and has numbers; else the first."""
    good = [values for values in records if numpy.isfinite(values).any()]
    fitting = [values for values in good if values.size == n_frames]
    return next(iter([*fitting, *good, *records]), None)


def _unit(records: list[h5py.Dataset]) -> str:
    for item in records:
        unit = item.attrs.get("units", "")
        if len(unit):
            return unit.decode() if isinstance(unit, bytes) else str(unit)
    return ""


def _group(parent: h5py.Group | None, name: str) -> h5py.Group | None:
    item = None if parent is None else find_item(parent, name)
    return item if isinstance(item, h5py.Group) else None


def find_item(parent: h5py.Group, name: str) -> h5py.Group | h5py.Dataset | None:
    """An item of a group; None where there is none, or where a link leads nowhere."""
    try:
        return parent.get(name)
    except READING_ERRORS:
        return None


def _text(group: h5py.Group, name: str) -> str:
    item = find_item(group, name)
    if not isinstance(item, h5py.Dataset) or h5py.check_string_dtype(item.dtype) is None:
        return ""
    value = item[()] if item.size == 1 else ""
    value = value.flat[0] if isinstance(value, numpy.ndarray) else value
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
