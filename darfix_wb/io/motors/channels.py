"""Recorded positions that can be those of a motor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy

from .motion import is_moved

CLOCKS = ("epoch", "elapsed_time", "time", "timestamp", "timer")
"""Positioners that do not move the sample."""

_COMPANIONS = ("raw", "trig", "center", "delta", "period")


def recorded(positions: Mapping[str, numpy.ndarray]) -> dict[str, numpy.ndarray]:
    """Positions of the motors that were recorded several times.

    Clocks do not count, nor what BLISS records beside a motor (``mu_raw``, ``mu_trig``), nor a
    channel without any number.

    Parameters
    ----------
    positions : mapping of str to numpy.ndarray
        ``(n,)`` or ``(n, 1)`` by motor; all else is left aside.

    Returns
    -------
    dict of str to numpy.ndarray
        ``(n,)`` float64; NaN where a position is not finite.
    """
    found = {}
    for name, values in positions.items():
        values = numpy.asarray(values)
        is_column = values.ndim == 2 and 1 in values.shape
        if values.dtype.kind not in "uif" or values.size < 2 or not (values.ndim == 1 or is_column):
            continue
        values = values.ravel().astype(float)
        values[~numpy.isfinite(values)] = numpy.nan
        stem, _, ending = name.rpartition("_")
        is_companion = ending in _COMPANIONS and stem in (*positions, *CLOCKS)
        if not is_companion and name not in CLOCKS and not numpy.isnan(values).all():
            found[name] = values
    return found


def known(values: numpy.ndarray) -> numpy.ndarray:
    """The positions that are numbers."""
    return values[~numpy.isnan(values)]


def filled(values: numpy.ndarray) -> numpy.ndarray:
    """Positions of which those that are missing are taken as the last one before them."""
    numbers = numpy.flatnonzero(~numpy.isnan(values))
    before = numpy.searchsorted(numbers, numpy.arange(values.size), side="right") - 1
    return values[numbers[numpy.maximum(before, 0)]]


def moved(channels: Mapping[str, numpy.ndarray]) -> dict[str, numpy.ndarray]:
    """The channels of motors that were moved."""
    return {name: values for name, values in channels.items() if is_moved(known(values))}


def of_one_length(
    channels: Mapping[str, numpy.ndarray], n_frames: int, names: Sequence[str] = ()
) -> dict[str, numpy.ndarray]:
    """The channels that have one position per frame, or else those of a scan that was cut short.

    Parameters
    ----------
    channels : mapping of str to numpy.ndarray
        As `recorded` gives them.
    n_frames : int
        Number of frames.
    names : sequence of str, optional
        Motors that were moved; if not given, that is told from the positions.
    """
    named = [channels[name].size for name in names if name in channels]
    sizes = named or [values.size for values in moved(channels).values()]
    longer = [size for size in sizes if size > n_frames]
    if n_frames in sizes or not sizes:
        size = n_frames
    else:
        size = min(longer) if longer else max(sizes)
    return {name: values for name, values in channels.items() if values.size == size}
