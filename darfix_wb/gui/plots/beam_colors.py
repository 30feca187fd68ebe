"""Colour scales of the integrated images."""

from __future__ import annotations

import numpy
from silx.gui.colors import Colormap

from ...integration import BeamImages
from .screen_window import finite_pixels

NEVER_SEEN = "#a0a0a0"
"""Colour of pixels to which no frame contributed: no colour of viridis comes near this grey."""


def beam_colormaps(images: BeamImages, normalization: str) -> dict[str, Colormap]:
    """One scale for all weak-beam images, so that they compare; numbers of frames from 0 on."""
    weak, strong = (
        intensity_colormap(image, normalization) for image in (images.weak, images.strong)
    )
    return {
        "weak": weak,
        "weak_low": weak,
        "weak_high": weak,
        "strong": strong,
        "weak_count": _numbers_of_frames(images.weak_count),
        "strong_count": _numbers_of_frames(images.strong_count),
        "binary_map": binary_colormap(),
    }


def intensity_colormap(image: numpy.ndarray, normalization: str) -> Colormap:
    """From the faintest to the brightest percent, whatever a few hot pixels show."""
    seen = finite_pixels(image)
    low, high = numpy.percentile(seen, [1, 99.5]) if seen.size else (0.0, 1.0)
    if normalization in ("log", "sqrt"):
        low = max(low, 1.0 if normalization == "log" else 0.0)
    colormap = Colormap("viridis", normalization=normalization)
    colormap.setVRange(float(low), float(max(high, low + 1.0)))
    colormap.setNaNColor(NEVER_SEEN)
    return colormap


def _numbers_of_frames(count: numpy.ndarray) -> Colormap:
    return Colormap("cividis", vmin=0.0, vmax=max(1.0, float(count.max())))


def binary_colormap() -> Colormap:
    """Black below the threshold, white above."""
    return Colormap("gray", vmin=0, vmax=1)
