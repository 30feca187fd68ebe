"""Rocking scans of HDF5 files, as BLISS writes them at the beamline."""

from __future__ import annotations

import os

import h5py

from ..errors import DarfixWBError
from ..scan import RockingScan
from .hdf5_access import find_stack, is_stack, open_hdf5
from .hdf5_frames import HDF5Frames
from .motors import find_rocking

FRAME_NAMES = ("data", "image")
"""What BLISS calls the frames of a detector, in order of preference."""


def open_hdf5_scan(
    path: str | os.PathLike, *, data_path: str | None = None, motor: str | None = None
) -> RockingScan:
    """Open a rocking scan of an HDF5 file; its frames stay in the file.

    Parameters
    ----------
    path : str or path-like
        HDF5 file with the layout of BLISS: ``/1.1/instrument/<detector>/data`` (or ``image``)
        next to ``/1.1/instrument/positioners``.
    data_path : str, optional
        Data set of the frames; needed only where the file has several.
    motor : str, optional
        Rocking motor; needed only where several motors move without stepping over a grid. Of two
        that do, the faster one is taken, and each position of the other gives one curve.

    Raises
    ------
    DarfixWBError
        If the file, its frames or its motor positions cannot be used.
    """
    with open_hdf5(path) as file:
        data_path = data_path or _only_stack(file)
        n_frames = find_stack(file, data_path).shape[0]
        positioners = _positioners(file, data_path)
        positions = {name: data[()] for name, data in _motor_datasets(positioners).items()}
        name, angles, curves = find_rocking(positions, n_frames, motor=motor)
        unit = positioner_unit(positioners, name)
    frames = HDF5Frames(path, data_path)
    return RockingScan(
        frames,
        angles,
        name,
        unit,
        curves,
        source=frames.url,
        left_out=frames.missing,
        warnings=frames.warnings,
    )


def positioner_unit(positioners: h5py.Group, motor: str) -> str:
    """Unit of a motor as the file gives it, or an empty string."""
    for item in _records(positioners, motor):
        unit = item.attrs.get("units", "")
        if unit:
            return unit.decode() if isinstance(unit, bytes) else str(unit)
    return ""


def _only_stack(file: h5py.File) -> str:
    found = [path for entry in file for path in _stacks_of(file, f"/{entry}/instrument")]
    if len(found) == 1:
        return found[0]
    if found:
        raise DarfixWBError(
            f"data_path must say which frames to take where a file has several, and "
            f"{file.filename} has {', '.join(found)}. Give one of them."
        )
    raise DarfixWBError(
        "The file must have frames in /1.1/instrument/<detector>/data or image, and "
        f"{file.filename} has none there. Give data_path."
    )


def _stacks_of(file: h5py.File, instrument: str) -> list[str]:
    """Frames of each detector of one scan."""
    group = file.get(instrument)
    if not isinstance(group, h5py.Group):
        return []
    found = []
    for detector in group:
        paths = [f"{instrument}/{detector}/{name}" for name in FRAME_NAMES]
        found += [path for path in paths if path in file and is_stack(file[path])][:1]
    return found


def _positioners(file: h5py.File, data_path: str) -> h5py.Group:
    entry = data_path.strip("/").split("/")[0]
    group = file.get(f"/{entry}/instrument/positioners")
    if not isinstance(group, h5py.Group):
        raise DarfixWBError(
            f"The motor positions must be in /{entry}/instrument/positioners, and {file.filename} "
            "has no such group. Choose a file written by BLISS, or load the scan in darfix."
        )
    return group


def _motor_datasets(positioners: h5py.Group) -> dict[str, h5py.Dataset]:
    """Positions of the motors that were recorded at each frame."""
    found = {}
    for name in positioners:
        scanned = [item for item in _records(positioners, name) if item.ndim == 1]
        if scanned:
            found[name] = scanned[0]
    return found


def _records(positioners: h5py.Group, motor: str) -> list[h5py.Dataset]:
    """Data sets about a motor. One read out like a detector is a scalar among the positioners."""
    items = [positioners.get(motor)]
    instrument = positioners.parent
    if isinstance(instrument.get(motor), h5py.Group):
        items += [instrument[motor].get(name) for name in ("value", "data")]
    return [item for item in items if isinstance(item, h5py.Dataset)]
