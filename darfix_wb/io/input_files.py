"""The files that a run reads, so that its output never takes the place of one of them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import DarfixWBError
from .file_series import find_series
from .frame_files import FrameFiles
from .frame_sources import files_of
from .hdf5_links import linked_files
from .label_files import labelled_scan
from .output import InputFile
from .paths import user_path
from .scan_urls import ScanUrl, parse_scan_url

Source = str | os.PathLike
"""A file, a data URL, or a folder or pattern of EDF or TIFF files."""


def input_files(**inputs: Source | Sequence[Source] | None) -> tuple[InputFile, ...]:
    """List the files behind the inputs of a run, for `inputs` of `check_output` and `new_file`.

    These are the inputs themselves; the EDF or TIFF files of a folder or pattern, the dark images
    beside them and the file of their positions; what an HDF5 file takes from other files, through
    external links and virtual data sets; and, of a labels file, the scan whose labels it has.

    Parameters
    ----------
    **inputs : str or path-like, or a list of them, optional
        Each input under the name that an error gives it, e.g. ``scan=scan.source, model=path``:
        a file, a data URL, or a folder or pattern of files. None or empty where it is not
        given. Files need not exist.

    Returns
    -------
    tuple of InputFile
        The files, with what each is to the run.

    Examples
    --------
    >>> files = input_files(scan="silx:///data/scan.h5?/1.1/instrument/pco_ff/data", model=None)
    >>> [(str(file.path), file.meaning) for file in files]
    [('/data/scan.h5', 'is the scan')]
    """
    found = {}
    for name, sources in inputs.items():
        for source in [sources] if isinstance(sources, Source) else sources or ():
            for path, part in _files_of(source):
                verb = "belongs to" if part else "is"
                found.setdefault(path, f"{verb} the {name.replace('_', ' ')}")
    return tuple(InputFile(path, meaning) for path, meaning in found.items())


def _files_of(source: Source) -> Iterator[tuple[Path, bool]]:
    """Files behind a source, and whether each is only a part of it."""
    if not str(source):
        return
    url = parse_scan_url(source)
    path = user_path(url.path)
    files = _format(url)
    if files is not None:
        yield from ((file, file != path) for file in _frame_files(path, files))
    else:
        yield path, False
        yield from ((linked, True) for linked in linked_files(path, data_path=url.data_path))
    if url.given is not None and url.given.file:
        yield user_path(url.given.file), True
    scan = None if files or url.data_path else _labelled_scan(path)
    if scan is not None:
        yield from ((file, True) for file, _ in _files_of(scan))


def _format(url: ScanUrl) -> type[FrameFiles] | None:
    try:
        return None if url.data_path else files_of(url.path)
    except DarfixWBError:
        return None


def _frame_files(path: Path, files: type[FrameFiles]) -> list[Path]:
    try:
        series = find_series(path, suffixes=files.suffixes, kind=files.format)
    except DarfixWBError:
        return [path]
    return [Path(file) for file in (*series.files, *series.darks)]


def _labelled_scan(path: Path) -> str | None:
    try:
        return labelled_scan(path)
    except DarfixWBError:
        return None
