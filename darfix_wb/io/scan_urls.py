"""Where a scan is, as one text: files or a data set, and positions that were given for it."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote, unquote

from ..errors import DarfixWBError
from .frame_choice import parse_range, range_text
from .motor_files import GivenPositions
from .output_names import HDF5_SUFFIXES
from .paths import user_path

_SCHEMES = ("silx:", "fabio:")
_GIVEN = ("positions", "start", "step", "motor")
_WITHOUT_DATA_PATH = (*_GIVEN, "slice")
_SEPARATOR = re.compile(r"\?|::")


class ScanUrl(NamedTuple):
    """Where a scan is; as a text, `parse_scan_url` reads it again whatever its folders are called.

    Attributes
    ----------
    path : str
        File, folder, or pattern of files.
    data_path : str or None
        Data set in an HDF5 file.
    given : GivenPositions or None
        Motor positions that take the place of those in the files.
    frames : slice or None
        The frames that are taken, without a step; None for all.

    Examples
    --------
    >>> str(ScanUrl("/data/scan.h5", "/1.1/instrument/pco_ff/data"))
    'silx:///data/scan.h5?/1.1/instrument/pco_ff/data'
    >>> str(ScanUrl("/data/scan_*.tif", given=GivenPositions(start=-0.06, step=0.004)))
    '/data/scan_*.tif?start=-0.06&step=0.004'
    >>> str(ScanUrl("/data/scan.h5", "/1.1/instrument/pco_ff/data", frames=slice(0, 20)))
    'silx:///data/scan.h5?path=/1.1/instrument/pco_ff/data&slice=0:20'
    """

    path: str
    data_path: str | None = None
    given: GivenPositions | None = None
    frames: slice | None = None

    def __str__(self) -> str:
        query = [f"{key}={quote(value, safe='')}" for key, value in _texts(self.given)]
        if self.frames is not None:
            query.append(f"slice={range_text(self.frames)}")
        if self.data_path:
            query.insert(0, f"path={self.data_path}" if query else self.data_path)
        scheme = "silx://" if self.data_path else ""
        return scheme + "?".join(filter(None, (self.path, "&".join(query))))


def parse_scan_url(url: str | os.PathLike) -> ScanUrl:
    """Read a data URL or the name of a file; a file or folder of the very name goes first.

    Where ``?`` or ``::`` stands several times, the file is the longest name that exists.

    Raises
    ------
    DarfixWBError
        If the URL takes other parts than frames in a row, or its positions make no sense.

    Examples
    --------
    >>> parse_scan_url("scan.h5::/1.1/instrument/pco_ff/data")[:2]
    ('scan.h5', '/1.1/instrument/pco_ff/data')
    >>> parse_scan_url("q?x=1&y/scan_*.tif?start=0&step=0.1")[0]
    'q?x=1&y/scan_*.tif'
    """
    text = os.fspath(url)
    if not text or _exists(text):
        return ScanUrl(text)
    folder = text.split("/")[0]
    is_folder = folder not in _SCHEMES and os.path.isdir(folder)
    scheme = next((one for one in _SCHEMES if text.startswith(one) and not is_folder), "")
    text = text.removeprefix(scheme)
    text = text.removeprefix("//") if scheme else text
    if _exists(text):
        return ScanUrl(text)
    path, query = _split(text, is_url=bool(scheme))
    fields = dict(_fields(query))
    frames = _frames(fields.pop("slice", None), url)
    return ScanUrl(path, fields.pop("path", None), _given(fields, text), frames)


def _frames(chosen: str | None, url: str | os.PathLike) -> slice | None:
    if chosen is None:
        return None
    try:
        return parse_range(chosen)
    except DarfixWBError as error:
        raise DarfixWBError(
            f"A data URL must take whole frames in a row, e.g. slice=0:20, got {url}. Correct its "
            "slice."
        ) from error


def _split(text: str, *, is_url: bool) -> tuple[str, str]:
    """File and query of a URL that does not exist as a file."""
    places = [(text[: one.start()], text[one.end() :]) for one in _SEPARATOR.finditer(text)]
    places = [(path, query) for path, query in reversed(places) if path and query]
    for path, query in places:
        if os.path.isfile(user_path(path)) or _gives_positions(query) or _is_hdf5_pattern(path):
            return path, query
    if not is_url and ("::" not in text or os.path.isdir(os.path.dirname(text))):
        return text, ""
    for path, query in places:
        if query.startswith(("/", "path=", "slice=")):
            return path, query
    return places[0] if places else (text, "")


def _is_hdf5_pattern(path: str) -> bool:
    """Whether a name stands for HDF5 files: several scans have one data set each in such files."""
    pattern = str(user_path(path))
    return (
        path.lower().endswith(HDF5_SUFFIXES)
        and glob.has_magic(path)
        and bool(next(glob.iglob(pattern), None))
    )


def _gives_positions(query: str) -> bool:
    keys = [field.partition("=")[0] for field in query.split("&")]
    return "/" not in query and all(key in _WITHOUT_DATA_PATH for key in keys)


def _fields(query: str) -> Iterator[tuple[str, str]]:
    if not query:
        return
    if not query.startswith(("path=", "slice=")) and not _gives_positions(query):
        yield "path", query
        return
    for field in query.split("&"):
        key, _, value = field.partition("=")
        yield key, unquote(value) if key in _GIVEN else value


def _given(fields: dict[str, str], text: str) -> GivenPositions | None:
    if not fields:
        return None
    try:
        numbers = {key: float(fields[key]) for key in ("start", "step") if key in fields}
    except ValueError as error:
        raise DarfixWBError(
            f"start and step must be numbers, got {error} in {text}. Correct them."
        ) from error
    return GivenPositions(fields.get("positions", ""), motor=fields.get("motor", ""), **numbers)


def _texts(given: GivenPositions | None) -> Iterator[tuple[str, str]]:
    if given is None:
        return
    if given.file:
        yield "positions", str(user_path(given.file))
    else:
        yield "start", repr(float(given.start))
        yield "step", repr(float(given.step))
    if given.motor:
        yield "motor", given.motor


def _exists(text: str) -> bool:
    return os.path.lexists(text) or (text.startswith("~") and os.path.exists(user_path(text)))
