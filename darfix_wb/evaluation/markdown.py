"""Tables and numbers in Markdown."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence


def percent(value: float) -> str:
    """A share in %; "-" where it is not known."""
    return "-" if math.isnan(value) else f"{100 * value:.1f}"


def number(digits: int) -> Callable[[float], str]:
    """Writes a number with some digits; "-" where it is not known."""
    return lambda value: "-" if math.isnan(value) else f"{value:.{digits}f}"


def markdown_table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose columns are also aligned as plain text; the first to the left."""
    cells = [list(heading), *(list(row) for row in rows)]
    widths = [max(3, *(len(row[i]) for row in cells)) for i in range(len(heading))]

    def line(row: Sequence[str]) -> str:
        texts = [
            text.ljust(width) if i == 0 else text.rjust(width)
            for i, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        return f"| {' | '.join(texts)} |"

    rule = [("-" * width if i == 0 else "-" * (width - 1) + ":") for i, width in enumerate(widths)]
    return "\n".join([line(cells[0]), f"| {' | '.join(rule)} |", *map(line, cells[1:])])
