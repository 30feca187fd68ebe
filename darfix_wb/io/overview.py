"""A picture to look at, beside the values that it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from .nexus import Axis, picture

PERCENTILES = (1.0, 99.5)
WHITE = 255


def overview(
    name: str, values: numpy.ndarray, *, axes: Sequence[Axis | None], title: str, unit: str
) -> dict[str, Any]:
    """An NXdata group with the brightness of images, in which a few warm pixels hide nothing.

    Viewers take the lowest and the highest value of an image for black and white. Here these are
    percentiles 1 and 99.5; the title says their values, and where the values are.

    Parameters
    ----------
    name : str
        Group and data set of the values.
    values : numpy.ndarray
        ``(..., height, width)``; what is not finite is shown black.
    axes : sequence of Axis or None
        As of `darfix_wb.io.nexus.picture`.
    title : str
        What the images are.
    unit : str
        Unit of the values; empty for none.
    """
    seen = values[numpy.isfinite(values)]
    low, high = numpy.percentile(seen, PERCENTILES) if seen.size else (0.0, 1.0)
    scale = (numpy.nan_to_num(values, nan=low, posinf=high, neginf=low) - low) / max(
        high - low, numpy.finfo(float).tiny
    )
    brightness = numpy.rint(numpy.clip(scale, 0, 1) * WHITE).astype(numpy.uint8)
    meaning = f"0 is {low:.4g}, {WHITE} is {high:.4g} {unit}".rstrip()
    return picture(
        "brightness",
        brightness,
        axes=axes,
        title=f"{title}, to look at ({meaning}); values: {name}",
    )
