"""A layer of a volume: where its scan is, and where the layer lies in the crystal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Layer:
    """One rocking scan of a volume.

    Attributes
    ----------
    url : str
        What `darfix_wb.io.frame_sources.open_scan` opens: one scan, without doubt.
    name : str
        For tables and messages, e.g. ``"layer_012.h5 1.1"``.
    position : float or None
        Of the motor that moves from layer to layer, in its unit; None where no motor tells.
    """

    url: str
    name: str
    position: float | None = None
