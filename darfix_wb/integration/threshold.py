"""The level of the binary map: its unit and range depend on how frames are integrated."""

from __future__ import annotations

from ..errors import DarfixWBError

DEFAULT_THRESHOLDS = {"default": 5.0, "paper": 0.6}
"""Sigma above the local background, and share of the brightest pixel."""

THRESHOLD_UNITS = {"default": "sigma above the local background", "paper": "of the brightest pixel"}


def check_threshold(mode: str, threshold: float | None) -> float:
    """The level of the binary map in a mode.

    Parameters
    ----------
    mode : str
        ``"default"`` or ``"paper"``.
    threshold : float or None
        What the user chose, if anything.

    Returns
    -------
    float
        In sigma above the local background (``default``), or as a share of the brightest pixel.

    Raises
    ------
    DarfixWBError
        If it is negative or no number or, as a share, not below 1: no pixel, or every one, would be
        above it.
    """
    if threshold is None:
        return DEFAULT_THRESHOLDS[mode]
    below = 1.0 if mode == "paper" else float("inf")
    if not 0 <= threshold < below:
        limit = " and below 1" if mode == "paper" else ""
        raise DarfixWBError(
            f"threshold must be a number from 0 on{limit} ({THRESHOLD_UNITS[mode]}) in the mode "
            f"{mode!r}, got {threshold}. Leave it out for {DEFAULT_THRESHOLDS[mode]:g}."
        )
    return float(threshold)
