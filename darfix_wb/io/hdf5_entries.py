"""The stacks of frames in an HDF5 file, and which of them is the rocking scan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import h5py

from ..errors import DarfixWBError
from .hdf5_access import find_stack, is_stack
from .hdf5_positions import EntryMotors, entry_command, entry_title, find_item
from .motors import ScanCommand, find_rocking

FRAME_NAMES = ("data", "image")
"""What BLISS calls the frames of a detector, in order of preference."""

MORE_PIXELS = 2
"""A detector is preferred to another that has less than 1 / `MORE_PIXELS` of its pixels."""


@dataclass(frozen=True)
class Stack:
    """Frames of one detector in one scan."""

    path: str
    entry: str
    shape: tuple[int, int, int]
    title: str

    @property
    def n_pixels(self) -> int:
        """Pixels of a frame."""
        return self.shape[1] * self.shape[2]

    def __str__(self) -> str:
        title = f" ({self.title})" if self.title else ""
        return f"{self.path}{title} of {' x '.join(map(str, self.shape))}"


def choose_stack(file: h5py.File, data_path: str | None = None) -> str:
    """Name of the data set with the frames of the rocking scan.

    Parameters
    ----------
    file : h5py.File
        An open file.
    data_path : str, optional
        A data set, or a group to look in: a scan (``"3.1"``), its instrument or measurement, or a
        detector. If not given, the whole file.

    Returns
    -------
    str
        The data set `data_path`; else the only stack of frames whose scan moves a motor.

    Raises
    ------
    DarfixWBError
        If there is none, or more than one, with their titles.
    """
    where = "/" if data_path is None else f"/{data_path.strip('/')}"
    if data_path is not None and not isinstance(find_item(file, where), h5py.Group):
        find_stack(file, where)
        return where
    stacks = [stack for entry in _entries(file, where) for stack in stacks_of(file, entry, where)]
    if not stacks:
        raise _no_frames(file, where)
    rocking = rocking_stacks(file, stacks)
    if len(rocking) > 1:
        raise DarfixWBError(
            f"data_path must say which frames to take where a file has several, and "
            f"{file.filename} has {'; '.join(map(str, rocking))}. Give one of them, e.g. "
            f"{rocking[0].path}."
        )
    return rocking[0].path


def rocking_stacks(file: h5py.File, stacks: list[Stack]) -> list[Stack]:
    """Stacks that can be the rocking scan: one, where that can be told."""
    if len(stacks) > 1:
        stacks = [stack for stack in stacks if moves_motor(file, stack)] or stacks
    if len({stack.entry for stack in stacks}) > 1:
        return stacks
    most = max(stacks, key=lambda stack: stack.n_pixels)
    if all(MORE_PIXELS * other.n_pixels <= most.n_pixels for other in stacks if other != most):
        return [most]
    return stacks


def moves_motor(file: h5py.File, stack: Stack) -> bool:
    """Whether a motor moves from frame to frame, or was asked to."""
    entry, n_frames = find_item(file, stack.entry), stack.shape[0]
    command = entry_command(entry) if isinstance(entry, h5py.Group) else ScanCommand()
    if command.is_motionless or n_frames == 1:
        return False
    if command.motors:
        return True
    positions = EntryMotors.read(entry, n_frames).positions
    try:
        find_rocking(positions, n_frames, command=command)
    except DarfixWBError:
        return False
    return True


def _entries(file: h5py.File, where: str) -> list[str]:
    return [f"/{name}" for name in file] if where == "/" else [f"/{where.split('/')[1]}"]


def stacks_of(file: h5py.File, entry: str, where: str) -> Iterator[Stack]:
    """One stack for each detector of a scan, of those that lie below `where`."""
    group = find_item(file, entry)
    title = entry_title(group) if isinstance(group, h5py.Group) else ""
    found: list[h5py.Dataset] = []
    detectors = set()
    for path in _candidates(file, entry):
        item = find_item(file, path)
        detector = path.split("/")[3]
        below = f"{path}/".startswith(f"{where.rstrip('/')}/")
        if below and is_stack(item) and detector not in detectors and item not in found:
            found.append(item)
            detectors.add(detector)
            yield Stack(path, entry, tuple(item.shape), title)


def _candidates(file: h5py.File, entry: str) -> Iterator[str]:
    instrument, measurement = f"{entry}/instrument", f"{entry}/measurement"
    for detector in _names(file, instrument):
        if isinstance(find_item(file, f"{instrument}/{detector}"), h5py.Group):
            yield from (f"{instrument}/{detector}/{name}" for name in FRAME_NAMES)
    yield from (f"{measurement}/{name}" for name in _names(file, measurement))


def _names(file: h5py.File, path: str) -> list[str]:
    group = find_item(file, path)
    return list(group) if isinstance(group, h5py.Group) else []


def broken_link(file: h5py.File, entry: str) -> DarfixWBError | None:
    """What is wrong with the link to the frames of an entry; None where none leads nowhere."""
    for path in (entry, *_candidates(file, entry)):
        link = file.get(path, getlink=True) if (path.rpartition("/")[0] or "/") in file else None
        if isinstance(link, h5py.ExternalLink) and find_item(file, path) is None:
            try:
                find_stack(file, path)
            except DarfixWBError as error:
                return error
    return None


def _no_frames(file: h5py.File, where: str) -> DarfixWBError:
    for entry in _entries(file, where):
        broken = broken_link(file, entry)
        if broken is not None:
            return broken
    if where == "/":
        return DarfixWBError(
            "The file must have frames in /1.1/instrument/<detector>/data or image, or in "
            f"/1.1/measurement/<detector>, and {file.filename} has none there. Give data_path."
        )
    every = [str(stack) for entry in _entries(file, "/") for stack in stacks_of(file, entry, "/")]
    offer = f"Choose one of {'; '.join(every)}." if every else "Choose another file."
    return DarfixWBError(
        f"There must be frames below data_path, and {file.filename} has none in {where}. {offer}"
    )
