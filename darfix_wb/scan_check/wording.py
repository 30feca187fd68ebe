"""Numbers as sentences have them."""

from __future__ import annotations

import math
from collections.abc import Sequence

_PREFIXES = ("bytes", "kB", "MB", "GB", "TB")

MOST_LISTED = 5


def number(count: int, noun: str) -> str:
    """A count and its noun.

    Examples
    --------
    >>> number(1, "frame"), number(31, "frame")
    ('1 frame', '31 frames')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def size(n_bytes: float) -> str:
    """Bytes with a decimal prefix.

    Examples
    --------
    >>> size(5078400)
    '5.08 MB'
    """
    power = 0
    while n_bytes >= 999.5 and power < len(_PREFIXES) - 1:
        n_bytes /= 1000
        power += 1
    return f"{n_bytes:.3g} {_PREFIXES[power]}"


def duration(seconds: float) -> str:
    """A time in seconds, minutes or hours.

    Examples
    --------
    >>> duration(3.2), duration(90), duration(7200)
    ('3 s', '1.5 min', '2.0 h')
    """
    if seconds < 60:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"


def first_few(indices: Sequence[int], noun: str) -> str:
    """Some indices by name, the first of many.

    Examples
    --------
    >>> first_few([3], "frame"), first_few([3, 4], "frame")
    ('frame 3', 'frames 3 and 4')
    >>> first_few(range(9), "frame")
    'frames 0, 1, 2, 3, 4 and 4 more'
    """
    texts = [str(index) for index in indices]
    if len(texts) == 1:
        return f"{noun} {texts[0]}"
    more = len(texts) - MOST_LISTED
    if more > 0:
        return f"{noun}s {', '.join(texts[:MOST_LISTED])} and {more} more"
    return f"{noun}s {', '.join(texts[:-1])} and {texts[-1]}"


def with_error(value: float, error: float) -> str:
    """A number and its standard error, with the digits that the error leaves.

    Examples
    --------
    >>> with_error(1.9634, 0.143), with_error(0.563, 0.02), with_error(12.3, 1.7)
    ('2.0 ± 0.1', '0.56 ± 0.02', '12 ± 2')
    """
    digits = max(0, -math.floor(math.log10(error))) if error > 0 else 3
    return f"{value:.{digits}f} ± {error:.{digits}f}"


def angle(value: float, unit: str) -> str:
    """An angle with its unit, as far as that is known.

    Examples
    --------
    >>> angle(0.00400001, "degree"), angle(2.0, "")
    ('0.004 degree', '2')
    """
    return f"{value:.5g} {unit}".rstrip()
