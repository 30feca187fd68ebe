"""The box in which two sets of points are compared: its sides, and points shifted within it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy

from ..errors import DarfixWBError

N_SHIFTS = 20
"""Random shifts, at least; ALGORITHMS section 6."""

LEAST_SHIFT_UM = 20.0

LEAST_SHARE = 1 / 3
"""Of the longer side of a field that can be shifted: least shift where `LEAST_SHIFT_UM` is more
than half of it."""

ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Field:
    """A box of a volume.

    Attributes
    ----------
    bounds_um : numpy.ndarray
        ``(2, 3)`` float64: lower and upper corner (layer, row, column).
    step_um : tuple of float
        Shifts by rows and by columns are multiples of these; 0 for any shift.
    border_um : float
        Points nearer than this to a side, in row or column, are left out.
    inside : callable or None
        Takes ``(n, 3)`` points and says which are looked at at all; all if not given.
    """

    bounds_um: numpy.ndarray
    step_um: tuple[float, float] = (0.0, 0.0)
    border_um: float = 0.0
    inside: Callable[[numpy.ndarray], numpy.ndarray] | None = None

    def __post_init__(self) -> None:
        sides = self.sides_um
        if not 0 <= self.border_um < numpy.inf or (
            self.border_um > 0 and 2 * self.border_um >= sides.min()
        ):
            raise DarfixWBError(
                "The border must be at least 0 um and less than half of each side of the field "
                f"({sides[0]:.4g} x {sides[1]:.4g} um), got {self.border_um:g} um. Give a "
                "narrower one."
            )

    @property
    def sides_um(self) -> numpy.ndarray:
        """``(2,)`` float64: length in row and in column."""
        return (self.bounds_um[1] - self.bounds_um[0])[1:]

    @property
    def least_shift_um(self) -> float:
        """How far a random shift goes at least; 0 where nothing can be shifted."""
        farthest = self._farthest_um()
        longest = float(self.sides_um[farthest > 0].max(initial=0))
        least = LEAST_SHIFT_UM if longest >= 2 * LEAST_SHIFT_UM else LEAST_SHARE * longest
        return min(least, float(numpy.hypot(*farthest)))

    def _farthest_um(self) -> numpy.ndarray:
        """``(2,)`` float64: the longest circular shift by rows and by columns."""
        half, step = self.sides_um / 2, numpy.array(self.step_um)
        steps = numpy.floor(half / numpy.where(step > 0, step, 1) + ROUNDING)
        return numpy.where(step > 0, steps * step, half)

    def counted(self, points_um: numpy.ndarray) -> numpy.ndarray:
        """``(n,)`` bool: points that are not in the border at the sides."""
        if not self.border_um:
            return numpy.ones(len(points_um), bool)
        low = self.bounds_um[0, 1:] + self.border_um
        high = self.bounds_um[1, 1:] - self.border_um
        return ((points_um[:, 1:] >= low) & (points_um[:, 1:] <= high)).all(axis=1)

    def shifts(self, count: int, *, seed: int = 0) -> numpy.ndarray:
        """Random circular shifts of at least `least_shift_um`.

        Parameters
        ----------
        count : int
            How many.
        seed : int
            Equal seeds give equal shifts.

        Returns
        -------
        numpy.ndarray
            ``(count, 2)`` float64, by rows and columns, in um; ``(0, 2)`` where nothing
            can be shifted.
        """
        sides, least = self.sides_um, self.least_shift_um
        if least <= 0:
            return numpy.empty((0, 2))
        random = numpy.random.default_rng(seed)
        found: list[numpy.ndarray] = []
        while len(found) < count:
            shift = self._on_grid(random.uniform(0, sides))
            if numpy.hypot(*numpy.minimum(shift, sides - shift)) >= least * (1 - ROUNDING):
                found.append(shift)
        return numpy.array(found).reshape(-1, 2)

    def _on_grid(self, shift: numpy.ndarray) -> numpy.ndarray:
        step = numpy.array(self.step_um)
        return numpy.where(
            step > 0, numpy.floor(shift / numpy.where(step > 0, step, 1)) * step, shift
        )

    def shifted(self, points_um: numpy.ndarray, shift_um: numpy.ndarray) -> numpy.ndarray:
        """Points moved in the layer; what leaves the field enters it on the other side.

        Examples
        --------
        >>> field = Field(numpy.array([[0, 0, 0], [1, 10, 6]]))
        >>> field.shifted(numpy.array([[1.0, 9, 2]]), numpy.array([4, 3])).tolist()
        [[1.0, 3.0, 5.0]]
        """
        low, sides = self.bounds_um[0, 1:], self.sides_um
        moved = points_um.copy()
        for axis in numpy.flatnonzero(sides > 0):
            place = (points_um[:, 1 + axis] - low[axis] + shift_um[axis]) % sides[axis]
            moved[:, 1 + axis] = low[axis] + place
        return moved

    def note(self) -> str:
        """What there is to say of the shifts; empty where they are as long as they should be."""
        least = self.least_shift_um
        sides = f"{self.sides_um[0]:.4g} x {self.sides_um[1]:.4g} um"
        if least <= 0:
            return f"The field ({sides}) is too small to shift: nothing says what chance gives."
        if least < LEAST_SHIFT_UM:
            return (
                f"The field ({sides}) is too small for random shifts of {LEAST_SHIFT_UM:g} um: "
                f"they are of {least:.3g} um and more."
            )
        return ""
