"""Pictures as in the publication: lines in space, side by side, and distances."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d import Axes3D
from mpl_toolkits.mplot3d.art3d import Line3DCollection

from darfix_wb.dislocation_lines.network import LineNetwork
from darfix_wb.volume_comparison.report import Comparison

STEP_UM = 0.5
SHOWN_UM = 5.0
"""Distances that the histogram shows."""


def draw(
    path: Path, networks: Mapping[str, LineNetwork], distances: Mapping[str, Comparison]
) -> None:
    """Write a picture of three networks and of their distances from the last one."""
    figure = Figure(figsize=(11.5, 9.0), layout="constrained")
    FigureCanvasAgg(figure)
    true = list(networks.values())[-1]
    for place, (name, network) in enumerate(networks.items(), start=1):
        axes = figure.add_subplot(2, 2, place, projection="3d")
        collection = _lines(axes, network, true.bounds_um)
        axes.set_title(f"{name}: {network.length_um:.0f} um of lines", fontsize=10)
    _histogram(figure.add_subplot(2, 2, 4), distances)
    figure.colorbar(collection, ax=figure.axes[0], shrink=0.6, label="layer (um)", location="left")
    figure.savefig(path, dpi=90)


def _lines(axes: Axes3D, network: LineNetwork, bounds_um: numpy.ndarray) -> Line3DCollection:
    points = [line.resampled(STEP_UM) for line in network.lines]
    pieces = [numpy.stack([one[:-1], one[1:]], axis=1) for one in points]
    pieces = numpy.concatenate([numpy.empty((0, 2, 3)), *pieces])
    collection = Line3DCollection(pieces[:, :, [2, 1, 0]], cmap="viridis", linewidths=1.0)
    collection.set_array(pieces[:, :, 0].mean(axis=1))
    collection.set_clim(*bounds_um[:, 0])
    axes.add_collection3d(collection, autolim=False)
    low, high = bounds_um
    axes.set(xlim=(low[2], high[2]), ylim=(low[1], high[1]), zlim=(low[0], high[0]))
    axes.set_box_aspect((high - low)[[2, 1, 0]], zoom=0.9)
    axes.set(xlabel="column (um)", ylabel="row (um)", zlabel="layer (um)")
    axes.view_init(elev=18, azim=-58)
    return collection


def _histogram(axes: Axes, distances: Mapping[str, Comparison]) -> None:
    """Symmetric nearest-neighbour distances: of what was found, and of the truth, together."""
    for name, compared in distances.items():
        edges, counts = compared.histogram()
        total = len(compared.distances_a_um) + len(compared.distances_b_um)
        dashed = name.startswith("shifted")
        axes.stairs(
            counts / max(total, 1),
            edges,
            label=name,
            linestyle="--" if dashed else "-",
            color="0.4" if dashed else None,
        )
    axes.set(xlim=(0, SHOWN_UM), yscale="log", xlabel="distance to the nearest neighbour (um)")
    axes.set_ylabel("part of all points, per 0.1 um")
    axes.set_title("found from true and true from found", fontsize=10)
    axes.legend(fontsize=8)
