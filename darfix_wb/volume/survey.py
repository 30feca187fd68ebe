"""A first look at a layer, without reading its frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import DarfixWBError, one_sentence
from ..io.frame_sources import open_scan
from ..progress import SILENT, Monitor
from .layer import Layer
from .options import LayerOptions


@dataclass(frozen=True)
class Look:
    """What a layer is, or why it cannot be opened.

    Attributes
    ----------
    frame_shape : tuple of int, or None
        ``(height, width)`` of the region that is read.
    n_frames : int
        Number of frames.
    reason : str
        Why it cannot be opened; empty where it can.
    """

    frame_shape: tuple[int, int] | None = None
    n_frames: int = 0
    reason: str = ""


def look_at_all(
    layers: Sequence[Layer], options: LayerOptions, *, monitor: Monitor = SILENT
) -> tuple[Look, ...]:
    """Open every layer and say how large it is; as `look_at`."""
    return tuple(look_at(layer, options, monitor=monitor) for layer in layers)


def look_at(layer: Layer, options: LayerOptions, *, monitor: Monitor = SILENT) -> Look:
    """Open a layer and say how large it is.

    Raises
    ------
    OperationCancelled
        If the monitor says so.
    """
    monitor.check("The volume was cancelled.")
    try:
        scan = open_scan(layer.url, motor=options.motor)
        if options.region is None:
            return Look(tuple(scan.frame_shape), scan.n_frames)
        options.region.check(scan.frame_shape)
        return Look(options.region.shape, scan.n_frames)
    except (DarfixWBError, OSError) as error:
        return Look(reason=one_sentence(error))
