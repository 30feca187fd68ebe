"""One aim of a suite, and what it is held against."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .cell import Cell
from .summary import Summary, summarise

Parts = Mapping[str, Sequence[Cell]]
"""Cells of each part of the suite, by its name."""


@dataclass(frozen=True)
class Goal:
    """One line of the table.

    Attributes
    ----------
    text : str
        What is asked for.
    aims : tuple of float
        Least values (most, where `at_most`); nan to state the values without judging them.
    measure : callable
        Takes `Measured` and gives as many values; nan where they are not known.
    unit : str
        Behind each value.
    at_most : bool
        Whether the aims are upper bounds.
    """

    text: str
    aims: tuple[float, ...]
    measure: Callable[[Measured], tuple[float, ...]]
    unit: str = "%"
    at_most: bool = False

    def row(self, measured: Measured) -> list[str]:
        """Text, aim, values and whether they reach it."""
        values = self.measure(measured)
        found = " / ".join("-" if math.isnan(value) else _shown(value) for value in values)
        return [self.text, self._aim(), f"{found} {self.unit}", self._verdict(values)]

    def _aim(self) -> str:
        if any(map(math.isnan, self.aims)):
            return "-"
        sign = "at most" if self.at_most else "at least"
        return f"{sign} {' / '.join(f'{aim:g}' for aim in self.aims)} {self.unit}"

    def _verdict(self, values: tuple[float, ...]) -> str:
        pairs = list(zip(values, self.aims, strict=True))
        if any(map(math.isnan, values)):
            return "not measured"
        if any(map(math.isnan, self.aims)):
            return "-"
        reached = all((value <= aim) if self.at_most else (value >= aim) for value, aim in pairs)
        return "yes" if reached else "no"


@dataclass(frozen=True)
class Measured:
    """Figures of the suite.

    Attributes
    ----------
    parts : mapping
        Cells by part.
    parameters, macs : int
        Of the shipped model, both networks together; multiplications for one patch.
    model_bytes : int
        Size of its file.
    training_seconds : float
        To train on six frames of 2160x2560 px.
    """

    parts: Parts
    parameters: int = 0
    macs: int = 0
    model_bytes: int = 0
    training_seconds: float = math.nan

    def row(self, part: str, method: str, protocol: str) -> Summary | None:
        """Cells of one method and protocol, put together; None where there are none."""
        found = [
            row
            for row in summarise(self.parts.get(part, ()))
            if (row.method, row.protocol) == (method, protocol) and row.by_scan
        ]
        return found[0] if found else None


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.2f}"
