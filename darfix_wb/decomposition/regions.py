"""The three regions of a frame whose rocking curves Gram-Schmidt makes its basis of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy

from ..errors import DarfixWBError

MARKS = {
    "strong": ("SB", "#D55E00"),
    "weak_low": ("WB-", "#56B4E9"),
    "weak_high": ("WB+", "#009E73"),
}
"""Title and colour with which each region is drawn (Okabe and Ito)."""

NAMES = tuple(MARKS)
LARGEST = 2**31


@dataclass(frozen=True)
class Regions:
    """Three rectangles, each ``(row, column, height, width)`` in px.

    Attributes
    ----------
    strong : tuple of int
        The crystal away from defects (SB).
    weak_low, weak_high : tuple of int
        Near a defect, where the low-angle (WB-) or the high-angle flank (WB+) is raised.
    """

    strong: tuple[int, int, int, int]
    weak_low: tuple[int, int, int, int]
    weak_high: tuple[int, int, int, int]

    @classmethod
    def from_dict(cls, values: Mapping[str, Sequence[int]]) -> Regions:
        """Regions from plain lists: ``{"strong": [row, column, height, width], ...}``.

        Raises
        ------
        DarfixWBError
            If a region is missing, unknown, or not four whole numbers.
        """
        if sorted(values) != sorted(NAMES):
            raise DarfixWBError(
                f"regions must have {', '.join(NAMES)}, got {', '.join(map(str, values)) or 'none'}"
                ". Draw one of each."
            )
        return cls(**{name: _rectangle(name, values[name]) for name in NAMES})

    def to_dict(self) -> dict[str, list[int]]:
        """Plain lists, from which `from_dict` makes them again."""
        return {name: list(getattr(self, name)) for name in NAMES}

    def check_inside(self, frame_shape: tuple[int, int]) -> None:
        """Refuse regions that reach beyond a frame of ``(height, width)``.

        Raises
        ------
        DarfixWBError
            With the first region that does.
        """
        for name in NAMES:
            row, column, height, width = getattr(self, name)
            fits = row + height <= frame_shape[0] and column + width <= frame_shape[1]
            if min(row, column) < 0 or min(height, width) < 1 or not fits:
                raise DarfixWBError(
                    f"Regions must lie inside the frame of {frame_shape[0]}x{frame_shape[1]} px, "
                    f"got {name} of {height}x{width} px at row {row}, column {column}. "
                    "Draw it on the image."
                )

    @property
    def areas(self) -> numpy.ndarray:
        """``(3,)`` int64, px."""
        return numpy.array([getattr(self, name)[2] * getattr(self, name)[3] for name in NAMES])

    def slices(self) -> list[tuple[slice, slice]]:
        """Rows and columns of each region, in the order strong, weak_low, weak_high."""
        return [
            (slice(row, row + height), slice(column, column + width))
            for row, column, height, width in (getattr(self, name) for name in NAMES)
        ]


def _rectangle(name: str, values: Sequence[int]) -> tuple[int, int, int, int]:
    try:
        numbers = tuple(int(value) for value in values)
        whole = len(numbers) == 4 and all(
            number == float(value) and abs(number) < LARGEST
            for number, value in zip(numbers, values, strict=True)
        )
    except (TypeError, ValueError, OverflowError):
        whole = False
    if not whole:
        raise DarfixWBError(
            f"A region must be four whole numbers, row, column, height and width in px, got "
            f"{values!r} for {name}. Correct it."
        )
    return numbers
