"""What is below the mouse, and what the picture means, in words."""

from __future__ import annotations

import numpy

from ...integration import BeamImages
from .pictures import DISLOCATION_PICTURES, SHOWN_SIGMA, Picture, without_value

_COUNTS = {
    "default": "counts above dark, mean of the contributing frames",
    "paper": "counts, summed over the contributing frames",
}


def pixel_text(images: BeamImages, row: int, column: int) -> str:
    """Values of the pixel under the mouse."""
    parts = []
    if images.dislocations is not None:
        sigma = images.dislocations.image[row, column]
        probability = images.dislocations.probability[row, column]
        parts.append(f"{sigma:.3g} sigma" if numpy.isfinite(sigma) else "not lit")
        if numpy.isfinite(probability):
            parts.append(f"probability {probability:.2f}")
    for name in ("weak", "strong"):
        counts = getattr(images, name)[row, column]
        frames = getattr(images, f"{name}_count")[row, column]
        shown = f"{counts:.4g} counts" if numpy.isfinite(counts) else "never"
        parts.append(f"{name} {shown} ({frames:.3g} frames)")
    return f"row {row}, column {column}:  " + ",  ".join(parts)


def legend_text(picture: Picture, images: BeamImages) -> str:
    """What the colours of a picture mean, and what the mouse does."""
    parts = []
    if picture.unit != "frames" and picture.name != "binary_map":
        square = f"<span style='background-color:{without_value(picture)}'>{4 * '&nbsp;'}</span>"
        if picture in DISLOCATION_PICTURES:
            parts.append(f"{square} not lit, or an invalid pixel")
        else:
            parts.append(f"{square} no frame contributed, or an invalid pixel")
    if picture.unit == "sigma":
        parts.append(f"in sigma of the noise, colours by asinh(sigma / {SHOWN_SIGMA:g})")
    elif picture.unit == "counts":
        parts.append(_COUNTS[images.mode])
    parts.append("drag: zoom, right click: back")
    return " &nbsp;·&nbsp; ".join(parts)
