"""Motor positions that the user gives, where the frames' own files do not have them."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path

import numpy

from ..errors import DarfixWBError
from .paths import user_path

OFFER = (
    "Give the positions: --positions FILE, or --start X --step Y (positions, or start and step)."
)
"""What to do where the files of a scan have no positions that can be used."""

DEFAULT_MOTOR = "angle"
DEFAULT_UNIT = "degree"

_COUNTERS = {"", "frame", "frames", "image", "index", "i", "n", "no", "nr", "number", "point", "pt"}
_UNITS = {"deg": "degree", "degrees": "degree", "°": "degree"}
_TITLE = re.compile(r"^(?P<name>.*?)\s*(?:[\[(](?P<unit>[^\])]*)[\])])?$")


@dataclass(frozen=True)
class GivenPositions:
    """Motor positions by a file, or by the first of them and the step from frame to frame.

    Attributes
    ----------
    file : str
        ``.npy`` with one number per frame, or text: one number a line, or columns under their
        names, e.g. ``mu, chi [mrad]``. Empty if not given.
    start, step : float or None
        First position, and what is added from frame to frame.
    motor : str
        Name of the rocking motor; also its name where the file does not give one.

    Raises
    ------
    DarfixWBError
        If neither or both are given, or `step` is 0 or one of them no finite number.
    """

    file: str = ""
    start: float | None = None
    step: float | None = None
    motor: str = ""

    def __post_init__(self) -> None:
        line = (self.start, self.step)
        if self.file and line != (None, None):
            raise DarfixWBError(
                "Positions must be given in one way, got a file and a start or step. Leave one out."
            )
        if not self.file and (None in line or not numpy.all(numpy.isfinite(line)) or not self.step):
            raise DarfixWBError(
                "start and step must be given together, as finite numbers with a step that is not "
                f"0, got start = {self.start} and step = {self.step}. Correct them."
            )

    def read(self, n_frames: int) -> tuple[dict[str, numpy.ndarray], dict[str, str]]:
        """Positions of each motor, ``(n_frames,)`` float64, and the units of the motors.

        Raises
        ------
        DarfixWBError
            If the file cannot be used, or has not one position per frame.
        """
        unnamed = self.motor or DEFAULT_MOTOR
        if not self.file:
            positions = {unnamed: self.start + self.step * numpy.arange(n_frames)}
            return positions, {unnamed: DEFAULT_UNIT}
        columns = _read_columns(user_path(self.file))
        n_rows = len(next(iter(columns.values())))
        if n_rows != n_frames:
            raise DarfixWBError(
                f"There must be one position per frame, got {n_rows} positions in {self.file} and "
                f"{n_frames} frames. Correct the file, or give the frames that belong to it."
            )
        positions, units = {}, {}
        for title, values in columns.items():
            name, unit = _name_and_unit(title)
            if name.lower() not in _COUNTERS or len(columns) == 1:
                name = name if title else unnamed
                positions[name], units[name] = values, unit
        return positions, units


def _read_columns(path: Path) -> dict[str, numpy.ndarray]:
    """Columns of a file by their titles; a single one may have the title ``""``."""
    try:
        content = path.read_bytes()
        rows = _npy_rows(content) if content.startswith(b"\x93NUMPY") else _text_rows(content)
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error
    except (EOFError, ValueError) as error:
        raise _unusable(path, str(error)) from error
    titles, values = rows
    if not len(values) or len(set(titles)) != values.shape[1]:
        raise _unusable(path, f"it has {values.shape[1]} columns under the names {titles}")
    return dict(zip(titles, values.T, strict=True))


def _unusable(path: Path, found: str) -> DarfixWBError:
    return DarfixWBError(
        f"A file of positions must have one number per line, or columns of numbers below a line "
        f"with their names, or be a .npy file of them, and {path} cannot be used ({found}). "
        "Correct it, or choose another file."
    )


def _npy_rows(content: bytes) -> tuple[list[str], numpy.ndarray]:
    array = numpy.load(io.BytesIO(content), allow_pickle=False)
    if array.dtype.names:
        columns = [numpy.asarray(array[name], dtype=float).ravel() for name in array.dtype.names]
        return list(array.dtype.names), numpy.stack(columns, axis=1)
    if array.dtype.kind not in "uif" or array.size != max(array.shape, default=1):
        raise ValueError(f"it has {array.dtype} of the shape {array.shape}")
    return [""], array.reshape(-1, 1).astype(float)


def _text_rows(content: bytes) -> tuple[list[str], numpy.ndarray]:
    if b"\0" in content:
        raise ValueError("it is not text")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    title, rows = [], []
    for number, line in enumerate(text.splitlines(), 1):
        data, _, comment = line.partition("#")
        if data.strip():
            cells = _cells(data)
            if not rows and not all(map(_is_number, cells)):
                title = _cells(_joined_units(data))
                continue
            rows.append(_numbers(cells, number, len(rows[0]) if rows else len(cells)))
        elif comment.strip() and not rows:
            title = _cells(_joined_units(comment))
    values = numpy.array(rows).reshape(len(rows), -1) if rows else numpy.empty((0, len(title)))
    return title if len(title) == values.shape[1] else [""] * values.shape[1], values


def _cells(line: str) -> list[str]:
    separator = next((mark for mark in ";\t," if mark in line.strip()), None)
    cells = [cell.strip() for cell in line.split(separator)]
    if separator in (";", "\t"):
        cells = [cell.replace(",", ".") for cell in cells]
    return cells


def _joined_units(line: str) -> str:
    """A line of titles whose units are not parted from their names: ``mu [deg]``, ``mu[deg]``."""
    return re.sub(r"\s+(?=[\[(])", "", line)


def _is_number(text: str) -> bool:
    try:
        float(text or "nan")
    except ValueError:
        return False
    return True


def _numbers(cells: list[str], line: int, n_cells: int) -> list[float]:
    if len(cells) != n_cells:
        raise ValueError(f"line {line} has {len(cells)} columns and the first {n_cells}")
    bad = [cell for cell in cells if not _is_number(cell)]
    if bad:
        raise ValueError(f"line {line} has {bad[0][:20]!r}")
    return [float(cell or "nan") for cell in cells]


def _name_and_unit(title: str) -> tuple[str, str]:
    found = _TITLE.match(title)
    unit = found["unit"] or DEFAULT_UNIT
    return found["name"], _UNITS.get(unit, unit)
