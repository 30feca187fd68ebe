"""What a layer gives to its volume."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy


class Picture(NamedTuple):
    """An image of each layer: its name in the file, a title and a unit."""

    name: str
    title: str
    unit: str


BEAM_PICTURES = (
    Picture("weak_beam", "Weak beam", "counts"),
    Picture("wb_low", "Weak beam below the peak (WB-)", "counts"),
    Picture("wb_high", "Weak beam above the peak (WB+)", "counts"),
    Picture("strong_beam", "Strong beam", "counts"),
)
DISLOCATION_PICTURES = (
    Picture("dislocation_image", "Dislocation image", "sigma"),
    Picture("line_probability", "Probability of a line within 3 px", ""),
)


@dataclass(frozen=True)
class LayerResult:
    """Images of one layer, and what was found of it.

    Attributes
    ----------
    images : mapping of str to numpy.ndarray
        ``(rows, columns)`` float32 each, by the names of `BEAM_PICTURES` and, where dislocations
        were looked for, `DISLOCATION_PICTURES`; NaN where they say nothing.
    conditions : numpy.ndarray
        ``(n_frames, patch_rows, patch_columns)`` uint8, values of
        `darfix_wb.beam.BeamCondition`.
    summary : mapping
        Numbers of the layer: ``n_frames``, ``n_used``, ``weak``, ``strong``, ``empty`` (shares of
        the patches), ``dark`` (counts), ``lines`` (number) and ``lines_px`` (their length).
    warnings : tuple of str
        Why the layer may not be trusted, a sentence each.
    """

    images: Mapping[str, numpy.ndarray]
    conditions: numpy.ndarray
    summary: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
