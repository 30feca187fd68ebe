"""Pictures of the demo, as PNG files."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy
from matplotlib.figure import Figure

from darfix_wb.beam import CONDITION_COLORS, BeamMap
from darfix_wb.integration import BeamImages
from darfix_wb.known_scan import KnownScan
from darfix_wb.metrics import CONFUSION_COLUMNS, CONFUSION_ROWS
from darfix_wb.result_page.frames import (
    condition_legend,
    condition_overlay,
    draw_frame,
    frame_title,
)
from darfix_wb.result_page.images import draw_counts

from .dislocations import draw_dislocations
from .methods import MethodScore
from .scans import pick_frames
from .steps import Trained

PICTURES = {
    "dislocations.png": "Dislocations of the other layer, found without any label.",
    "frames.png": "A weak, a strong and a mixed frame of the other layer, and what the lcnn says.",
    "integrated.png": "Weak and strong beam of the other layer, integrated over the rocking curve.",
    "curves.png": "Rocking curves of three patches, coloured by condition.",
    "training.png": "Training on six labelled frames; the dotted line marks the weights kept.",
    "confusion.png": "Lit patches of the other layer, each frame classified alone by the lcnn.",
}
"""Files, and what they show."""


def draw_pictures(
    folder: Path,
    layer: KnownScan,
    beam_map: BeamMap,
    images: BeamImages,
    networks: dict[str, Trained],
    scores: list[MethodScore],
) -> None:
    """Write all `PICTURES`."""
    plt.switch_backend("agg")
    figures = {
        "dislocations.png": draw_dislocations(layer, images),
        "frames.png": _frames(layer, beam_map),
        "integrated.png": _integrated(images),
        "curves.png": _curves(layer, beam_map),
        "training.png": _training(networks),
        "confusion.png": _confusion(next(row for row in scores if row.name == "lcnn")),
    }
    for name in PICTURES:
        figures[name].savefig(folder / name, dpi=110)
        plt.close(figures[name])


def _frames(layer: KnownScan, beam_map: BeamMap) -> Figure:
    figure, axes = plt.subplots(2, 3, figsize=(13.5, 6.8), layout="constrained")
    for (above, below), (name, index) in zip(axes.T, pick_frames(layer).items(), strict=True):
        shown = draw_frame(above, layer.patched, index)
        draw_frame(below, layer.patched, index)
        below.imshow(condition_overlay(beam_map.pixel_weights(index)))
        above.set_title(f"{name}: {frame_title(layer.patched, index)}")
        figure.colorbar(shown, ax=above, label="counts above dark")
        below.set(xlabel="column (px)", ylabel="row (px)")
    figure.legend(handles=condition_legend(), loc="outside lower center", ncols=3)
    return figure


def _integrated(images: BeamImages) -> Figure:
    figure, axes = plt.subplots(2, 3, figsize=(13.5, 6.8), layout="constrained")
    shown = {
        "weak beam": (images.weak, "mean counts above dark"),
        "WB-, below the peak": (images.weak_low, "mean counts above dark"),
        "WB+, above the peak": (images.weak_high, "mean counts above dark"),
        "strong beam": (images.strong, "mean counts above dark"),
        "contributing weak frames": (images.weak_count, "frames"),
        f"binary map, {images.threshold:g} sigma": (images.binary_map, ""),
    }
    for axis, (title, (image, label)) in zip(axes.flat, shown.items(), strict=True):
        if image.dtype == bool:
            axis.imshow(image, cmap="gray", interpolation="none")
        else:
            draw_counts(axis, image, label=label)
        axis.set(title=title, xlabel="column (px)", ylabel="row (px)")
    return figure


def _curves(layer: KnownScan, beam_map: BeamMap) -> Figure:
    figure, axes = plt.subplots(1, 3, figsize=(13.5, 4), layout="constrained", sharey=True)
    curves, grid, scan = layer.patched.curves, layer.patched.grid, layer.patched.scan
    peaks = curves.argmax(axis=0)
    order = numpy.argsort(peaks, axis=None)
    chosen = order[[len(order) // 20, len(order) // 2, -len(order) // 20]]
    ratio = grid.stride // beam_map.grid.stride
    for axis, patch in zip(axes, chosen, strict=True):
        row, column = numpy.unravel_index(patch, grid.shape)
        nearest = [
            min(index * ratio, side - 1)
            for index, side in zip((row, column), beam_map.grid.shape, strict=True)
        ]
        condition = beam_map.condition()[:, nearest[0], nearest[1]]
        curve = numpy.maximum(curves[:, row, column], 0.1)
        axis.plot(scan.angles, curve, color="0.8", zorder=1)
        axis.scatter(
            scan.angles, curve, c=[CONDITION_COLORS[value] for value in condition], zorder=2
        )
        axis.set(title=f"patch in row {row}, column {column}", yscale="log")
        axis.set_xlabel(f"{scan.motor} (deg)")
    axes[0].set_ylabel("mean counts above dark")
    figure.legend(handles=condition_legend(), loc="outside lower center", ncols=3)
    return figure


def _training(networks: dict[str, Trained]) -> Figure:
    figure, axes = plt.subplots(1, 2, figsize=(11, 4), layout="constrained", sharex=True)
    for color, (name, trained) in zip(("0.45", "#009E73"), networks.items(), strict=True):
        history = trained.history
        for axis, quantity in zip(axes, ("loss", "accuracy"), strict=True):
            style = {"color": color}
            axis.plot(history["epoch"], history[f"training_{quantity}"], "--", **style)
            axis.plot(history["epoch"], history[f"validation_{quantity}"], label=name, **style)
            axis.axvline(history["best_epoch"], linestyle=":", **style)
    axes[0].set(xlabel="epoch", ylabel="cross entropy", yscale="log")
    axes[1].set(xlabel="epoch", ylabel="accuracy on lit patches")
    axes[1].legend(title="solid: validation, dashed: training")
    return figure


def _confusion(row: MethodScore) -> Figure:
    figure, axis = plt.subplots(figsize=(5.4, 3.6), layout="constrained")
    counts = numpy.array(row.scores.confusion)
    share = counts / numpy.maximum(counts.sum(axis=1, keepdims=True), 1)
    drawn = axis.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (truth, said), count in numpy.ndenumerate(counts):
        color = "white" if share[truth, said] > 0.5 else "black"
        text = f"{count}\n{share[truth, said]:.1%}"
        axis.text(said, truth, text, ha="center", va="center", color=color)
    axis.set_xticks(range(len(CONFUSION_COLUMNS)), CONFUSION_COLUMNS)
    axis.set_yticks(range(len(CONFUSION_ROWS)), CONFUSION_ROWS)
    axis.set(xlabel="classified as", ylabel="truth")
    axis.set_title(f"balanced accuracy {row.scores.balanced_accuracy:.1%}")
    figure.colorbar(drawn, ax=axis, label="share of the truth")
    return figure
