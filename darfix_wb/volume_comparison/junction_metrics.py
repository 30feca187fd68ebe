"""Junctions of two networks, and how many networks each is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, maximum_bipartite_matching

from ..dislocation_lines.line import NO_NODE
from ..dislocation_lines.network import LineNetwork
from .distances import tree_of
from .field import Field
from .weighted import harmonic

NEAR_UM = 2.0


@dataclass(frozen=True)
class JunctionFigures:
    """Figures of the junctions of found lines (A) and true lines (B).

    Attributes
    ----------
    n_a, n_b : float
        Nodes at which three lines or more meet.
    precision, recall, f1 : float
        Of pairs of junctions within 2 um of each other, each in one pair at most and as many pairs
        as there can be; NaN where a network has none.
    """

    n_a: float
    n_b: float
    precision: float
    recall: float
    f1: float

    def rows(self) -> dict[str, float]:
        """Each figure with its name and unit, in the order of a table."""
        return {
            "junctions of A": self.n_a,
            "junctions of B": self.n_b,
            "junctions: precision at 2 um": self.precision,
            "junctions: recall at 2 um": self.recall,
            "junctions: F1 at 2 um": self.f1,
        }


def junction_figures(a_um: numpy.ndarray, b_um: numpy.ndarray, field: Field) -> JunctionFigures:
    """Score junctions A by junctions B.

    Parameters
    ----------
    a_um, b_um : numpy.ndarray
        ``(n, 3)``, ``(m, 3)`` float64.
    field : Field
        Junctions in its border count in no sum, but others may be matched with them.

    Examples
    --------
    >>> field = Field(numpy.array([[0, 0, 0], [9, 9, 9]]))
    >>> a, b = numpy.array([[4.0, 4, 4], [4, 4, 4.5]]), numpy.array([[4.0, 4, 5]])
    >>> junction_figures(a, b, field).rows()["junctions: precision at 2 um"]
    0.5
    """
    paired_a, paired_b = _paired(a_um, b_um)
    paired_a, paired_b = paired_a[field.counted(a_um)], paired_b[field.counted(b_um)]
    none = not (len(paired_a) and len(paired_b))
    precision = numpy.nan if none else float(paired_a.mean())
    recall = numpy.nan if none else float(paired_b.mean())
    f1 = numpy.nan if none else harmonic(precision, recall)
    return JunctionFigures(len(paired_a), len(paired_b), precision, recall, f1)


def _paired(a_um: numpy.ndarray, b_um: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray]:
    """``(n,)``, ``(m,)`` bool: junctions that have a partner."""
    paired_a, paired_b = numpy.zeros(len(a_um), bool), numpy.zeros(len(b_um), bool)
    if not (len(a_um) and len(b_um)):
        return paired_a, paired_b
    partners = tree_of(a_um).query_ball_tree(tree_of(b_um), NEAR_UM)
    rows = numpy.repeat(numpy.arange(len(a_um)), [len(one) for one in partners])
    columns = numpy.array([column for one in partners for column in one], int)
    near = coo_array((numpy.ones(len(rows), bool), (rows, columns)), (len(a_um), len(b_um)))
    of_a = maximum_bipartite_matching(near.tocsr(), perm_type="column")
    paired_a[:] = of_a >= 0
    paired_b[of_a[of_a >= 0]] = True
    return paired_a, paired_b


def n_connected(network: LineNetwork) -> int:
    """Number of connected parts of a network: lines that share a node are of one part."""
    if not network.lines:
        return 0
    lines = numpy.arange(len(network.lines))
    pairs = [
        (line, node) for line in lines for node in network.lines[line].nodes if node != NO_NODE
    ]
    of_line, of_node = numpy.array(pairs, int).reshape(-1, 2).T
    count = len(lines) + len(network.nodes_um)
    links = coo_array((numpy.ones(len(pairs)), (of_line, len(lines) + of_node)), (count, count))
    labels = connected_components(links, directed=False)[1]
    return len(numpy.unique(labels[: len(lines)]))
