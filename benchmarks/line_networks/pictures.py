"""Pictures as in the publication: lines in space, side by side, and distances."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from mpl_toolkits.mplot3d import Axes3D
from mpl_toolkits.mplot3d.art3d import Line3DCollection

from darfix_wb.dislocation_lines.network import LineNetwork
from darfix_wb.volume_comparison.report import Comparison

STEP_UM = 0.5
SHOWN_UM = 5.0
"""Distances that the histogram shows."""


def draw(
    path: Path,
    networks: Mapping[str, LineNetwork],
    hidden: LineNetwork,
    distances: Mapping[str, Comparison],
) -> None:
    """Write a picture of three networks and of their distances.

    Parameters
    ----------
    path : pathlib.Path
        PNG file.
    networks : mapping of str to LineNetwork
        The last one is the truth.
    hidden : LineNetwork
        Lines that do not show, grey beside the truth.
    distances : mapping of str to Comparison
        Of the histogram.
    """
    figure = Figure(figsize=(12.0, 5.2))
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(
        1, 4, width_ratios=(1, 1, 1, 1.15), left=0.0, right=0.985, bottom=0.11, top=0.93, wspace=0.3
    )
    *_, true = networks.values()
    for place, (name, network) in enumerate(networks.items()):
        axes = figure.add_subplot(grid[place], projection="3d")
        _frame(axes, true.bounds_um)
        if network is true:
            axes.add_collection3d(_lines(hidden, color="0.8"), autolim=False)
        collection = _lines(network, cmap="viridis")
        collection.set_clim(*true.bounds_um[:, 0])
        axes.add_collection3d(collection, autolim=False)
        axes.set_title(f"{name}\n{network.length_um:.0f} um of lines", fontsize=10)
    _histogram(figure.add_subplot(grid[-1]), distances)
    figure.savefig(path, dpi=100)


def _frame(axes: Axes3D, bounds_um: numpy.ndarray) -> None:
    low, high = bounds_um
    axes.set(xlim=(low[2], high[2]), ylim=(low[1], high[1]), zlim=(low[0], high[0]))
    axes.set_box_aspect((high - low)[[2, 1, 0]], zoom=1.05)
    axes.set(xlabel="column (um)", ylabel="row (um)", zlabel="layer (um)")
    axes.view_init(elev=18, azim=-58)
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_major_locator(MaxNLocator(4))
    axes.tick_params(labelsize=7)


def _lines(network: LineNetwork, **how: object) -> Line3DCollection:
    """The lines of a network, each piece with the colour of its layer unless they have one."""
    points = [line.resampled(STEP_UM) for line in network.lines]
    pieces = [numpy.stack([one[:-1], one[1:]], axis=1) for one in points]
    pieces = numpy.concatenate([numpy.empty((0, 2, 3)), *pieces])
    collection = Line3DCollection(pieces[:, :, [2, 1, 0]], linewidths=1.0, **how)
    if "color" not in how:
        collection.set_array(pieces[:, :, 0].mean(axis=1))
    return collection


def _histogram(axes: Axes, distances: Mapping[str, Comparison]) -> None:
    """Symmetric nearest-neighbour distances: of what was found, and of the truth, together."""
    for number, (name, compared) in enumerate(distances.items()):
        edges, counts = compared.histogram()
        total = len(compared.distances_a_um) + len(compared.distances_b_um)
        dashed = name.startswith("shifted")
        axes.stairs(
            counts / max(total, 1),
            edges,
            label=name,
            linestyle="--" if dashed else "-",
            color="0.4" if dashed else f"C{number}",
        )
    axes.set(xlim=(0, SHOWN_UM), yscale="log", xlabel="distance to the nearest neighbour (um)")
    axes.set_ylabel("part of all points, per 0.1 um")
    axes.set_title("Found from true and true from found", fontsize=10)
    axes.legend(fontsize=8)
