"""Images along one line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy

from .line import LineKind


@dataclass(frozen=True, eq=False)
class LineCrop:
    """Images along a line.

    Attributes
    ----------
    number : int
        Number of the line.
    kind : LineKind
        THROUGH_LAYERS: images are ``(layer, row, column)``, the line stands in the middle pixel of
        each layer. IN_LAYER: images are ``(along, across)``, the line is the middle column;
        across goes to greater rows where along goes to greater columns.
    images : dict of str to numpy.ndarray
        float32, interpolated linearly; NaN outside the images and where a layer is missing.
    units : mapping of str to str
        Unit of each image.
    along_um : numpy.ndarray
        ``(n,)`` float64: positions of the layers, or length along the line.
    offsets_um : tuple of numpy.ndarray
        Distance from the line of each row and each column, or of each pixel across.
    points_um : numpy.ndarray
        ``(n, 3)`` float64 (layer, row, column): the line at each place along it.
    layer_um : float
        Position of the layer, if IN_LAYER; NaN otherwise.
    burgers_um : numpy.ndarray or None
        As of the line.
    """

    number: int
    kind: LineKind
    images: dict[str, numpy.ndarray]
    units: Mapping[str, str]
    along_um: numpy.ndarray
    offsets_um: tuple[numpy.ndarray, ...]
    points_um: numpy.ndarray
    layer_um: float = numpy.nan
    burgers_um: numpy.ndarray | None = None
