"""The dislocations of the other layer: a picture, and how many true lines each image shows."""

from __future__ import annotations

from dataclasses import dataclass

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from darfix_wb.dislocation_image import as_shown
from darfix_wb.image_quality.line_figures import LineFigures, line_figures
from darfix_wb.image_quality.shown import PROBABILITY
from darfix_wb.image_quality.shown import as_shown as any_as_shown
from darfix_wb.integration import BeamImages
from darfix_wb.known_scan import KnownScan
from darfix_wb.result_page.images import draw_dislocation_image, draw_lines, draw_probability


@dataclass(frozen=True)
class ImageScore:
    """One row of the table of images."""

    name: str
    figures: LineFigures


IMAGE_COLUMNS = {
    "image": lambda row: row.name,
    "av. precision": lambda row: f"{row.figures.average_precision:.2f}",
    "lines found %": lambda row: f"{100 * row.figures.lines_found:.0f}",
    "false lines": lambda row: f"{row.figures.false_lines:.0f}",
}
"""Heading and text of each column."""


def table_of_images(layer: KnownScan, images: BeamImages) -> list[ImageScore]:
    """The weak-beam image and the two of dislocations, against the lines that show."""
    lit = layer.patched.grid.stitch(~layer.patched.empty) > 0.5
    found = images.dislocations
    shown = {
        "weak beam, counts": any_as_shown(images.weak),
        "dislocation image": as_shown(found.image),
        "line probability": found.probability,
    }
    return [
        ImageScore(
            name,
            line_figures(image, layer.line_truth, region=lit, is_probability=PROBABILITY in name),
        )
        for name, image in shown.items()
    ]


def draw_dislocations(layer: KnownScan, images: BeamImages) -> Figure:
    """The dislocation image, the lines over the truth, and the probability."""
    found = images.dislocations
    figure, axes = plt.subplots(1, 3, figsize=(15, 4.6), layout="constrained", sharey=True)
    draw_dislocation_image(axes[0], found)
    axes[0].set_title("dislocation image")
    draw_dislocation_image(axes[1], found)
    _outline(axes[1], layer)
    draw_lines(axes[1], found)
    axes[1].set_title(f"{len(found.lines)} lines found; outlined: those that show")
    draw_probability(axes[2], found)
    axes[2].set_title("line probability")
    for axis in axes:
        axis.set_xlabel("column (px)")
    axes[0].set_ylabel("row (px)")
    return figure


def _outline(axis: plt.Axes, layer: KnownScan) -> None:
    if layer.lines.any():
        axis.contour(layer.lines, levels=[0.5], colors="#56B4E9", linewidths=0.8)
