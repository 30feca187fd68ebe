"""Where a scan shows dislocations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from .lines import Lines


@dataclass(frozen=True)
class DislocationMap:
    """Where a scan shows dislocations, all arrays ``(height, width)``, NaN where nothing is lit.

    Attributes
    ----------
    image, low, high : numpy.ndarray
        float32: the dislocation image in sigma of its noise, over the whole rocking curve, and
        over the frames below (WB-) and above (WB+) the peak of the pixel.
    probability : numpy.ndarray
        float32: that a dislocation line lies within 3 px, 0 to 1.
    lines : Lines
        The lines, by default those of a probability of at least 0.5.
    detector_hash : str
        SHA-256 of the weights of the detector.
    warnings : tuple of str
        Why the map may not be trusted; sentences to show next to it.
    """

    image: numpy.ndarray
    low: numpy.ndarray
    high: numpy.ndarray
    probability: numpy.ndarray
    lines: Lines
    detector_hash: str = ""
    warnings: tuple[str, ...] = ()
