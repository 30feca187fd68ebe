"""Figures of found lines that `darfix-wb compare-volumes` does not have, and all together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy
from scipy.spatial import cKDTree

from darfix_wb.dislocation_lines.network import SAMPLING_UM, LineNetwork
from darfix_wb.volume_comparison.distances import nearest, tree_of
from darfix_wb.volume_comparison.field import Field
from darfix_wb.volume_comparison.line_metrics import compare_lines
from darfix_wb.volume_comparison.point_metrics import PointComparison, compare_points
from darfix_wb.volume_comparison.sampled_lines import SampledLines, sampled_lines
from darfix_wb.volume_comparison.scores import HEADLINE_UM
from darfix_wb.volume_comparison.voxel_metrics import compare_masks
from darfix_wb.volume_comparison.weighted import harmonic, share

from .methods import LINKING, MENDED, PUBLISHED, Found, drawn
from .volumes import KnownVolume

BORDERS_UM = (0.0, 1.0)

CURVED_PER_UM = 0.01
"""Root mean square curvature of a line from which it counts as curved; straight ones have none."""

AT_JUNCTION_UM = 2.0
CLOSE_UM = ((1.5, 2.0), (0.0, 1.5))

STEEP, STEEP_UM = numpy.cos(numpy.deg2rad(5)), 3.0
"""Least cosine to the normal of the layers, and least length, of what may be a warm pixel."""


def line_figures(found: Found, known: KnownVolume, border_um: float) -> dict[str, float]:
    """All figures of the lines of a method, by name."""
    shown, hidden = known.truth.shown(), known.truth.hidden()
    compared = compare_lines(found.network, shown, ignored=hidden, border_um=border_um)
    figures = compared.figures.rows() | {
        "F1 at 0.5 um by chance": compared.null.scores.f1_at(0.5),
        "F1 at 1 um by chance": compared.null.scores.f1_at(HEADLINE_UM),
        "F1 at 1 um over chance": compared.null_ratio,
        "ASSD by chance (um)": compared.null.scores.assd_um,
        "steep false lines": _steep_false(found.network, known.truth.network),
        "seconds": found.seconds,
    }
    field = Field(shown.bounds_um, border_um=border_um)
    return figures | _of_kinds(found.network, known, field)


def ratio_of_truth(known: KnownVolume) -> float:
    """F1 at 1 um over chance of the truth itself: what no reconstruction can exceed by far."""
    shown = known.truth.shown()
    return compare_lines(shown, shown).null_ratio


def ignored(points_um: numpy.ndarray, known: KnownVolume) -> numpy.ndarray:
    """``(n,)`` bool: points near lines that do not show, and not near those that do."""
    to_shown, to_hidden = (
        nearest(points_um, tree_of(one.sampled()[0]))[0]
        for one in (known.truth.shown(), known.truth.hidden())
    )
    return (to_shown > HEADLINE_UM) & (to_hidden <= HEADLINE_UM)


def distances(found: LineNetwork, known: KnownVolume, *, shifted: bool = False) -> PointComparison:
    """Distances of points along found lines from true ones, and back, as they are or shifted.

    Without what is ignored; a shift takes the rest somewhere else at random.
    """
    shown = known.truth.shown()
    field, points = Field(shown.bounds_um), found.sampled()[0]
    points = points[~ignored(points, known)]
    if shifted:
        points = field.shifted(points, field.shifts(1)[0])
    return compare_points(points, shown.sampled()[0], field, n_shifts=0)


def _of_kinds(found: LineNetwork, known: KnownVolume, field: Field) -> dict[str, float]:
    """F1 at 1 um of parts of the true lines, and of what was found nearest to them."""
    shown = known.truth.shown()
    a, b = sampled_lines(found), sampled_lines(shown)
    if not len(a.points_um):
        return {}
    to_b, partner = nearest(a.points_um, tree_of(b.points_um))
    to_a = nearest(b.points_um, tree_of(a.points_um))[0]
    judged = ~ignored(a.points_um, known) & field.counted(a.points_um)
    inside = field.counted(b.points_um)
    figures = {}
    for name, kind in kinds_of(shown, b):
        of_a, of_b = judged & kind[partner], inside & kind
        precision = share(to_b[of_a] <= HEADLINE_UM, a.weights_um[of_a])
        recall = share(to_a[of_b] <= HEADLINE_UM, b.weights_um[of_b])
        figures[f"{name}: F1 at 1 um"] = harmonic(precision, recall)
        figures[f"{name}: length (um)"] = float(b.weights_um[of_b].sum())
    return figures


def kinds_of(shown: LineNetwork, b: SampledLines) -> Iterator[tuple[str, numpy.ndarray]]:
    """Names of kinds of true lines, and ``(n,)`` bool which points along them are of it."""
    curved = numpy.array([line.curvature_per_um >= CURVED_PER_UM for line in shown.lines], bool)
    yield "curved lines", curved[b.numbers]
    junctions = shown.junctions_um
    to_junction = nearest(b.points_um, tree_of(junctions))[0]
    yield f"within {AT_JUNCTION_UM:g} um of a junction", to_junction <= AT_JUNCTION_UM
    beside = _beside(b, max(high for _, high in CLOSE_UM))
    for low, high in CLOSE_UM:
        name = f"next line {low:g} to {high:g} um away" if low else f"next line below {high:g} um"
        yield name, (beside >= low) & (beside <= high)


def _beside(b: SampledLines, most_um: float) -> numpy.ndarray:
    """``(n,)`` distance of each point from the nearest one of another line; infinite beyond."""
    found = numpy.full(len(b.points_um), numpy.inf)
    pairs = cKDTree(b.points_um).query_pairs(most_um, output_type="ndarray")
    pairs = pairs[b.numbers[pairs[:, 0]] != b.numbers[pairs[:, 1]]]
    distance = numpy.linalg.norm(b.points_um[pairs[:, 0]] - b.points_um[pairs[:, 1]], axis=1)
    for side in (0, 1):
        numpy.minimum.at(found, pairs[:, side], distance)
    return found


def _steep_false(found: LineNetwork, true: LineNetwork) -> float:
    """Lines along the normal of the layers that follow no true line, shown or hidden."""
    tree, count = tree_of(true.sampled()[0]), 0
    for line in found.lines:
        if line.length_um >= STEEP_UM and line.direction[0] >= STEEP:
            away = nearest(line.resampled(SAMPLING_UM), tree)[0] > HEADLINE_UM
            count += bool(away.mean() > 0.5)
    return float(count)


def voxel_figures(found: dict[str, Found], known: KnownVolume) -> dict[str, dict[str, float]]:
    """The two numbers of the publication, and honest ones, of pairs of volumes of voxels.

    All on the grid of the manual mask; lines are drawn 0.3 um wide to either side. What lies within
    1 um, in the layer, of lines that do not show, and not of those that do, is left out of both.
    """
    grid, layers = found[MENDED].mask, known.truth.network.layers_um
    shown, hidden = known.truth.shown(), known.truth.hidden()
    near_shown, near_hidden = (drawn(one, grid, layers, radius_um=1.0) for one in (shown, hidden))
    valid = near_shown | ~near_hidden
    truth = drawn(shown, grid, layers)
    linking = drawn(found[LINKING].network, grid, layers)
    manual, published = grid.mask, found[PUBLISHED].mask.mask
    pairs = {
        "linking, truth": (linking, truth),
        "manual mended, truth": (manual, truth),
        "manual as published, truth": (published, truth),
        "linking, manual mended": (linking, manual),
        "linking, manual as published": (linking, published),
    }
    return {
        name: _two_numbers(*(one & valid for one in pair), grid.spacing_um)
        for name, pair in pairs.items()
    }


def _two_numbers(a: numpy.ndarray, b: numpy.ndarray, spacing: numpy.ndarray) -> dict[str, float]:
    compared = compare_masks(a, b, spacing, lengths=False)
    own, chance = compared.figures.voxels, compared.null.voxels
    return {
        "voxels of A": own.n_a,
        "voxels of B": own.n_b,
        "voxels of A over B": own.volume_ratio,
        "mean nearest distance (um)": own.scores.assd_um,
        "IoU": own.iou,
        "F1 at 1 um": own.scores.f1_at(HEADLINE_UM),
        "shifted: voxels of A over B": chance.volume_ratio,
        "shifted: mean nearest distance (um)": chance.scores.assd_um,
        "shifted: IoU": chance.iou,
        "shifted: F1 at 1 um": chance.scores.f1_at(HEADLINE_UM),
    }
