"""What is compared, from its file: a mask of voxels, or lines."""

from __future__ import annotations

import os
from pathlib import Path

import h5py
import numpy

from ..dislocation_lines.csv_file import read_csv
from ..dislocation_lines.network import LineNetwork
from ..dislocation_lines.network_file import RECONSTRUCTION, read_network
from ..errors import DarfixWBError
from ..io.file_series import find_series
from ..io.frame_sources import TIFFFrames
from ..io.hdf5_access import open_hdf5
from ..io.output_names import HDF5_SUFFIXES
from ..io.paths import user_path
from ..io.scan_urls import parse_scan_url

LINE_GROUP = f"/entry/{RECONSTRUCTION}"


def read_operand(
    path: str | os.PathLike, *, threshold: float | None = None
) -> numpy.ndarray | LineNetwork:
    """Read a volume as a mask, or a file of lines.

    Parameters
    ----------
    path : str or path-like
        A NeXus file of lines, or a table of their points (``.csv``); the data URL of a volume
        (``file.h5::/path``), or an HDF5 file with one volume; a ``.npy`` file; a TIFF file with
        all layers, a folder of TIFF files or a pattern of them, one layer in each.
    threshold : float, optional
        Numbers of this and more are set. Without it a volume must hold true and false: two values
        of which one is 0. What is not finite is never set.

    Returns
    -------
    numpy.ndarray or LineNetwork
        ``(layers, rows, columns)`` bool, or the lines.

    Raises
    ------
    DarfixWBError
        If there is no such volume, or it needs a threshold.
    """
    url = parse_scan_url(path)
    place = user_path(url.path)
    suffix = place.suffix.lower()
    if suffix in HDF5_SUFFIXES:
        if _has_lines(place, url.data_path):
            _refuse_threshold(threshold, path)
            return read_network(place)
        return as_mask(_hdf5_volume(place, url.data_path), str(path), threshold)
    if suffix == ".csv":
        _refuse_threshold(threshold, path)
        return read_csv(place)
    if suffix == ".npy":
        return as_mask(_numpy_volume(place), str(path), threshold)
    return as_mask(_tiff_volume(place), str(path), threshold)


def holds_lines(path: str | os.PathLike) -> bool:
    """Whether a file that `read_operand` takes has lines, not a volume.

    Raises
    ------
    DarfixWBError
        If it cannot be opened.
    """
    url = parse_scan_url(path)
    place = user_path(url.path)
    if place.suffix.lower() in HDF5_SUFFIXES:
        return _has_lines(place, url.data_path)
    return place.suffix.lower() == ".csv"


def as_mask(values: numpy.ndarray, name: str, threshold: float | None = None) -> numpy.ndarray:
    """A volume of numbers as true and false.

    Raises
    ------
    DarfixWBError
        If it is not three-dimensional, or holds more than two values and no threshold is given.

    Examples
    --------
    >>> as_mask(numpy.array([[[0, 255, 0]]]), "a.tif").tolist()
    [[[False, True, False]]]
    """
    if values.ndim != 3 or values.dtype.kind not in "buif" or not values.size:
        raise DarfixWBError(
            "A volume must hold numbers or true and false as (layers, rows, columns), got "
            f"{values.dtype} {values.shape} in {name}. Choose another one."
        )
    if threshold is not None:
        if values.dtype == bool:
            _refuse_threshold(threshold, name)
        return values >= threshold
    if values.dtype == bool:
        return values
    known = values if values.dtype.kind != "f" else numpy.nan_to_num(values, posinf=0, neginf=0)
    other = known.max() or known.min()
    mask = known != 0
    if not (known[mask] == other).all():
        raise DarfixWBError(
            f"A volume without a threshold must hold 0 and one other number, and that of {name} "
            f"holds many, from {known.min():.4g} to {known.max():.4g}. Give a threshold."
        )
    return mask


def _refuse_threshold(threshold: float | None, name: str | os.PathLike) -> None:
    if threshold is not None:
        raise DarfixWBError(
            f"A threshold is for volumes of numbers, and {name} holds none. Leave it out."
        )


def _has_lines(path: Path, data_path: str | None) -> bool:
    with open_hdf5(path) as file:
        if data_path is not None:
            return f"/{data_path.strip('/')}" == LINE_GROUP
        return LINE_GROUP in file


def _hdf5_volume(path: Path, data_path: str | None) -> numpy.ndarray:
    with open_hdf5(path) as file:
        names: list[str] = []
        file.visititems(lambda name, item: names.append(f"/{name}") if _is_volume(item) else None)
        if data_path is None and len(names) == 1:
            data_path = names[0]
        if data_path is None or not _is_volume(file.get(data_path)):
            found = "none was" if data_path is None else f"{data_path} was"
            raise DarfixWBError(
                f"The data path of a volume must be given ({path.name}::/path), and {found}. "
                f"Choose one of those in the file: {', '.join(names) or 'it has none'}."
            )
        return file[data_path][()]


def _is_volume(item: object) -> bool:
    return isinstance(item, h5py.Dataset) and item.ndim == 3 and item.dtype.kind in "buif"


def _numpy_volume(path: Path) -> numpy.ndarray:
    try:
        return numpy.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DarfixWBError(
            f"A .npy file must hold one array, and {path} cannot be read as one "
            f"({' '.join(str(error).split())[:100]}). Save it again."
        ) from error


def _tiff_volume(path: Path) -> numpy.ndarray:
    frames = TIFFFrames(find_series(path, suffixes=TIFFFrames.suffixes, kind="TIFF").files)
    return numpy.stack([frames[index] for index in range(frames.shape[0])])
