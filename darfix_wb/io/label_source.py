"""Whether labels were made on the scan that they are used with."""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import NamedTuple

from ..errors import DarfixWBError
from ..labels import LabelMap
from .paths import user_path
from .scan_urls import parse_scan_url

FRAME_NAMES = ("data", "image")

NO_DETECTOR = ("positioners", "positioners_start", "measurement", "instrument")
"""Groups of motor positions: of frames that it has changed darfix knows the positions only."""


class _Place(NamedTuple):
    """File or folder, scan and detector of some frames; empty where that is not known."""

    path: Path
    scan: str
    detector: str


def check_label_source(
    labels: LabelMap, source: str, *, of_another_scan: bool = False
) -> tuple[str, ...]:
    """Refuse labels that were made on another scan.

    Compared are file, scan and detector, as far as both sides know them. A file of the same name in
    another folder counts as a copy.

    Parameters
    ----------
    labels : LabelMap
        With the source that they were made on.
    source : str
        That of the scan with which they are used: a data URL, or a folder or pattern of EDF files.
    of_another_scan : bool
        Whether the user said that they are of another scan, and to be used all the same.

    Returns
    -------
    tuple of str
        A sentence where the labels are taken although their file lies elsewhere.

    Raises
    ------
    DarfixWBError
        With both sources.
    """
    if of_another_scan or not labels.source or not source:
        return ()
    one, other = _place(labels.source), _place(source)
    same = _is_same(one.path, other.path)
    alike = same or one.path.name == other.path.name
    if not alike or _differ(one.scan, other.scan) or _differ(one.detector, other.detector):
        raise DarfixWBError(
            f"Labels must be of the scan that they are used with ({source}), got labels of "
            f"{labels.source}. Choose those of this scan, or set labels_of_another_scan to true."
        )
    if same:
        return ()
    return (
        f"The labels were made on {labels.source}, and are used with {source}: it is taken to be "
        "the same scan "
        "because the file has the same name.",
    )


def _place(source: str) -> _Place:
    url = parse_scan_url(source)
    path, data_path = user_path(url.path), url.data_path
    if data_path is None:
        pattern = glob.has_magic(path.name)
        return _Place(path.parent, "", path.name) if pattern else _Place(path, "", "")
    parts = [part for part in data_path.split("/") if part]
    named = parts[:-1] if len(parts) > 2 and parts[-1] in FRAME_NAMES else parts
    detector = named[-1] if len(named) > 1 and named[-1] not in NO_DETECTOR else ""
    return _Place(path, parts[0] if parts else "", detector)


def _is_same(one: Path, other: Path) -> bool:
    if one.exists() and other.exists():
        return os.path.samefile(one, other)
    return os.path.realpath(one) == os.path.realpath(other)


def _differ(one: str, other: str) -> bool:
    return bool(one and other) and one != other
