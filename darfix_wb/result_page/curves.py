"""Conditions and counts over the rocking angle."""

from __future__ import annotations

import numpy
from matplotlib.axes import Axes

from ..angle_texts import angle_label
from ..beam import CONDITION_COLORS, CONDITION_NAMES, BeamCondition, BeamMap
from ..extraction import PatchedScan

LEAST_COUNTS = 0.1
"""Lowest value of a logarithmic scale."""


def draw_shares(axis: Axes, patched: PatchedScan, beam_map: BeamMap) -> None:
    """Share of the patches of each frame that are weak, strong and empty."""
    order = numpy.argsort(patched.scan.angles, kind="stable")
    condition = beam_map.condition()
    for each in BeamCondition:
        share = 100 * (condition == each).mean(axis=(1, 2))[order]
        style = {"color": CONDITION_COLORS[each], "label": CONDITION_NAMES[each]}
        axis.plot(patched.scan.angles[order], share, ".-", **style)
    axis.set(ylabel="share of the patches (%)", ylim=(-4, 104), xlabel=angle_label(patched.scan))


def draw_curves(axis: Axes, patched: PatchedScan, beam_map: BeamMap) -> None:
    """Rocking curves of three patches with early, middle and late peaks, coloured by condition."""
    scan, curves = patched.scan, patched.curves
    lit = numpy.flatnonzero(~patched.empty)
    if not lit.size:
        axis.text(0.5, 0.5, "no patch carries signal", ha="center", transform=axis.transAxes)
        return
    peaks = curves.argmax(axis=0).ravel()[lit]
    ranked = lit[numpy.argsort(peaks, kind="stable")]
    order = numpy.argsort(scan.angles, kind="stable")
    condition = beam_map.condition()
    for patch in ranked[[len(ranked) // 20, len(ranked) // 2, -len(ranked) // 20]]:
        place = numpy.unravel_index(patch, patched.grid.shape)
        curve = numpy.maximum(curves[(order, *place)], LEAST_COUNTS)
        colors = [CONDITION_COLORS[value] for value in condition[(order, *place)]]
        axis.plot(scan.angles[order], curve, color="0.8", zorder=1)
        axis.scatter(scan.angles[order], curve, c=colors, s=14, zorder=2)
    axis.set(yscale="log", ylabel="mean counts above dark", xlabel=angle_label(patched.scan))
