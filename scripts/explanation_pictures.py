"""The pictures of docs/explanation/weak_and_strong_beam.md, from one simulated scan.

Usage: python scripts/explanation_pictures.py [FOLDER]   (docs/images if not given)

``rocking_frames.png``: frames from tail to tail, and the rocking curve of one patch.
``both_flanks.png``: one part of the crystal below the peak, at it and above it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy
from matplotlib.patches import Rectangle
from scipy.ndimage import gaussian_filter

from darfix_wb.analysis import map_dislocations
from darfix_wb.beam import BeamCondition
from darfix_wb.detection.dislocation_map import DislocationMap
from darfix_wb.dislocation_image import as_shown
from darfix_wb.extraction import PatchedScan, extract
from darfix_wb.simulation import (
    SampleParameters,
    ScanParameters,
    SimulatedScan,
    SimulationParameters,
    patch_truth,
    simulate_scan,
)

ROOT = Path(__file__).parents[1]
SIZE_PX, TALL_PX, WIDE_PX = 64, 96, 144
PARAMETERS = SimulationParameters(
    sample=SampleParameters(
        dislocation_density_per_um2=0.02, boundary_misorientation_urad=30, crystal_seed=3
    ),
    scan=ScanParameters(shape=(256, 384), steps=31, step_deg=0.003),
)
WEAK, STRONG = "#0072B2", "#D55E00"
COLOURS = {BeamCondition.WEAK: WEAK, BeamCondition.STRONG: STRONG, BeamCondition.EMPTY: "#999999"}
SHOWN_STEPS = (-12, -4, -2, 0, 2, 4, 12)
"""Of the frames, counted from the peak of the patch."""


def main() -> None:
    """Write the pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    matplotlib.use("agg")
    simulated = simulate_scan(PARAMETERS)
    patched = extract(simulated.rocking_scan, patch_size=SIZE_PX)
    found = map_dislocations(patched)
    _rocking_frames(simulated, patched).savefig(folder / "rocking_frames.png", dpi=80)
    _both_flanks(simulated, found).savefig(folder / "both_flanks.png", dpi=80)


def _rocking_frames(simulated: SimulatedScan, patched: PatchedScan) -> plt.Figure:
    """Frames along the curve of the patch in the middle, and the curve."""
    grid, dark = patched.grid, patched.background.level
    row, column = grid.shape[0] // 2, grid.shape[1] // 2
    truth = patch_truth(simulated.truth, grid).condition[:, row, column]
    curve = patched.curves[:, row, column]
    peak = int(curve.argmax())
    angles = 1000 * (simulated.phi_deg - simulated.phi_deg[peak])
    shown = [peak + step for step in SHOWN_STEPS]
    figure, axes = plt.subplot_mosaic(
        [shown, ["curve"] * len(shown)],
        figsize=(13.5, 5.2),
        layout="constrained",
        height_ratios=(1, 1.4),
    )
    for number in shown:
        axis, frame = axes[number], simulated.frames[number] - float(numpy.mean(dark))
        axis.imshow(frame, cmap="gray", aspect="auto", vmin=0, vmax=numpy.percentile(frame, 99.5))
        corner = (column * grid.stride, row * grid.stride)
        axis.add_patch(
            Rectangle(corner, SIZE_PX, SIZE_PX, fill=False, ec=COLOURS[truth[number]], lw=2)
        )
        top = numpy.percentile(frame, 99.5)
        axis.set_title(f"{angles[number]:+.0f} mdeg\nwhite: {top:.0f} counts", fontsize=10)
        axis.set(xticks=[], yticks=[])
    axis = axes["curve"]
    axis.semilogy(angles, numpy.maximum(curve, 0.3), color="#777777", lw=1, zorder=1)
    for condition, name in (
        (BeamCondition.WEAK, "weak beam"),
        (BeamCondition.STRONG, "strong beam"),
    ):
        chosen = truth == condition
        axis.scatter(
            angles[chosen], numpy.maximum(curve[chosen], 0.3), color=COLOURS[condition], label=name
        )
    for number in shown:
        axis.axvline(angles[number], color="#BBBBBB", lw=0.8, zorder=0)
    low, high = angles[truth == BeamCondition.STRONG][[0, -1]]
    axis.text(low - 6, curve.max(), "WB-", ha="right", va="top", color=WEAK, fontsize=14)
    axis.text(high + 6, curve.max(), "WB+", ha="left", va="top", color=WEAK, fontsize=14)
    axis.set(xlabel="angle from the peak of the patch (mdeg)", ylabel="mean counts above dark")
    axis.legend(loc="upper right")
    return figure


def _both_flanks(simulated: SimulatedScan, found: DislocationMap) -> plt.Figure:
    """The surroundings of the line that shows best on both sides of the peak."""
    rows, columns = (found.lines[name].astype(int) for name in ("row", "column"))
    height, width = simulated.rocking_scan.frame_shape
    low, high = (gaussian_filter(numpy.nan_to_num(one), 2) for one in (found.low, found.high))
    inside = (abs(rows - height / 2) < (height - TALL_PX) / 2) & (
        abs(columns - width / 2) < (width - WIDE_PX) / 2
    )
    best = int(numpy.argmax(numpy.minimum(low, high)[rows, columns] * inside))
    top, left = rows[best] - TALL_PX // 2, columns[best] - WIDE_PX // 2
    part = numpy.s_[top : top + TALL_PX, left : left + WIDE_PX]
    strongest = simulated.frames[simulated.frames[(slice(None), *part)].mean(axis=(1, 2)).argmax()]
    pictures = {
        "frame at the peak (counts)": (strongest[part], None),
        "WB- (sigma)": (as_shown(found.low)[part], 3),
        "WB+ (sigma)": (as_shown(found.high)[part], 3),
        "dislocation image (sigma)": (as_shown(found.image)[part], 3),
    }
    figure, axes = plt.subplots(1, len(pictures), figsize=(13.5, 2.6), layout="constrained")
    for axis, (title, (image, most)) in zip(axes, pictures.items(), strict=True):
        if most:
            image = numpy.nan_to_num(image)
        axis.imshow(image, cmap="gray", aspect="auto", vmin=0 if most else None, vmax=most)
        axis.contour(simulated.truth.shown_lines[part], [0.5], colors="#56B4E9", linewidths=0.7)
        axis.set(xticks=[], yticks=[], title=title)
    return figure


if __name__ == "__main__":
    main()
