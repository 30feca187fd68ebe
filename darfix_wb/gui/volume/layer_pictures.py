"""The images of a layer in the file of a volume, and one colour scale for all layers."""

from __future__ import annotations

import os
from typing import NamedTuple

import numpy
from silx.gui.colors import Colormap

from ...progress import SILENT, Monitor
from ...volume.looking import LayerPicture, read_picture, sample_picture
from ...volume.result import BEAM_PICTURES, DISLOCATION_PICTURES
from ..integration.pictures import PICTURES, Picture, probability_colormap, sigma_colormap
from ..plots.beam_colors import intensity_colormap

TITLES = {one.name: one.title for one in (*DISLOCATION_PICTURES, *BEAM_PICTURES)}
"""Titles of the images, by their names in the file; the first is shown first."""

_PICTURES = {
    "weak_beam": PICTURES["weak"],
    "wb_low": PICTURES["weak_low"],
    "wb_high": PICTURES["weak_high"],
    "strong_beam": PICTURES["strong"],
    "dislocation_image": PICTURES["dislocation_image"],
    "line_probability": PICTURES["line_probability"],
}
_SCALED_LIKE = {"wb_low": "weak_beam", "wb_high": "weak_beam"}


class Request(NamedTuple):
    """What is to be read.

    Attributes
    ----------
    path : str
        The file of the volume.
    name : str
        Of an image.
    index : int
        Number of the layer.
    """

    path: str
    name: str
    index: int


class Loaded(NamedTuple):
    """What was read, with values of several layers to choose the colours by."""

    request: Request
    picture: LayerPicture
    sample: numpy.ndarray


def picture_of(name: str) -> Picture:
    """How an image is drawn: as that of an integration."""
    return _PICTURES[name]


def scale_key(path: str | os.PathLike, name: str, n_done: int) -> tuple:
    """What the colours depend on: the same for all layers, and for all weak-beam images."""
    return str(path), _SCALED_LIKE.get(name, name), n_done


def load(
    request: Request, known_sample: numpy.ndarray | None, *, monitor: Monitor = SILENT
) -> Loaded:
    """Read an image, and the sample for its colours unless it is known.

    Raises
    ------
    DarfixWBError
        As `darfix_wb.volume.looking.read_picture`.
    """
    monitor.check("Another layer was chosen.")
    picture = read_picture(*request)
    if known_sample is None:
        like = _SCALED_LIKE.get(request.name, request.name)
        known_sample = sample_picture(request.path, like)
    return Loaded(request, picture, known_sample)


def colormap_of(name: str, sample: numpy.ndarray, normalization: str) -> Colormap:
    """Colours of an image; `normalization` is that of counts."""
    picture = picture_of(name)
    if picture.unit == "sigma":
        return sigma_colormap(sample)
    if picture.unit == "counts":
        return intensity_colormap(sample, normalization)
    return probability_colormap()
