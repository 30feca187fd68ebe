"""The pictures that an integration gives: their names, units and colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy
from silx.gui.colors import Colormap

from ...dislocation_image.image import SHOWN_SIGMA
from ...integration import BeamImages
from ..plots.beam_colors import NEVER_SEEN, beam_colormaps
from ..plots.color_bar import number_texts, values_along
from ..plots.screen_window import finite_pixels

UNLIT = "#2f4f7f"
"""Colour of pixels without a value in a picture in greys."""

LEAST_SIGMA = 15.0
"""White stands for at least this: the noise of a crystal without dislocations stays dark."""

_BRIGHTEST_PERCENTILE = 99.9
_N_LABELS = 5


@dataclass(frozen=True)
class Picture:
    """One picture of an integration.

    Attributes
    ----------
    name : str
        What the window calls it by.
    attribute : str
        Its name in `BeamImages` or, of dislocations, in `DislocationMap`.
    button : str
        Text of the button that shows it.
    title : str
        Title above it.
    unit : str
        Of its values; empty for none.
    """

    name: str
    attribute: str
    button: str
    title: str
    unit: str = ""

    def values(self, images: BeamImages) -> numpy.ndarray | None:
        """``(height, width)``: its values; None where the images hold none."""
        source = images.dislocations if self in DISLOCATION_PICTURES else images
        return None if source is None else getattr(source, self.attribute)


DISLOCATION_PICTURES = (
    Picture("dislocation_image", "image", "Image", "Dislocation image", "sigma"),
    Picture("dislocation_low", "low", "WB-", "Dislocation image, below the peak (WB-)", "sigma"),
    Picture("dislocation_high", "high", "WB+", "Dislocation image, above the peak (WB+)", "sigma"),
    Picture(
        "line_probability",
        "probability",
        "Line probability",
        "Probability of a dislocation line within 3 px",
    ),
)
BEAM_PICTURES = (
    Picture("weak", "weak", "Weak beam", "Weak beam", "counts"),
    Picture("weak_low", "weak_low", "WB-", "Weak beam, below the peak (WB-)", "counts"),
    Picture("weak_high", "weak_high", "WB+", "Weak beam, above the peak (WB+)", "counts"),
    Picture("weak_count", "weak_count", "Weak frames", "Weak frames per pixel", "frames"),
    Picture("strong", "strong", "Strong beam", "Strong beam", "counts"),
    Picture("strong_count", "strong_count", "Strong frames", "Strong frames per pixel", "frames"),
    Picture("binary_map", "binary_map", "Binary map", "Weak beam above the threshold"),
)
PICTURES = {picture.name: picture for picture in (*DISLOCATION_PICTURES, *BEAM_PICTURES)}
"""All pictures by name."""


def colormaps_of(images: BeamImages, normalization: str) -> dict[str, Colormap]:
    """A colormap for each picture that there is, by name.

    `normalization` is that of the images of counts. The dislocation images share one scale, and
    theirs is of values divided by `SHOWN_SIGMA`.
    """
    colormaps = beam_colormaps(images, normalization)
    if images.dislocations is not None:
        sigma = sigma_colormap(images.dislocations.image)
        colormaps.update(dict.fromkeys(("dislocation_image", "dislocation_low"), sigma))
        colormaps["dislocation_high"] = sigma
        colormaps["line_probability"] = probability_colormap()
    return colormaps


def drawn(picture: Picture, values: numpy.ndarray) -> numpy.ndarray:
    """What is drawn of a picture's values, in the unit of its colormap."""
    if picture.unit == "sigma":
        return numpy.maximum(values, 0) / numpy.float32(SHOWN_SIGMA)
    return values.astype(numpy.uint8) if values.dtype == bool else values


def labels_of(picture: Picture, colormap: Colormap) -> tuple[str, ...]:
    """What is written below the colours of a picture."""
    if picture.name == "binary_map":
        return ("below", "above")
    values = values_along(colormap, _N_LABELS)
    return number_texts(SHOWN_SIGMA * values if picture.unit == "sigma" else values, picture.unit)


def without_value(picture: Picture) -> str:
    """Colour of the pixels of a picture that have no value."""
    return UNLIT if picture in DISLOCATION_PICTURES else NEVER_SEEN


def probability_colormap() -> Colormap:
    """Black for 0, white for 1."""
    return _grey(1.0)


def sigma_colormap(image: numpy.ndarray) -> Colormap:
    """Of a dislocation image: from its noise to its brightest lines, in units of `SHOWN_SIGMA`."""
    seen = finite_pixels(image)
    brightest = float(numpy.percentile(seen, _BRIGHTEST_PERCENTILE)) if seen.size else 0.0
    return _grey(max(brightest, LEAST_SIGMA) / SHOWN_SIGMA, Colormap.ARCSINH)


def _grey(high: float, normalization: str = Colormap.LINEAR) -> Colormap:
    colormap = Colormap("gray", normalization=normalization, vmin=0.0, vmax=high)
    colormap.setNaNColor(UNLIT)
    return colormap
