"""Numbers as people read them."""

from __future__ import annotations

_UNITS = {"um": "µm", "degree": "°"}
_PREFIXES = ("B", "kB", "MB", "GB", "TB")


def memory_text(n_bytes: float) -> str:
    """Bytes with a decimal prefix, e.g. ``"10.2 MB"``."""
    power = 0
    while n_bytes >= 1000 and power < len(_PREFIXES) - 1:
        n_bytes /= 1000
        power += 1
    return (
        f"{n_bytes:.0f} {_PREFIXES[power]}" if power == 0 else f"{n_bytes:.3g} {_PREFIXES[power]}"
    )


def duration_text(seconds: float) -> str:
    """Seconds in a unit that suits them.

    Examples
    --------
    >>> [duration_text(seconds) for seconds in (12.4, 250, 5000)]
    ['12 s', '4 min', '1 h 23 min']
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def unit_text(unit: str) -> str:
    """A unit of a file as it is written beside a number."""
    return _UNITS.get(unit, unit)


MASK_FILES = "Mask (*.npy *.h5 *.edf *.tif *.tiff)"
"""What a dialogue for a mask of invalid pixels offers."""
