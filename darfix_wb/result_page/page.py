"""The page: nine pictures, and below them what was used, what was found, and every warning."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import partial

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..beam import BeamMap
from ..detection.dislocation_map import DislocationMap
from ..extraction import PatchedScan
from ..integration import BeamImages
from .curves import draw_curves, draw_shares
from .frames import condition_legend, condition_overlay, draw_frame, frame_title, frames_to_show
from .images import (
    color_bar,
    draw_counts,
    draw_dislocation_image,
    draw_lines,
    draw_probability,
    unit_of,
)

PAGE_SIZE = (16.5, 11.7)
"""A3, inches."""

LINE_LENGTH = 190
"""Characters of a line of words."""

LINE_HEIGHT = 0.18
"""Inches."""


def draw_result_page(
    patched: PatchedScan, beam_map: BeamMap, images: BeamImages, *, sentences: Sequence[str]
) -> Figure:
    """Draw what came out of a scan.

    Parameters
    ----------
    patched : PatchedScan
        The scan; three of its frames are read again.
    beam_map : BeamMap
        Conditions of its patches, on the same grid.
    images : BeamImages
        Images of the scan, with or without a map of its dislocations.
    sentences : sequence of str
        What is written below the pictures; the warnings of `beam_map` follow.

    Returns
    -------
    matplotlib.figure.Figure
        A page in landscape, A3.
    """
    words = _wrapped([*sentences, *(f"Warning: {each}" for each in beam_map.warnings)])
    with matplotlib.rc_context({"font.size": 8, "axes.titlesize": 9, "axes.titlelocation": "left"}):
        figure = Figure(figsize=PAGE_SIZE, dpi=110, layout="constrained")
        FigureCanvasAgg(figure)
        height = LINE_HEIGHT * (len(words) + 1)
        pictures, text = figure.subfigures(2, 1, height_ratios=(PAGE_SIZE[1] - height, height))
        axes = pictures.subplots(3, 3)
        _draw_frames(axes[0], patched, beam_map)
        for axis, (title, draw) in zip(axes[1:].flat, _panels(images).items(), strict=False):
            axis.set_title(title)
            draw(axis)
        for axis in axes[:, 0]:
            axis.set_ylabel("row (px)")
        for axis in (*axes[:2].flat, axes[2, 0]):
            axis.set_xlabel("column (px)")
        _draw_over_angles(axes[2, 1:], patched, beam_map)
        text.text(0.02, 1, "\n".join(words), va="top", linespacing=1.4)
    return figure


def _wrapped(sentences: Sequence[str]) -> list[str]:
    return [line for one in sentences for line in textwrap.wrap(one, LINE_LENGTH)]


def _draw_frames(axes: Sequence[Axes], patched: PatchedScan, beam_map: BeamMap) -> None:
    for axis, (kind, index) in zip(axes, frames_to_show(patched, beam_map).items(), strict=True):
        drawn = draw_frame(axis, patched, index)
        color_bar(axis, drawn, label="counts above dark")
        axis.imshow(condition_overlay(beam_map.pixel_weights(index)))
        axis.set_title(f"{kind}: {frame_title(patched, index)}")
    axes[-1].legend(handles=condition_legend(), loc="upper right", framealpha=0.8)


def _panels(images: BeamImages) -> dict:
    """Title and drawing of the four images."""
    counts = partial(draw_counts, label=unit_of(images))
    found = images.dislocations
    if found is None:
        first = {
            "WB-: weak beam below the peak": partial(counts, image=images.weak_low),
            "WB+: weak beam above the peak": partial(counts, image=images.weak_high),
        }
    else:
        first = {
            "dislocation image": partial(draw_dislocation_image, found=found),
            f"line probability, {len(found.lines)} lines": partial(_draw_lines, found=found),
        }
    return {
        **first,
        "weak beam": partial(counts, image=images.weak),
        "strong beam": partial(counts, image=images.strong),
    }


def _draw_lines(axis: Axes, *, found: DislocationMap) -> None:
    draw_probability(axis, found)
    draw_lines(axis, found)


def _draw_over_angles(axes: Sequence[Axes], patched: PatchedScan, beam_map: BeamMap) -> None:
    shares, curves = axes
    draw_shares(shares, patched, beam_map)
    shares.set_title("conditions over the rocking angle")
    draw_curves(curves, patched, beam_map)
    curves.set_title("rocking curves of three patches")
    for axis in axes:
        axis.locator_params(axis="x", nbins=6)
    shares.legend(loc="center right")
