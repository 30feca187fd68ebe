"""What is known about the patches of a scan, to compare a classification with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy


@dataclass(frozen=True)
class PatchTruth:
    """Truth of every patch in every frame, arrays of shape (n_frames, rows, columns).

    Attributes
    ----------
    condition : uint8
        WEAK = 0, STRONG = 1, EMPTY = 2 by the amount of multiple scattering.
    clear : bool
        The patch is strong or weak beyond doubt; False for empty ones.
    geometric : uint8
        The same three values by the angular distance from the local peak alone.
    multiple : float32
        Mean ``ms`` of the patch.
    """

    condition: numpy.ndarray
    clear: numpy.ndarray
    geometric: numpy.ndarray
    multiple: numpy.ndarray
