"""Which files of a folder or pattern are the frames of one scan, and which are its darks."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from ..errors import DarfixWBError
from .file_names import NameSeries, as_one_series, group_by_name
from .paths import user_path

MOST_SHOWN = 5
"""Series or gaps that a sentence names."""


class FileSeries(NamedTuple):
    """The files of a scan.

    Attributes
    ----------
    files : list of str
        Files of the frames, in the order of the numbers in their names.
    darks : list of str
        Files of dark images beside them.
    warnings : tuple of str
        What was noticed, a sentence each.
    """

    files: list[str]
    darks: list[str]
    warnings: tuple[str, ...] = ()


def find_series(
    folder_or_pattern: str | os.PathLike, *, suffixes: Sequence[str], kind: str
) -> FileSeries:
    """The files of one scan: those of a folder, of a pattern, or one file.

    Names tell series apart: without the running number, those of one series are alike. Files that
    are named dark, and lie beside the frames, are its dark images.

    Parameters
    ----------
    folder_or_pattern : str or path-like
        Folder, pattern such as ``"scan/layer03_*.edf"``, or file. What exists is no pattern.
    suffixes : sequence of str
        Endings of the names of such files, in small letters.
    kind : str
        What such files are called, e.g. ``"EDF"``.

    Raises
    ------
    DarfixWBError
        If there is no such file, if all are darks, or if they are of several series.
    """
    path = user_path(folder_or_pattern)
    series = group_by_name(list_files(path, suffixes))
    if not series:
        raise DarfixWBError(
            f"There must be at least one {kind} file, and {path} gives none. Correct the folder or "
            "the pattern."
        )
    darks = [one for one in series if one.is_dark]
    data = [one for one in series if not one.is_dark]
    if not data:
        raise DarfixWBError(
            f"There must be {kind} files of frames, and by their names all of {path} are dark "
            f"images: {_listed(darks)}. Give the files of the scan; the darks beside them are "
            "found."
        )
    data, warnings = _without_references(data)
    chosen, more = _only_series(data, path, kind)
    darks = darks or _beside(path, suffixes)
    return FileSeries(_names([chosen]), _names(darks), (*warnings, *more))


def list_files(path: Path, suffixes: Sequence[str]) -> list[Path]:
    """Files with certain endings in a folder, of a pattern, or the one file; hidden ones are not.

    A folder whose name has ``*``, ``?`` or ``[`` is found under this name.
    """
    if path.is_dir():
        found: Iterable[Path] = path.iterdir()
    elif path.exists():
        return [path]
    else:
        folder = _known_folder(path)
        found = map(Path, glob.glob(f"{glob.escape(str(folder))}/{path.relative_to(folder)}"))
    suffixes = tuple(suffixes)
    return [
        file
        for file in found
        if file.name.lower().endswith(suffixes) and file.name[0] != "." and file.is_file()
    ]


def is_pattern(path: Path) -> bool:
    """Whether a name stands for files of other names; what exists is no pattern."""
    return not path.exists() and glob.has_magic(str(path.relative_to(_known_folder(path))))


def _known_folder(path: Path) -> Path:
    return next(parent for parent in path.parents if parent.is_dir())


def _without_references(data: list[NameSeries]) -> tuple[list[NameSeries], tuple[str, ...]]:
    others = [one for one in data if not one.is_reference]
    references = [one for one in data if one.is_reference]
    if not others or not references:
        return data, ()
    return others, (
        f"{_listed(references)} beside the frames are images without the sample, by their names, "
        "and are not used.",
    )


def _only_series(
    data: list[NameSeries], path: Path, kind: str
) -> tuple[NameSeries, tuple[str, ...]]:
    if len(data) == 1:
        return data[0], _gaps(data[0])
    files = [file for series in data for file in series.files]
    one = None if path.is_dir() else as_one_series(files, path.name)
    if one is not None:
        return one, (
            f"The frames are of {len(data)} series, by their names, which the pattern {path.name} "
            f"joins to one scan: {_listed(data)}.",
        )
    folder = path if path.is_dir() else path.parent
    raise DarfixWBError(
        f"The {kind} files must be of one scan, and by their names {path} has {len(data)} series: "
        f"{_listed(data)}. Give one of them by its pattern, e.g. {folder / data[0].pattern}; if "
        "all are one scan, give a pattern with a * for each number that differs."
    )


def _gaps(series: NameSeries) -> tuple[str, ...]:
    gaps = series.gaps
    if not gaps:
        return ()
    return (
        f"The files {series.pattern} have gaps in their numbers: {_shortened(gaps)} "
        f"{'is' if gaps == gaps[:1] and ' ' not in gaps[0] else 'are'} missing. Check that all "
        "were copied.",
    )


def _beside(path: Path, suffixes: Sequence[str]) -> list[NameSeries]:
    """Dark images of the folder in which the files of a pattern lie."""
    if path.is_dir() or not path.parent.is_dir():
        return []
    series = group_by_name(list_files(path.parent, suffixes))
    return [one for one in series if one.is_dark and one.pattern.lower().startswith("dark")]


def _names(series: Iterable[NameSeries]) -> list[str]:
    return [str(file) for one in series for file in one.files]


def _listed(series: Sequence[NameSeries]) -> str:
    return _shortened([str(one) for one in series])


def _shortened(texts: Sequence[str]) -> str:
    more = len(texts) - MOST_SHOWN
    shown = ", ".join(texts[:MOST_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown
