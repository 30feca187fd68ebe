"""The rows of a table of points, whichever program wrote it."""

from __future__ import annotations

import csv
from itertools import zip_longest
from pathlib import Path

import numpy

from ..errors import DarfixWBError

LINE_COLUMNS = ("line", "name", "line_name")
"""What the column that tells lines apart may be called."""

PLACE_COLUMNS = ("z_um", "y_um", "x_um")
"""Layer, row and column."""

DELIMITERS = ",;\t"

Row = tuple[int, dict[str, str]]
"""Number of a row in its file, and its cells by the names of their columns."""


def read_rows(path: Path) -> list[Row]:
    """The rows of a table of lines.

    Raises
    ------
    DarfixWBError
        If it is not text, lacks a column of `PLACE_COLUMNS`, or a row has too many values.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DarfixWBError(
            f"A table of lines must be a text file in UTF-8, and {path} cannot be read as one "
            f"({getattr(error, 'strerror', None) or 'other characters'}). Correct its name, or "
            "save it as CSV UTF-8."
        ) from error
    numbered = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip(DELIMITERS + " ")
    ]
    while numbered and numbered[0][1].startswith("#") and "x_um" not in numbered[0][1].lower():
        del numbered[0]
    head = numbered[0][1].lstrip("# ") if numbered else ""
    delimiter = max(DELIMITERS, key=head.count)
    names = [name.strip().lower() for name in _cells(path, 1, head, delimiter)]
    missing = [name for name in reversed(PLACE_COLUMNS) if name not in names]
    if missing:
        raise DarfixWBError(
            f"A table of lines must have the columns x_um, y_um and z_um in its first row, and "
            f"{path} lacks {', '.join(missing)}. Name its columns."
        )
    decimal = "," if delimiter != "," else "."
    rows = []
    for number, line in numbered[1:]:
        row = _cells(path, number, line, delimiter)
        if any(row[len(names) :]):
            raise DarfixWBError(
                f"Each row of a table of lines must have at most one value per column, and row "
                f"{number} of {path} has {len(row)} for {len(names)} columns. Where numbers have "
                "decimal commas, separate them by semicolons or tabs."
            )
        cells = zip_longest(names, row[: len(names)], fillvalue="")
        rows.append((number, {name: _plain(name, value, decimal) for name, value in cells}))
    return rows


def _cells(path: Path, number: int, line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error as error:
        raise DarfixWBError(
            f"Each row of a table of lines must be text in columns, and row {number} of {path} "
            f"cannot be read ({error}). Correct it, or take it out."
        ) from error


def _plain(name: str, value: str, decimal: str) -> str:
    text = value.strip()
    return text if name in ("layer_name", *LINE_COLUMNS) else text.replace(decimal, ".")


def number_in(path: Path, number: int, row: dict[str, str], name: str) -> float:
    """The number in a column of a row.

    Raises
    ------
    DarfixWBError
        If there is none, or it is not finite.
    """
    text = row.get(name, "")
    try:
        value = float(text)
    except ValueError:
        value = numpy.nan
    if not numpy.isfinite(value):
        raise DarfixWBError(
            f"{name} must be a number in each row of a table of lines, got {text!r} in row "
            f"{number} of {path}. Correct it, or take the row out."
        )
    return value
