"""Rocking scans of HDF5 files, as BLISS writes them at the beamline."""

from __future__ import annotations

import os

from ..scan import RockingScan
from .hdf5_access import find_stack, open_hdf5
from .hdf5_entries import choose_stack
from .hdf5_frames import HDF5Frames
from .hdf5_positions import EntryMotors
from .recording import Recording

REMEDY = (
    "Load the scan with darfix's 'HDF5 data selection', whose input 'metadata path (positioners)' "
    "(raw_metadata_path) takes any group that has an array of positions for each motor."
)


def hdf5_recording(
    path: str | os.PathLike, *, data_path: str | None = None, motor: str | None = None
) -> Recording:
    """Frames and motor positions of a scan in an HDF5 file.

    Parameters
    ----------
    path : str or path-like
        HDF5 file with the layout of BLISS. Frames are looked for in
        ``/1.1/instrument/<detector>/data`` (or ``image``) and ``/1.1/measurement/<detector>``;
        positions in ``instrument/positioners``, ``instrument/<motor>/value`` (or ``data``) and
        ``measurement/<motor>``.
    data_path : str, optional
        Data set of the frames, their detector, or a scan; needed only where several scans of the
        file move a motor.
    motor : str, optional
        A motor that the user named, whose positions are wanted in any case.

    Raises
    ------
    DarfixWBError
        If the file or its frames cannot be used.
    """
    with open_hdf5(path) as file:
        data_path = choose_stack(file, data_path)
        n_frames = find_stack(file, data_path).shape[0]
        entry = data_path.strip("/").split("/")[0]
        motors = EntryMotors.read(file.get(entry), n_frames, motor=motor)
        name = file.filename
    frames = HDF5Frames(path, data_path)
    remedy = f"None was found in /{entry} of {name}. {REMEDY}"
    return Recording(
        frames,
        motors.positions,
        motors.command,
        motors.units,
        frames.url,
        remedy=remedy,
        left_out=frames.missing,
        warnings=frames.warnings,
    )


def open_hdf5_scan(
    path: str | os.PathLike, *, data_path: str | None = None, motor: str | None = None
) -> RockingScan:
    """Open a rocking scan of an HDF5 file; its frames stay in the file.

    Parameters
    ----------
    path, data_path : str
        As of `hdf5_recording`.
    motor : str, optional
        Rocking motor; if not given, that of the scan's command or the fastest one. Each line of a
        grid, between two steps of the other motors, gives one curve.

    Raises
    ------
    DarfixWBError
        If the file, its frames or its motor positions cannot be used.
    """
    return hdf5_recording(path, data_path=data_path, motor=motor).rocking_scan(motor=motor)
