"""Open a rocking scan, whatever the kind of its files."""

from __future__ import annotations

import glob
import os
from pathlib import Path

from silx.io.url import DataUrl

from ..errors import DarfixWBError
from ..scan import RockingScan
from .edf_frames import SUFFIXES, EDFFrames, open_edf_scan
from .hdf5_frames import HDF5Frames
from .hdf5_scan import open_hdf5_scan

__all__ = ["EDFFrames", "HDF5Frames", "open_edf_scan", "open_hdf5_scan", "open_scan"]


def open_scan(
    path: str | os.PathLike, *, data_path: str | None = None, motor: str | None = None
) -> RockingScan:
    """Open a rocking scan; its frames stay in its files and are read one by one.

    Parameters
    ----------
    path : str or path-like
        An HDF5 file, a data URL (``"silx:///data/scan.h5?/1.1/instrument/pco_ff/data"`` or
        ``"scan.h5::/1.1/instrument/pco_ff/data"``), a folder of EDF files, or a pattern of them.
    data_path : str, optional
        Data set of the frames in an HDF5 file; needed only where it has several.
    motor : str, optional
        Rocking motor; needed only where several move without stepping over a grid.

    Returns
    -------
    RockingScan
        Frames ``(n_frames, height, width)`` and the angle of each.

    Raises
    ------
    DarfixWBError
        If the files cannot be used, with the reason.
    """
    path, path_in_url = split_url(path)
    data_path = data_path or path_in_url
    if path_in_url is None and is_edf(path):
        if data_path is not None:
            raise DarfixWBError(
                f"Only HDF5 files have a data_path, and {path} stands for EDF files. Leave "
                "data_path out."
            )
        return open_edf_scan(path, motor=motor)
    return open_hdf5_scan(path, data_path=data_path, motor=motor)


def split_url(path: str | os.PathLike) -> tuple[str, str | None]:
    """The file and the data set of a data URL; all else is taken as the name of a file."""
    text = str(path)
    if text.startswith("silx:") or "::" in text:
        url = DataUrl(text)
        return url.file_path() or text, url.data_path()
    return text, None


def is_edf(path: str) -> bool:
    """Whether a name stands for EDF files: one, a folder or a pattern of them."""
    return (
        path.lower().endswith(SUFFIXES)
        or Path(path).expanduser().is_dir()
        or (glob.has_magic(path) and not Path(path).expanduser().exists())
    )
