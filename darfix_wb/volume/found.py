"""A scan that may be a layer, as it was found in a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..io.scan_urls import ScanUrl


class FoundLayer(NamedTuple):
    """A rocking scan, before it is known where it lies in the crystal.

    Attributes
    ----------
    url : ScanUrl
        Where it is.
    label : str
        What tells it from others of its file or folder, e.g. ``"1.1"``; may be empty.
    key : str
        The same for the same data.
    shape : tuple of int
        ``(n_frames, height, width)``; empty where there is a problem.
    dtype : str
        Of the frames.
    n_bytes : int
        What the frames take in their files.
    standing : mapping of str to (float, float)
        Mean position and range within the scan of each motor.
    problem : str
        Why it cannot be opened; empty where it can.
    """

    url: ScanUrl
    label: str
    key: str
    shape: tuple[int, ...] = ()
    dtype: str = ""
    n_bytes: int = 0
    standing: Mapping[str, tuple[float, float]] = {}
    problem: str = ""
