"""Pictures as in the publication: lines in space, side by side, and distances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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

WIDTH = 0.245
"""Of a panel of lines, in widths of the picture."""


@dataclass(frozen=True, eq=False)
class Panel:
    """Lines in space.

    Attributes
    ----------
    title : str
    pieces_um : numpy.ndarray
        ``(n, 2, 3)`` float64 ends of short pieces, coloured by their layer.
    grey_um : numpy.ndarray
        ``(m, 2, 3)`` float64 pieces that are not judged.
    """

    title: str
    pieces_um: numpy.ndarray
    grey_um: numpy.ndarray


def pieces_of(network: LineNetwork) -> numpy.ndarray:
    """``(n, 2, 3)`` ends of pieces of 0.5 um of all lines."""
    points = [line.resampled(STEP_UM) for line in network.lines]
    pieces = [numpy.stack([one[:-1], one[1:]], axis=1) for one in points]
    return numpy.concatenate([numpy.empty((0, 2, 3)), *pieces])


def draw(
    path: Path,
    panels: Sequence[Panel],
    bounds_um: numpy.ndarray,
    distances: Mapping[str, Comparison],
) -> None:
    """Write a picture of networks side by side, and of distances from the truth.

    Parameters
    ----------
    path : pathlib.Path
        PNG file.
    panels : sequence of Panel
        Three.
    bounds_um : numpy.ndarray
        ``(2, 3)`` corners of the volume.
    distances : mapping of str to Comparison
        Of the histogram.
    """
    figure = Figure(figsize=(12.0, 4.6))
    FigureCanvasAgg(figure)
    for place, panel in enumerate(panels):
        axes = figure.add_axes([place * WIDTH, 0.1, WIDTH, 0.78], projection="3d")
        _frame(axes, bounds_um)
        axes.add_collection3d(
            Line3DCollection(_turned(panel.grey_um), colors="0.8", linewidths=0.6), autolim=False
        )
        lines = Line3DCollection(_turned(panel.pieces_um), cmap="viridis", linewidths=1.0)
        lines.set_array(panel.pieces_um[:, :, 0].mean(axis=1))
        lines.set_clim(*bounds_um[:, 0])
        axes.add_collection3d(lines, autolim=False)
        length = numpy.linalg.norm(numpy.diff(panel.pieces_um, axis=1), axis=2).sum()
        axes.set_title(f"{panel.title}\n{length:.0f} um of lines", fontsize=9)
    left = len(panels) * WIDTH + 0.07
    _histogram(figure.add_axes([left, 0.12, 0.99 - left, 0.8]), distances)
    figure.savefig(path, dpi=110)


def _turned(pieces_um: numpy.ndarray) -> numpy.ndarray:
    """From (layer, row, column) to (x, y, z)."""
    return pieces_um[:, :, ::-1]


def _frame(axes: Axes3D, bounds_um: numpy.ndarray) -> None:
    low, high = bounds_um
    axes.set(xlim=(low[2], high[2]), ylim=(low[1], high[1]), zlim=(low[0], high[0]))
    axes.set_box_aspect((high - low)[[2, 1, 0]], zoom=1.15)
    labels = {"fontsize": 8, "labelpad": -4}
    axes.set_xlabel("column (um)", **labels)
    axes.set_ylabel("row (um)", **labels)
    axes.set_zlabel("layer (um)", **labels)
    axes.view_init(elev=18, azim=-58)
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_major_locator(MaxNLocator(4))
    axes.tick_params(labelsize=7, pad=-2)
    axes.patch.set_alpha(0)


def _histogram(axes: Axes, distances: Mapping[str, Comparison]) -> None:
    """Symmetric nearest-neighbour distances: of what was found, and of the truth, together."""
    for number, (name, compared) in enumerate(distances.items()):
        edges, counts = compared.histogram()
        total = len(compared.distances_a_um) + len(compared.distances_b_um)
        dashed = "shifted" in name
        axes.stairs(
            counts / max(total, 1),
            edges,
            label=name,
            linestyle="--" if dashed else "-",
            color="0.4" if dashed else f"C{number}",
        )
    axes.set(xlim=(0, SHOWN_UM), yscale="log", xlabel="nearest neighbour (um)")
    axes.set_ylabel("part of all points, per 0.1 um")
    axes.set_title("Found from true, true from found", fontsize=9)
    axes.legend(fontsize=7)
