"""Centre lines of the dislocations that were found, as a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

COLUMNS = {
    "row": "px",
    "column": "px",
    "length": "px",
    "direction": "degree",
    "score": "",
    "asymmetry": "",
}
"""Columns of the table, and their units."""


@dataclass(frozen=True)
class Lines:
    """Dislocation lines in an image, one row of the table for each.

    Attributes
    ----------
    row, column : numpy.ndarray
        ``(n,)`` float32: the middle of the centre line, px.
    length : numpy.ndarray
        ``(n,)`` float32: along the centre line, px; 1 for a line that stands on the layer and
        shows as a spot.
    direction : numpy.ndarray
        ``(n,)`` float32: from the columns' axis towards the rows' axis, degree, -90 to 90.
    score : numpy.ndarray
        ``(n,)`` float32: mean probability along the centre line, 0 to 1.
    asymmetry : numpy.ndarray
        ``(n,)`` float32: from -1 (shows below the peak of the rocking curve alone) to 1 (above
        alone).
    index_map : numpy.ndarray
        ``(height, width)`` int32: row of the table that each pixel of a centre line belongs to,
        -1 elsewhere.

    Examples
    --------
    >>> index_map = numpy.full((4, 5), -1)
    >>> index_map[2, 1:4] = 0
    >>> one = numpy.ones(1, dtype=numpy.float32)
    >>> lines = Lines(2 * one, 2 * one, 3 * one, 0 * one, 0.9 * one, 0 * one, index_map)
    >>> len(lines), lines.at(3, 4), lines.at(0, 0, reach_px=1)
    (1, 0, None)
    >>> lines.path(0).tolist()
    [[2, 1], [2, 2], [2, 3]]
    """

    row: numpy.ndarray
    column: numpy.ndarray
    length: numpy.ndarray
    direction: numpy.ndarray
    score: numpy.ndarray
    asymmetry: numpy.ndarray
    index_map: numpy.ndarray

    def __len__(self) -> int:
        return len(self.row)

    def __getitem__(self, name: str) -> numpy.ndarray:
        """A column of the table."""
        return self.table()[name]

    def path(self, index: int) -> numpy.ndarray:
        """``(n, 2)`` int64: row and column of the pixels of a centre line, from top to bottom."""
        return numpy.argwhere(self.index_map == index)

    def at(self, row: int, column: int, *, reach_px: int = 5) -> int | None:
        """The line nearest to a pixel, not further from it than `reach_px`; None without any."""
        top, left = max(row - reach_px, 0), max(column - reach_px, 0)
        around = self.index_map[top : row + reach_px + 1, left : column + reach_px + 1]
        rows, columns = numpy.nonzero(around >= 0)
        if not len(rows):
            return None
        distance = numpy.hypot(rows + top - row, columns + left - column)
        nearest = distance.argmin()
        if distance[nearest] > reach_px:
            return None
        return int(around[rows[nearest], columns[nearest]])

    def table(self) -> dict[str, numpy.ndarray]:
        """The columns by their names in `COLUMNS`."""
        return {name: getattr(self, name) for name in COLUMNS}
