"""Pictures of the small volume: its lines in space, and where they cross one layer."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from mpl_toolkits.mplot3d.art3d import Line3DCollection

from darfix_wb.dislocation_image import as_shown
from darfix_wb.dislocation_lines.network import SAMPLING_UM, LineNetwork
from darfix_wb.result_page.images import SCALE_TOP
from darfix_wb.volume.looking import read_picture

from .volume import DemoVolume

VOLUME_PICTURES = {
    "lines.png": "Lines found in the volume, coloured by layer; true lines that show (grey), and "
    "true lines that need not show (dotted): invisible by g.b, or too faint. Seen along each axis, "
    "and from the side.",
    "crossings.png": "Dislocation image of a layer in the middle, and on it the parts of lines "
    "within half a step of the layer: found, true ones that show, and true ones that need not "
    "show. Marks: where they pass through the layer.",
}
"""Files, and what they show."""

LAYER, ROW, COLUMN = range(3)
NAMES = ("layer", "row", "column")

_TRUE, _HIDDEN = "0.75", "0.6"

_MARKS = {
    "true, shows": {"color": "#56B4E9", "marker": "o"},
    "true, need not show": {"color": "#F0E442", "marker": "s"},
    "found": {"color": "#D55E00", "marker": "x"},
}


def draw_volume(folder: Path, volume: DemoVolume) -> None:
    """Write all `VOLUME_PICTURES`."""
    plt.switch_backend("agg")
    figures = {"lines.png": _in_space(volume), "crossings.png": _in_a_layer(volume)}
    for name in VOLUME_PICTURES:
        figures[name].savefig(folder / name, dpi=110)
        plt.close(figures[name])


def _in_space(volume: DemoVolume) -> Figure:
    figure = plt.figure(figsize=(10, 10.5), layout="constrained")
    bounds = volume.truth.network.bounds_um
    norm = Normalize(*bounds[:, LAYER])
    sides = numpy.ptp(bounds, axis=0)
    grid = figure.add_gridspec(
        2,
        2,
        width_ratios=(sides[COLUMN], sides[LAYER]),
        height_ratios=(sides[ROW], sides[LAYER]),
    )
    for place, across, up in (
        (grid[0, 0], COLUMN, ROW),
        (grid[0, 1], LAYER, ROW),
        (grid[1, 0], COLUMN, LAYER),
    ):
        axis = figure.add_subplot(place)
        drawn = _projection(axis, volume, across, up, norm)
    _space(figure.add_subplot(grid[1, 1], projection="3d"), volume, norm)
    figure.colorbar(
        drawn, ax=figure.axes, label="layer (um)", location="bottom", shrink=0.6, aspect=40
    )
    return figure


def _projection(
    axis: plt.Axes, volume: DemoVolume, across: int, up: int, norm: Normalize
) -> LineCollection:
    """Lines seen along the third axis; rows go down, as in images."""
    true = [line.points_um[:, [across, up]] for line in volume.shown.lines]
    axis.add_collection(LineCollection(true, colors=_TRUE, linewidths=5, capstyle="round"))
    hidden = [line.points_um[:, [across, up]] for line in volume.hidden.lines]
    axis.add_collection(LineCollection(hidden, colors=_HIDDEN, linewidths=1.2, linestyles=":"))
    pieces, heights = _pieces(volume.report.network)
    drawn = LineCollection(pieces[..., [across, up]], cmap="viridis", norm=norm, linewidths=1.6)
    drawn.set_array(heights)
    axis.add_collection(drawn)
    low, high = volume.truth.network.bounds_um
    ends = (high[up], low[up]) if up == ROW else (low[up], high[up])
    axis.set(xlim=(low[across], high[across]), ylim=ends, aspect="equal")
    axis.set(xlabel=f"{NAMES[across]} (um)", ylabel=f"{NAMES[up]} (um)")
    axis.set_title(f"seen along the {NAMES[LAYER + ROW + COLUMN - across - up]} axis")
    return drawn


def _space(axis: plt.Axes, volume: DemoVolume, norm: Normalize) -> None:
    order = [COLUMN, ROW, LAYER]
    true, _ = _pieces(volume.shown)
    pieces, heights = _pieces(volume.report.network)
    colors = plt.colormaps["viridis"](norm(heights))
    for lines, style in (
        (true, {"colors": _TRUE, "linewidths": 3.5, "alpha": 0.6}),
        (pieces, {"colors": colors, "linewidths": 1.6}),
    ):
        if len(lines):
            axis.add_collection3d(Line3DCollection(lines[..., order], **style))
    low, high = volume.truth.network.bounds_um[:, order]
    axis.set(xlim=(low[0], high[0]), ylim=(high[1], low[1]), zlim=(low[2], high[2]))
    axis.set(xlabel="column (um)", ylabel="row (um)", zlabel="layer (um)")
    axis.set_box_aspect(high - low)


def _pieces(network: LineNetwork) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Short pieces ``(n, 2, 3)`` of all lines, in um, and the height of the middle of each."""
    points = [line.resampled(SAMPLING_UM) for line in network.lines]
    parts = [numpy.stack([line[:-1], line[1:]], axis=1) for line in points]
    pieces = numpy.concatenate([numpy.empty((0, 2, 3)), *parts])
    return pieces, pieces[..., LAYER].mean(axis=1)


def _in_a_layer(volume: DemoVolume) -> Figure:
    network, truth = volume.report.network, volume.truth
    number = len(network.layers_um) // 2
    height = float(network.layers_um[number])
    place = int(numpy.abs(truth.network.layers_um - height).argmin())
    shown = as_shown(read_picture(volume.volume_file, "dislocation_image", place).values)
    low, high = truth.network.bounds_um[:, 1:]
    extent = (low[1], high[1], high[0], low[0])
    figure, axes = plt.subplots(1, 2, figsize=(12, 8), layout="constrained", sharey=True)
    grey = plt.colormaps["gray"].with_extremes(bad="black")
    for axis in axes:
        drawn = axis.imshow(shown, vmin=0, vmax=SCALE_TOP, cmap=grey, extent=extent, aspect="equal")
        axis.set(xlabel="column (um)", xlim=extent[:2], ylim=extent[2:])
    of_truth, of_found = truth.offsets_um[place], volume.report.offsets_um[number]
    for name, lines, offset in (
        ("true, shows", volume.shown, of_truth),
        ("true, need not show", volume.hidden, of_truth),
        ("found", network, of_found),
    ):
        _draw_crossings(axes[1], lines, height, offset, name)
    axes[0].set(ylabel="row (um)", title=f"layer at {height:g} um")
    axes[1].legend(handles=_legend(), loc="upper right")
    axes[1].set_title("lines within half a step of it")
    figure.colorbar(drawn, ax=axes, label="asinh(sigma / 3)", shrink=0.6)
    return figure


def _draw_crossings(
    axis: plt.Axes, network: LineNetwork, height_um: float, offset_um: numpy.ndarray, name: str
) -> None:
    """Draw the lines near a layer, moved as its image is, and mark where they pass through it."""
    places = (crossings(network, height_um) + offset_um)[:, ::-1]
    axis.plot(*places.T, linestyle="", fillstyle="none", markersize=9, **_MARKS[name])
    half = numpy.median(numpy.diff(network.layers_um)) / 2
    pieces, heights = _pieces(network)
    near = numpy.abs(heights - height_um) <= half
    parts = (pieces[near][..., 1:] + offset_um)[..., ::-1]
    axis.add_collection(LineCollection(parts, colors=_MARKS[name]["color"], linewidths=1.2))


def crossings(network: LineNetwork, height_um: float) -> numpy.ndarray:
    """Where lines cross a layer, ``(n, 2)`` (row, column) in um."""
    pieces, _ = _pieces(network)
    below, above = pieces[:, 0, LAYER] - height_um, pieces[:, 1, LAYER] - height_um
    cross = (below < 0) != (above < 0)
    part = (below[cross] / (below[cross] - above[cross]))[:, None]
    return pieces[cross, 0, 1:] * (1 - part) + pieces[cross, 1, 1:] * part


def _legend() -> list[Line2D]:
    return [
        Line2D([], [], fillstyle="none", markersize=9, label=name, **mark)
        for name, mark in _MARKS.items()
    ]
