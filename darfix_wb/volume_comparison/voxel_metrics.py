"""Two masks on one grid compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from ..dislocation_lines.spacing import checked_spacing
from ..errors import DarfixWBError
from ..progress import SILENT, Monitor
from .field import N_SHIFTS, Field
from .point_metrics import point_distances
from .report import Comparison, averaged
from .scores import TOLERANCES_UM, PointScores, point_scores
from .shape_figures import ShapeFigures, shape_figures


@dataclass(frozen=True)
class VoxelFigures:
    """Figures of two masks (A is judged by B); NaN where they need voxels and there are none.

    Attributes
    ----------
    n_a, n_b : float
        Voxels that are set.
    dice, iou : float
        Twice the voxels of both over the sum; voxels of both over voxels of either.
    volume_ratio : float
        Voxels of A over voxels of B: how much there is, not where.
    scores : PointScores
        Of distances between the centres of voxels.
    """

    n_a: float
    n_b: float
    dice: float
    iou: float
    volume_ratio: float
    scores: PointScores

    def rows(self) -> dict[str, float]:
        """Each figure with its name and unit, in the order of a table."""
        return {
            "voxels of A": self.n_a,
            "voxels of B": self.n_b,
            "voxels of A over B": self.volume_ratio,
            "Dice": self.dice,
            "IoU": self.iou,
            **self.scores.rows(),
        }


@dataclass(frozen=True)
class MaskFigures:
    """Figures of two masks, and of the shape of each alone, which no shift changes.

    Attributes
    ----------
    voxels : VoxelFigures
    a, b : ShapeFigures
    """

    voxels: VoxelFigures
    a: ShapeFigures
    b: ShapeFigures

    @property
    def scores(self) -> PointScores:
        """Distances between the centres of voxels."""
        return self.voxels.scores

    def rows(self) -> dict[str, float]:
        """Each figure with its name and unit, in the order of a table."""
        of_a, of_b = self.a.rows(), self.b.rows()
        both = {
            f"{name} of {which}{unit}": value
            for which, rows in (("A", of_a), ("B", of_b))
            for (name, unit), value in rows.items()
        }
        return {**self.voxels.rows(), **both}


class MaskComparison(Comparison):
    """Two masks compared; `figures` are `MaskFigures`."""


def compare_masks(
    a: numpy.ndarray,
    b: numpy.ndarray,
    spacing: Sequence[float],
    *,
    valid: numpy.ndarray | None = None,
    border_um: float = 0.0,
    tolerances_um: Sequence[float] = TOLERANCES_UM,
    lengths: bool = True,
    like: MaskComparison | None = None,
    n_shifts: int = N_SHIFTS,
    seed: int = 0,
    monitor: Monitor = SILENT,
) -> MaskComparison:
    """Compare two masks on one grid.

    Parameters
    ----------
    a, b : numpy.ndarray
        ``(layers, rows, columns)`` bool; A is judged by B.
    spacing : sequence of float
        Distances between layers, rows and columns, um.
    valid : numpy.ndarray, optional
        ``(layers, rows, columns)`` bool: voxels that are looked at; all if not given.
    border_um : float
        Voxels nearer than this to a side, in row or column, are left out of both once distances
        are known. Overlap and shape are those of the whole masks.
    tolerances_um : sequence of float
        Distances that count as near; 1 um must be one of them.
    lengths : bool
        Whether to thin both masks for their length.
    like : MaskComparison, optional
        Of the same masks with another border: the shape of each is taken from it.
    n_shifts : int
        Random shifts of A, by whole voxels.
    seed : int
        Of the shifts.
    monitor : Monitor
        Progress and cancelling.

    Raises
    ------
    DarfixWBError
        If masks, spacing or border cannot be used.
    OperationCancelled
        If the monitor says so.

    Examples
    --------
    >>> plane = numpy.zeros((4, 300, 5), bool)
    >>> plane[:, 10] = True
    >>> moved = numpy.roll(plane, 3, axis=1)
    >>> found = compare_masks(plane, moved, (1.0, 0.2, 0.1), n_shifts=2)
    >>> round(found.figures.scores.assd_um, 6), found.figures.voxels.dice
    (0.6, 0.0)
    """
    a, b, valid = _checked(a, b, valid)
    spacing = numpy.array(checked_spacing(spacing))
    field = _field(valid, a.shape, spacing, border_um)
    if valid is not None:
        a, b = a & valid, b & valid
    places = numpy.argwhere(a), numpy.argwhere(b)
    measuring, shaping = monitor.part(0, 0.6), monitor.part(0.6, 1)
    points = [one * spacing for one in places]
    found = point_distances(*points, field, n_shifts=n_shifts, seed=seed, monitor=measuring)
    own = _voxel_figures(places[0], b, len(places[1]), found.a, found.b, tolerances_um)
    null = []
    for shift, pair in zip(field.shifts(len(found.null), seed=seed), found.null, strict=True):
        moved = _voxels(field.shifted(points[0], shift), spacing)
        moved = moved if valid is None else moved[valid[tuple(moved.T)]]
        null.append(_voxel_figures(moved, b, len(places[1]), *pair, tolerances_um))
    shapes = (like.figures.a, like.figures.b) if like else None
    if shapes is None:
        volume = float(numpy.prod(spacing)) * (a.size if valid is None else int(valid.sum()))
        shapes = [
            shape_figures(mask, spacing, volume, lengths=lengths, monitor=part)
            for mask, part in zip((a, b), shaping.parts(2), strict=True)
        ]
    return MaskComparison(
        figures=MaskFigures(own, *shapes),
        null=MaskFigures(averaged(null, own), *shapes),
        n_shifts=len(null),
        least_shift_um=field.least_shift_um,
        border_um=border_um,
        notes=found.notes,
        distances_a_um=found.a,
        distances_b_um=found.b,
    )


def _checked(
    a: numpy.ndarray, b: numpy.ndarray, valid: numpy.ndarray | None
) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray | None]:
    masks = [numpy.asarray(one) for one in (a, b, valid) if one is not None]
    for one in masks:
        if one.ndim != 3 or one.dtype != bool or not one.size:
            raise DarfixWBError(
                "Masks must be (layers, rows, columns) of true and false, got "
                f"{one.dtype} {one.shape}. Set a threshold for numbers."
            )
    if len({one.shape for one in masks}) > 1:
        shapes = " and ".join(" x ".join(map(str, one.shape)) for one in masks)
        raise DarfixWBError(
            "Volumes must have one grid (layers x rows x columns) to be compared, got "
            f"{shapes}. Bring them onto one grid."
        )
    return masks[0], masks[1], masks[2] if valid is not None else None


def voxel_bounds(shape: Sequence[int], spacing: numpy.ndarray) -> numpy.ndarray:
    """``(2, 3)`` float64: corners of a volume of voxels, whose first one is centred at 0."""
    return numpy.stack([-spacing / 2, (numpy.array(shape) - 0.5) * spacing])


def _field(
    valid: numpy.ndarray | None, shape: Sequence[int], spacing: numpy.ndarray, border_um: float
) -> Field:
    def inside(points_um: numpy.ndarray) -> numpy.ndarray:
        return valid[tuple(_voxels(points_um, spacing).T)]

    return Field(
        voxel_bounds(shape, spacing),
        step_um=(float(spacing[1]), float(spacing[2])),
        border_um=border_um,
        inside=None if valid is None else inside,
    )


def _voxels(points_um: numpy.ndarray, spacing: numpy.ndarray) -> numpy.ndarray:
    return numpy.rint(points_um / spacing).astype(int)


def _voxel_figures(
    places_a: numpy.ndarray,
    b: numpy.ndarray,
    n_b: int,
    distances_a: numpy.ndarray,
    distances_b: numpy.ndarray,
    tolerances_um: Sequence[float],
) -> VoxelFigures:
    n_a = len(places_a)
    both = int(b[tuple(places_a.T)].sum())
    defined = n_a > 0 and n_b > 0
    return VoxelFigures(
        n_a=n_a,
        n_b=n_b,
        dice=2 * both / (n_a + n_b) if defined else numpy.nan,
        iou=both / (n_a + n_b - both) if defined else numpy.nan,
        volume_ratio=n_a / n_b if defined else numpy.nan,
        scores=point_scores(distances_a, distances_b, tolerances_um=tolerances_um),
    )
