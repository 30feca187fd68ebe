"""Weak-beam images of all methods in one picture, with one colour scale."""

from __future__ import annotations

import math
import os
import textwrap
from collections.abc import Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ..decomposition.regions import MARKS, Regions
from ..image_quality.shown import PROBABILITY
from ..io.output import InputFile, new_file
from .contrast import contrast_range
from .result import Comparison, MethodOutcome

N_COLUMNS = 4
PANEL_INCHES = (3.4, 3.0)
CHARACTERS = 32
"""Of a line of text in a panel."""


def draw_images(comparison: Comparison) -> Figure:
    """The contrast of each method's weak-beam image; a method that failed says why.

    A probability reaches from the background of the others to the upper end of their colours.
    """
    n_columns = min(N_COLUMNS, len(comparison.outcomes))
    n_rows = math.ceil(len(comparison.outcomes) / n_columns)
    size = (PANEL_INCHES[0] * n_columns + 1, PANEL_INCHES[1] * n_rows)
    figure = Figure(figsize=size, layout="constrained", dpi=110)
    axes = figure.subplots(n_rows, n_columns, squeeze=False, sharex=True, sharey=True)
    low, high = contrast_range(comparison.outcomes)
    colormap = matplotlib.colormaps["viridis"].with_extremes(bad="0.6")
    shown = None
    height, width = comparison.patched.scan.frame_shape
    for axis, outcome in zip(axes.flat, comparison.outcomes, strict=False):
        axis.set_title(_title(outcome))
        axis.set_box_aspect(height / width)
        if outcome.contrast is None:
            text = textwrap.fill(outcome.error, CHARACTERS)
            place = {"ha": "center", "va": "center", "transform": axis.transAxes}
            axis.text(0.5, 0.5, text, fontsize="small", **place)
        else:
            shown = axis.imshow(outcome.contrast, vmin=low, vmax=high, cmap=colormap)
            _draw_regions(axis, outcome.regions)
    for axis in axes.flat[len(comparison.outcomes) :]:
        axis.set_visible(False)
    for axis in axes[:, 0]:
        axis.set_ylabel("row (px)")
    for axis in axes[-1]:
        axis.set_xlabel("column (px)")
    if shown is not None:
        figure.colorbar(shown, ax=axes, label="weak beam above background (sigma)")
    return figure


def _title(outcome: MethodOutcome) -> str:
    """The name; of a probability, also what its colours are."""
    if outcome.unit != PROBABILITY:
        return outcome.name
    return f"{outcome.name} (probability, 0 to 1)"


def _draw_regions(axis: Axes, regions: Regions | None) -> None:
    """Outlines with a title each; nothing where there are none."""
    for name, (row, column, height, width) in regions.to_dict().items() if regions else ():
        title, color = MARKS[name]
        place = (column - 0.5, row - 0.5)
        axis.add_patch(Rectangle(place, width, height, fill=False, color=color, linewidth=1.5))
        box = {"facecolor": color, "edgecolor": "none", "pad": 1}
        axis.text(*place, title, fontsize="x-small", color="black", bbox=box)


def save_picture(
    path: str | os.PathLike,
    comparison: Comparison,
    *,
    overwrite: bool = False,
    inputs: Sequence[InputFile] = (),
) -> None:
    """Write the images of all methods to a PNG file.

    Raises
    ------
    DarfixWBError
        As `darfix_wb.io.output.new_file`.
    """
    figure = draw_images(comparison)
    with new_file(path, overwrite=overwrite, inputs=inputs) as partial:
        figure.savefig(partial, format="png", bbox_inches="tight")
