"""The one frame of coordinates of all exported files."""

from __future__ import annotations

import numpy

from ..line import DislocationLine

FRAME = (
    "x = column, y = row, z = layer, in um. Viewers draw x, y, z right-handed: where columns, rows "
    "and layers make a left-handed system in the laboratory, as in simulated scans, they show the "
    "mirror image of the crystal."
)
"""What is written into each file that can hold a sentence."""

NO_LAYER = -1


def xyz(points: numpy.ndarray) -> numpy.ndarray:
    """Points or vectors (layer, row, column) as (x, y, z).

    Examples
    --------
    >>> xyz(numpy.array([[5.0, 7.0, 11.0]])).tolist()
    [[11.0, 7.0, 5.0]]
    """
    return numpy.ascontiguousarray(points[..., ::-1])


def burgers_xyz(line: DislocationLine, unknown: float) -> numpy.ndarray:
    """``(3,)`` Burgers vector (x, y, z) in um, filled with `unknown` where it is not known."""
    if line.burgers_um is None or not numpy.isfinite(line.burgers_um).all():
        return numpy.full(3, unknown)
    return xyz(numpy.asarray(line.burgers_um, dtype=float))


def nearest_layers(heights_um: numpy.ndarray, layers_um: numpy.ndarray) -> numpy.ndarray:
    """Number of the layer next to each height; -1 where no layers are known.

    Parameters
    ----------
    heights_um : numpy.ndarray
        ``(n,)`` float.
    layers_um : numpy.ndarray
        ``(n_layers,)`` float, increasing.

    Returns
    -------
    numpy.ndarray
        ``(n,)`` int32.

    Examples
    --------
    >>> nearest_layers(numpy.array([-9.0, 1.4, 1.6]), numpy.array([0.0, 1.0, 2.0])).tolist()
    [0, 1, 2]
    """
    if not len(layers_um):
        return numpy.full(len(heights_um), NO_LAYER, numpy.int32)
    middles = (layers_um[1:] + layers_um[:-1]) / 2
    return numpy.searchsorted(middles, heights_um).astype(numpy.int32)
