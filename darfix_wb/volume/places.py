"""The files and folders that the name of some layers stands for."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ..errors import DarfixWBError
from ..io.file_names import natural_order
from ..io.file_series import is_pattern, list_files
from ..io.frame_files import FrameFiles
from ..io.frame_sources import FORMATS
from ..io.output_names import HDF5_SUFFIXES
from ..io.paths import user_path
from ..io.scan_urls import ScanUrl, parse_scan_url


class Place(NamedTuple):
    """Files with layers.

    Attributes
    ----------
    url : ScanUrl
        As it was given; what it says beside its path holds for all files.
    files : list of pathlib.Path
        One HDF5 file; or EDF or TIFF files of one folder or pattern, of one layer or several.
    format : type of FrameFiles or None
        None for HDF5.
    """

    url: ScanUrl
    files: list[Path]
    format: type[FrameFiles] | None = None


def places_of(names: Sequence[str]) -> Iterator[Place]:
    """The files of each name; EDF and TIFF files that are named one by one belong together.

    Raises
    ------
    DarfixWBError
        If a name stands for no file.
    """
    single: dict[tuple, Place] = {}
    for name in names:
        url = parse_scan_url(name)
        for place in _places(url):
            if place.format is None or len(place.files) > 1:
                yield place
                continue
            key = (place.format, url._replace(path=""))
            single.setdefault(key, place._replace(files=[])).files.extend(place.files)
    yield from single.values()


def _places(url: ScanUrl) -> list[Place]:
    path = user_path(url.path)
    if path.is_dir():
        return _of_folder(url, path)
    if not is_pattern(path):
        return [_of_file(url, path)]
    matches = sorted(glob.glob(str(path)), key=natural_order)
    folders = [Path(match) for match in matches if os.path.isdir(match)]
    found = _of_files(url, path)
    found += [place for folder in folders for place in _of_folder(url, folder)]
    if not found:
        raise _none(path)
    return found


def _of_file(url: ScanUrl, path: Path) -> Place:
    name = path.name.lower()
    kind = next((one for one in FORMATS if name.endswith(one.suffixes)), None)
    return Place(url, [path], None if url.data_path else kind)


def _of_files(url: ScanUrl, path: Path) -> list[Place]:
    """Of the files of a folder or pattern, those of each kind."""
    hdf5 = sorted(list_files(path, HDF5_SUFFIXES), key=lambda file: natural_order(str(file)))
    others = [] if url.data_path else [(one, list_files(path, one.suffixes)) for one in FORMATS]
    return [
        *(Place(url, [file]) for file in hdf5),
        *(Place(url, files, kind) for kind, files in others if files),
    ]


def _of_folder(url: ScanUrl, folder: Path, *, inside: bool = True) -> list[Place]:
    """Of a folder its master file, its files, or else those of its folders."""
    found = _of_files(url, folder)
    master = _master(found, folder)
    if master is not None:
        return [master]
    if found or not inside:
        return found
    folders = [path for path in folder.iterdir() if path.is_dir() and path.name[0] != "."]
    folders.sort(key=lambda path: natural_order(path.name))
    found = [place for path in folders for place in _of_folder(url, path, inside=False)]
    if not found:
        raise _none(folder)
    return found


def _master(found: Sequence[Place], folder: Path) -> Place | None:
    """The file of BLISS that has all scans of its folder: it is called as the folder is."""
    hdf5 = [place for place in found if place.format is None]
    named = [
        place
        for place in hdf5
        if place.files[0].stem == folder.name or place.files[0].stem.endswith(f"_{folder.name}")
    ]
    return named[0] if len(named) == 1 else None


def _none(path: Path) -> DarfixWBError:
    return DarfixWBError(
        f"A name of layers must give HDF5, EDF or TIFF files, and {path} gives none. Give their "
        "files, their folder, or a pattern such as scans/layer_*.h5."
    )
