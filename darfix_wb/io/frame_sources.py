"""Open a rocking scan, whatever the kind of its files."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import DarfixWBError
from ..scan import RockingScan
from .edf_frames import EDFFrames
from .file_series import is_pattern, list_files
from .frame_files import FrameFiles
from .frame_scans import open_frame_files
from .hdf5_frames import HDF5Frames
from .hdf5_scan import open_hdf5_scan
from .motor_files import GivenPositions
from .paths import user_path
from .scan_urls import parse_scan_url
from .tiff_frames import TIFFFrames

__all__ = ["EDFFrames", "HDF5Frames", "TIFFFrames", "files_of", "open_hdf5_scan", "open_scan"]

FORMATS: tuple[type[FrameFiles], ...] = (EDFFrames, TIFFFrames)


def open_scan(
    path: str | os.PathLike,
    *,
    data_path: str | None = None,
    motor: str | None = None,
    positions: str | os.PathLike | None = None,
    start: float | None = None,
    step: float | None = None,
) -> RockingScan:
    """Open a rocking scan; its frames stay in its files and are read one by one.

    Parameters
    ----------
    path : str or path-like
        An HDF5 file, a data URL (``"silx:///data/scan.h5?/1.1/instrument/pco_ff/data"`` or
        ``"scan.h5::/1.1/instrument/pco_ff/data"``), a folder of EDF or TIFF files, a pattern of
        them, or one with several frames; or the `source` of a scan that was opened.
    data_path : str, optional
        Data set of the frames in an HDF5 file; needed only where it has several.
    motor : str, optional
        Rocking motor; needed only where several move without stepping over a grid. With
        `positions` that have no name, or `start` and `step`: how the motor is called.
    positions : str or path-like, optional
        File with the motor position of each frame, in degrees if it does not say otherwise: text
        with one number a line or columns under the motors' names, or ``.npy``. For EDF and TIFF.
    start, step : float, optional
        Instead of `positions`: that of the first frame, and what each frame adds to it, in
        degrees.

    Returns
    -------
    RockingScan
        Frames ``(n_frames, height, width)`` and the angle of each.

    Raises
    ------
    DarfixWBError
        If the files cannot be used, with the reason.
    """
    url = parse_scan_url(path)
    data_path = data_path or url.data_path
    given = url.given
    if positions is not None or start is not None or step is not None:
        file = "" if positions is None else os.fspath(positions)
        given = GivenPositions(file, start, step, motor or "")
    files = files_of(url.path) if url.data_path is None else None
    if files is None:
        if given is not None:
            raise DarfixWBError(
                f"Positions, or start and step, may be given for EDF and TIFF files only, and "
                f"{url.path} is none. Leave them out."
            )
        return open_hdf5_scan(url.path, data_path=data_path, motor=motor)
    if data_path is not None:
        raise DarfixWBError(
            f"Only HDF5 files have a data_path, and {url.path} stands for {files.format} files. "
            "Leave data_path out."
        )
    return open_frame_files(files, url.path, motor=motor, given=given)


def files_of(path: str) -> type[FrameFiles] | None:
    """The format of the files that a name stands for: a file, a folder or a pattern of them.

    Returns
    -------
    type of FrameFiles, or None
        None for the name of a file of another format, which may not exist yet.

    Raises
    ------
    DarfixWBError
        If a folder or pattern has files of no such format, or of several.
    """
    place = user_path(path)
    if not (place.is_dir() or is_pattern(place)):
        return next((one for one in FORMATS if path.lower().endswith(one.suffixes)), None)
    found = [one for one in FORMATS if list_files(place, one.suffixes)]
    if len(found) == 1:
        return found[0]
    raise DarfixWBError(_which_files(place, found))


def _which_files(place: Path, found: list[type[FrameFiles]]) -> str:
    if found:
        names = " and ".join(one.format for one in found)
        return (
            f"The files of a scan must be of one format, and {place} has {names} files. Give a "
            "pattern, e.g. *.edf."
        )
    others = list_files(place, (".h5", ".hdf5", ".nxs"))
    hint = f"Give one of its HDF5 files, e.g. {sorted(others)[0]}." if others else "Correct it."
    return (
        f"A folder or pattern must give at least one EDF file or TIFF file, and {place} gives "
        f"none. {hint}"
    )
