"""Open a rocking scan, whatever the kind of its files."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ..errors import DarfixWBError
from ..scan import RockingScan
from .edf_frames import EDFFrames
from .file_series import is_pattern, list_files
from .frame_choice import range_text
from .frame_files import FrameFiles
from .frame_scans import frame_files_recording
from .hdf5_frames import HDF5Frames
from .hdf5_scan import hdf5_recording, open_hdf5_scan
from .motor_files import GivenPositions
from .paths import user_path
from .recording import Recording
from .scan_urls import ScanUrl, parse_scan_url
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
    frames: str | None = None,
    skip_frames: str | Iterable[int] = (),
) -> RockingScan:
    """Open a rocking scan; its frames stay in its files and are read one by one.

    Parameters
    ----------
    path : str or path-like
        An HDF5 file, a data URL (``"silx:///data/scan.h5?/1.1/instrument/pco_ff/data"`` or
        ``"scan.h5::/1.1/instrument/pco_ff/data"``), a folder of EDF or TIFF files, a pattern of
        them, or one with several frames; or the `source` of a scan that was opened.
    data_path : str, optional
        Data set of the frames in an HDF5 file, their detector, or a scan such as ``"3.1"``;
        needed only where several scans of the file move a motor.
    motor : str, optional
        Rocking motor; if not given, that of the scan's command or the fastest one. With
        `positions` that have no name, or `start` and `step`: how the motor is called.
    positions : str or path-like, optional
        File with the motor position of each frame, in degrees if it does not say otherwise: text
        with one number a line or columns under the motors' names, or ``.npy``. For EDF and TIFF.
    start, step : float, optional
        Instead of `positions`: that of the first frame, and what each frame adds to it, in
        degrees.
    frames : str, optional
        Range of the frames to take, e.g. ``"0:20"`` or ``"5:"``, as Python counts them. The others
        are not read, and their positions are not looked at.
    skip_frames : str or iterable of int, optional
        Frames to leave out of all curves and images, e.g. ``"14"`` or ``"3,7:9"``, which is 3, 7
        and 8; counted from 0 among those that are taken.

    Returns
    -------
    RockingScan
        Frames ``(n_frames, height, width)`` and the angle of each.

    Raises
    ------
    DarfixWBError
        If the files cannot be used, with the reason.

    Examples
    --------
    >>> import tempfile
    >>> import h5py
    >>> import numpy
    >>> folder = tempfile.mkdtemp()
    >>> with h5py.File(f"{folder}/scan.h5", "w") as file:
    ...     file["1.1/instrument/pco_ff/data"] = numpy.ones((5, 64, 96), "uint16")
    ...     file["1.1/instrument/positioners/mu"] = numpy.arange(5) / 64
    >>> scan = open_scan(f"{folder}/scan.h5")
    >>> scan.frames.shape, scan.motor, scan.angles.tolist()
    ((5, 64, 96), 'mu', [0.0, 0.015625, 0.03125, 0.046875, 0.0625])
    """
    url = parse_scan_url(path)
    if positions is not None or start is not None or step is not None:
        file = "" if positions is None else os.fspath(positions)
        url = url._replace(given=GivenPositions(file, start, step, motor or ""))
    if url.frames is not None and frames is not None:
        raise DarfixWBError(
            f"The range of frames must be given once, got {frames!r} and "
            f"{range_text(url.frames)!r} in {path}. Leave one of them out."
        )
    recording = _recording(url, data_path or url.data_path, motor)
    if url.frames is not None or frames is not None:
        recording = recording.cut(url.frames if frames is None else frames)
    return recording.rocking_scan(motor=motor, skip_frames=skip_frames)


def _recording(url: ScanUrl, data_path: str | None, motor: str | None) -> Recording:
    files = files_of(url.path) if url.data_path is None else None
    if files is None:
        if url.given is not None:
            raise DarfixWBError(
                "Positions, or start and step, may be given for EDF and TIFF files only, and "
                f"{url.path} is neither. "
                "Leave them out."
            )
        return hdf5_recording(url.path, data_path=data_path, motor=motor)
    if data_path is not None:
        raise DarfixWBError(
            f"Only HDF5 files have a data_path, and {url.path} stands for {files.format} files. "
            "Leave data_path out."
        )
    return frame_files_recording(files, url.path, given=url.given)


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
