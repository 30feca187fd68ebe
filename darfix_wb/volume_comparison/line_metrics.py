"""Found lines compared with true ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy

from ..dislocation_lines.network import SAMPLING_UM, LineNetwork
from ..progress import SILENT, Monitor
from .boundary_metrics import BoundaryFigures, boundary_figures
from .distances import nearest, tree_of
from .field import N_SHIFTS, Field
from .junction_metrics import JunctionFigures, junction_figures, n_connected
from .line_figures import LineDistances, LineFigures, line_figures
from .point_metrics import empty_notes
from .report import Comparison, averaged
from .sampled_lines import SampledLines, sampled_lines
from .scores import TOLERANCES_UM, PointScores, checked_tolerances

SAME_BOX_UM = 1.0
"""Corners of two boxes that differ by more are mentioned."""


@dataclass(frozen=True)
class NetworkFigures:
    """Figures of found lines (A) and true lines (B).

    Attributes
    ----------
    lines : LineFigures
        Lengths, lines and directions, and distances of points along them.
    density_a_per_um2, density_b_per_um2 : float
        Length of all lines over the volume of the field.
    junctions : JunctionFigures
    components_a, components_b : float
        Connected parts of the whole networks.
    boundaries : BoundaryFigures
    """

    lines: LineFigures
    density_a_per_um2: float
    density_b_per_um2: float
    junctions: JunctionFigures
    components_a: float
    components_b: float
    boundaries: BoundaryFigures

    @property
    def scores(self) -> PointScores:
        """Distances of points along the lines."""
        return self.lines.scores

    def rows(self) -> dict[str, float]:
        """Each figure with its name and unit, in the order of a table."""
        return {
            **self.lines.rows(),
            "length density of A (1/um2)": self.density_a_per_um2,
            "length density of B (1/um2)": self.density_b_per_um2,
            **self.junctions.rows(),
            "connected parts of A": self.components_a,
            "connected parts of B": self.components_b,
            "connected parts, A less B": self.components_a - self.components_b,
            **(self.boundaries.rows() if self.boundaries.n_a + self.boundaries.n_b else {}),
        }


class LineComparison(Comparison):
    """Found lines compared with true ones; `figures` are `NetworkFigures`."""


def compare_lines(
    found: LineNetwork,
    true: LineNetwork,
    *,
    ignored: LineNetwork | None = None,
    border_um: float = 0.0,
    tolerances_um: Sequence[float] = TOLERANCES_UM,
    step_um: float = SAMPLING_UM,
    n_shifts: int = N_SHIFTS,
    seed: int = 0,
    monitor: Monitor = SILENT,
) -> LineComparison:
    """Compare found lines (A) with true ones (B), by points every 0.1 um along them.

    Parameters
    ----------
    found, true : LineNetwork
        In one frame of coordinates. The field is the box that holds those of both: the box of lines
        that were read from a table is only that of their points.
    ignored : LineNetwork, optional
        Lines that may be found or not, e.g. those with g.b = 0: what lies within 1 um of them and
        not of a true line counts neither as found nor as false.
    border_um : float
        Points nearer than this to a side of the field, in row or column, are left out of both
        networks once distances are known.
    tolerances_um : sequence of float
        Distances that count as near; 1 um must be one of them.
    step_um : float
        Distance between points.
    n_shifts : int
        Random shifts of the found lines, which say what chance gives.
    seed : int
        Of the shifts.
    monitor : Monitor
        Progress and cancelling.

    Returns
    -------
    LineComparison
        NaN, and a sentence, where a network is empty.

    Raises
    ------
    DarfixWBError
        If the border is wider than the field, or tolerances cannot be used.
    OperationCancelled
        If the monitor says so.

    Examples
    --------
    >>> from darfix_wb.dislocation_lines.line import DislocationLine
    >>> box = numpy.array([[0, 0, 0], [20, 50, 50]])
    >>> true = LineNetwork((DislocationLine(numpy.array([[0, 10, 10], [20, 10, 30]])),), box)
    >>> half = LineNetwork((DislocationLine(numpy.array([[0, 10, 10], [10, 10, 20]])),), box)
    >>> scores = compare_lines(half, true).figures.scores
    >>> scores.precision[2], round(scores.recall[2], 2)
    (1.0, 0.54)
    """
    field = Field(_box(found, true), border_um=border_um)
    measure = _Measure(found, true, ignored, field, checked_tolerances(tolerances_um), step_um)
    own, rest = monitor.part(0, 0.1), monitor.part(0.1, 1)
    figures, distances = measure(None, own)
    both = len(found.lines) > 0 and len(true.lines) > 0
    shifts = field.shifts(n_shifts if both else 0, seed=seed)
    parts = rest.parts(max(len(shifts), 1))
    null = [measure(shift, part)[0] for shift, part in zip(shifts, parts, strict=False)]
    return LineComparison(
        figures=figures,
        null=averaged(null, figures),
        n_shifts=len(null),
        least_shift_um=field.least_shift_um,
        border_um=border_um,
        notes=_notes(found, true, field),
        distances_a_um=distances.a_um[field.counted(measure.a.points_um)],
        distances_b_um=distances.b_um[field.counted(measure.b.points_um)],
    )


class _Measure:
    """Figures of two networks, of which one may be shifted."""

    def __init__(
        self,
        found: LineNetwork,
        true: LineNetwork,
        ignored: LineNetwork | None,
        field: Field,
        tolerances: tuple[float, ...],
        step_um: float,
    ) -> None:
        self._found, self._true, self._field = found, true, field
        self._tolerances = tolerances
        self._components = n_connected(found), n_connected(true)
        self.a, self.b = sampled_lines(found, step_um), sampled_lines(true, step_um)
        hidden = numpy.empty((0, 3)) if ignored is None else ignored.sampled(step_um)[0]
        self._tree_b, self._tree_hidden = tree_of(self.b.points_um), tree_of(hidden)

    def __call__(
        self, shift: numpy.ndarray | None, monitor: Monitor
    ) -> tuple[NetworkFigures, LineDistances]:
        a = self.a if shift is None else self.a.at(self._shifted(self.a.points_um, shift))
        distances = self._distances(a, monitor)
        found, field = self._found, self._field
        figures = NetworkFigures(
            lines=line_figures(a, self.b, distances, field, self._tolerances),
            density_a_per_um2=_density(found, field),
            density_b_per_um2=_density(self._true, field),
            junctions=junction_figures(
                self._shifted(found.junctions_um, shift), self._true.junctions_um, field
            ),
            components_a=self._components[0],
            components_b=self._components[1],
            boundaries=boundary_figures(
                [
                    replace(one, centre_um=self._shifted(one.centre_um[None], shift)[0])
                    for one in found.boundaries
                ],
                self._true.boundaries,
            ),
        )
        return figures, distances

    def _shifted(self, points_um: numpy.ndarray, shift: numpy.ndarray | None) -> numpy.ndarray:
        return points_um if shift is None else self._field.shifted(points_um, shift)

    def _distances(self, a: SampledLines, monitor: Monitor) -> LineDistances:
        to_b, nearest_b = nearest(a.points_um, self._tree_b, monitor=monitor.part(0, 0.4))
        to_a = nearest(self.b.points_um, tree_of(a.points_um), monitor=monitor.part(0.4, 0.8))[0]
        hidden = nearest(a.points_um, self._tree_hidden, monitor=monitor.part(0.8, 1))[0]
        monitor.report(1.0)
        return LineDistances(to_b, to_a, nearest_b, hidden)


def _box(found: LineNetwork, true: LineNetwork) -> numpy.ndarray:
    corners = numpy.stack([found.bounds_um, true.bounds_um])
    return numpy.stack([corners[:, 0].min(axis=0), corners[:, 1].max(axis=0)])


def _density(network: LineNetwork, field: Field) -> float:
    volume = float(numpy.prod(field.bounds_um[1] - field.bounds_um[0]))
    return network.length_um / volume if network.lines and volume > 0 else numpy.nan


def _notes(found: LineNetwork, true: LineNetwork, field: Field) -> tuple[str, ...]:
    notes = [*empty_notes(len(found.lines), len(true.lines), "lines"), field.note()]
    apart = numpy.abs(found.bounds_um - true.bounds_um).max()
    if apart > SAME_BOX_UM:
        notes.append(
            f"The boxes of A and B differ by up to {apart:.4g} um: what lies outside either counts "
            "as false or missed."
        )
    for name, one in (("A", found), ("B", true)):
        if one.lines and not len(one.junctions_um):
            notes.append(f"{name} has no junction: figures of junctions are not defined (nan).")
    return tuple(filter(None, notes))
