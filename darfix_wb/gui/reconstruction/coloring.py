"""Colours of lines by one of their properties, and the legend of these colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy
from silx.gui.colors import Colormap, rgba

from ...dislocation_lines.line import NO_BOUNDARY, LineKind
from ...dislocation_lines.network import LineNetwork
from .sampled import SampledNetwork

GROUND = "#16181d"
"""Of the plots of lines: dark, so that every colour of the scale is seen."""

CHOSEN_COLOR = "#FF3DD0"
"""Of the selected line: no scale has this pink."""

REFERENCE_COLOR = "#9A9A9A"
UNKNOWN_COLOR = "#C8C8C8"

SCHEMES = {
    "layer": "Layer",
    "length": "Length",
    "score": "Score",
    "boundary": "Boundary",
    "kind": "Kind",
}
"""What lines may be coloured by."""

KIND_NAMES = {
    LineKind.THROUGH_LAYERS: "through",
    LineKind.IN_LAYER: "in layer",
    LineKind.UNKNOWN: "unknown",
}

N_LEVELS = 16
_KIND_COLORS = {
    LineKind.THROUGH_LAYERS: "#56B4E9",
    LineKind.IN_LAYER: "#E69F00",
    LineKind.UNKNOWN: UNKNOWN_COLOR,
}
_PALETTE = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#D55E00", "#CC79A7", "#0072B2")
_MOST_NAMED = 7
_UNITS = {"layer": "µm", "length": "µm", "score": "sigma"}


@dataclass(frozen=True, eq=False)
class Coloring:
    """A colour for each point along the lines.

    Attributes
    ----------
    levels : numpy.ndarray
        ``(n_points,)`` int: number of the colour of each point.
    colors : numpy.ndarray
        ``(n_colors, 4)`` float: red, green, blue and alpha, 0 to 1.
    colormap : Colormap or None
        The scale, where colours stand for numbers.
    unit : str
        Of these numbers.
    names : tuple of (str, str)
        Colour and meaning, where colours stand for classes.
    """

    levels: numpy.ndarray
    colors: numpy.ndarray
    colormap: Colormap | None = None
    unit: str = ""
    names: tuple[tuple[str, str], ...] = ()


def coloring(network: LineNetwork, lines: SampledNetwork, scheme: str) -> Coloring:
    """Colour points along lines by one of `SCHEMES`."""
    if scheme == "boundary":
        return _by_boundary(network, lines)
    if scheme == "kind":
        return _by_kind(network, lines)
    if scheme == "layer":
        values = lines.points_um[:, 0]
    else:
        attribute = {"length": "length_um", "score": "score"}[scheme]
        values = numpy.array([getattr(line, attribute) for line in network.lines], float)
        values = values[lines.numbers]
    return _by_number(values, _UNITS[scheme])


def _by_number(values: numpy.ndarray, unit: str) -> Coloring:
    known = numpy.isfinite(values)
    low, high = (values[known].min(), values[known].max()) if known.any() else (0.0, 1.0)
    high = high if high > low else low + 1.0
    colormap = Colormap("viridis", vmin=float(low), vmax=float(high))
    shares = (numpy.where(known, values, low) - low) / (high - low)
    levels = numpy.minimum((shares * N_LEVELS).astype(int), N_LEVELS - 1)
    levels[~known] = N_LEVELS
    colors = numpy.vstack([colormap.getNColors(N_LEVELS) / 255, rgba(UNKNOWN_COLOR)])
    return Coloring(levels, colors, colormap, unit)


def _by_boundary(network: LineNetwork, lines: SampledNetwork) -> Coloring:
    numbers = numpy.array([line.boundary for line in network.lines], int)
    count = len(network.boundaries)
    colors = [_PALETTE[number % len(_PALETTE)] for number in range(count)]
    names = [(colors[number], f"boundary {number}") for number in range(min(count, _MOST_NAMED))]
    if count > _MOST_NAMED:
        names.append(("", f"{count - _MOST_NAMED} more"))
    numbers[(numbers == NO_BOUNDARY) | (numbers >= count)] = count
    return _by_class(numbers, lines, [*colors, UNKNOWN_COLOR], [*names, (UNKNOWN_COLOR, "none")])


def _by_kind(network: LineNetwork, lines: SampledNetwork) -> Coloring:
    order = list(KIND_NAMES)
    numbers = numpy.array([order.index(line.kind) for line in network.lines], int)
    present = [kind for place, kind in enumerate(order) if (numbers == place).any()]
    names = [(_KIND_COLORS[kind], KIND_NAMES[kind]) for kind in present]
    return _by_class(numbers, lines, [_KIND_COLORS[kind] for kind in order], names)


def _by_class(numbers: numpy.ndarray, lines: SampledNetwork, colors: list, names: list) -> Coloring:
    levels = numbers[lines.numbers]
    return Coloring(levels, numpy.array([rgba(color) for color in colors]), names=tuple(names))
