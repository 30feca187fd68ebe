"""Lines from the voxels of a volume: its cured skeleton as a network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy

from ..dislocation_lines.line import DislocationLine
from ..dislocation_lines.network import LineNetwork
from ..errors import DarfixWBError
from ..progress import SILENT, Monitor
from .ends import carried_on
from .graph import FREE, Branch, branches_of
from .polylines import smooth_line
from .pruning import pruned
from .skeleton import skeletons

SPUR_UM = 1.0
"""Side branches below this length come from the roughness of the mask."""


def cured_skeleton(
    mask: numpy.ndarray,
    spacing: Sequence[float],
    *,
    spur_um: float = SPUR_UM,
    shortest_um: float = 0.0,
    origin_um: Sequence[float] = (0.0, 0.0, 0.0),
    monitor: Monitor = SILENT,
) -> LineNetwork:
    """The lines in the middle of what a mask holds.

    Parameters
    ----------
    mask : numpy.ndarray
        ``(layers, rows, columns)`` bool.
    spacing : sequence of float
        Distances between layers, rows and columns, um.
    spur_um : float
        Side branches that are shorter and end freely are cut off.
    shortest_um : float
        Lines that are shorter and meet no other are left out.
    origin_um : sequence of float
        Centre of the first voxel.
    monitor : Monitor
        Progress and cancelling.

    Returns
    -------
    LineNetwork
        Lines meet at nodes, and a free end has none.

    Raises
    ------
    DarfixWBError
        If mask or spacing cannot be used.
    OperationCancelled
        If the monitor says so.

    Examples
    --------
    >>> mask = numpy.zeros((12, 8, 8), bool)
    >>> mask[1:11, 3:5, 3:5] = True
    >>> round(cured_skeleton(mask, (1.0, 0.2, 0.2)).length_um, 1)
    9.0
    """
    mask = numpy.asarray(mask)
    spacing = numpy.asarray(spacing, float)
    if mask.ndim != 3 or mask.dtype != bool or spacing.shape != (3,) or not (spacing > 0).all():
        raise DarfixWBError(
            "Lines are drawn through a mask (layers, rows, columns) of true and false with three "
            f"distances above 0, got {mask.dtype} {mask.shape} and {spacing.tolist()}. Correct "
            "them."
        )
    lines, nodes, n_alone = [], [], 0
    for skeleton in skeletons(mask, monitor=monitor):
        places = (skeleton.voxels + skeleton.offset) * spacing
        branches, junctions = branches_of(skeleton.voxels, places)
        n_alone += not branches
        branches = [_carried(one, mask, spacing) for one in pruned(branches, spur_um)]
        lines += _lines(branches, spacing[0], len(nodes), shortest_um)
        nodes += list(junctions)
    origin = numpy.asarray(origin_um, float)
    box = numpy.stack([numpy.zeros(3), (numpy.array(mask.shape) - 1) * spacing])
    lines, places = _used_nodes(lines, nodes, origin)
    return LineNetwork(
        lines,
        box + origin,
        nodes_um=places,
        layers_um=numpy.arange(len(mask)) * spacing[0] + origin[0],
        warnings=_warnings(n_alone),
    )


def _carried(branch: Branch, mask: numpy.ndarray, spacing: numpy.ndarray) -> Branch:
    """A branch whose free ends are carried on to where the mask ends; a ring as it is."""
    points = branch.points
    if numpy.array_equal(points[0], points[-1]):
        return branch
    if branch.ends[1] == FREE:
        points = carried_on(points, mask, spacing)
    if branch.ends[0] == FREE:
        points = carried_on(points[::-1], mask, spacing)[::-1]
    return Branch(points, branch.ends)


def _lines(
    branches: list[Branch], layer_um: float, first_node: int, shortest_um: float
) -> list[DislocationLine]:
    lines = []
    for branch in branches:
        points = smooth_line(branch.points, layer_um)
        nodes = tuple(end if end == FREE else first_node + end for end in branch.ends)
        line = DislocationLine(points, nodes=nodes)
        if nodes != (FREE, FREE) or line.length_um >= shortest_um:
            lines.append(line)
    return lines


def _used_nodes(
    lines: list[DislocationLine], nodes: list[numpy.ndarray], origin: numpy.ndarray
) -> tuple[list[DislocationLine], numpy.ndarray]:
    """Lines from the origin on, with their nodes numbered anew, and the nodes they end at."""
    used = sorted({node for line in lines for node in line.nodes if node != FREE})
    number = {node: place for place, node in enumerate(used)} | {FREE: FREE}
    numbered = [
        DislocationLine(line.points_um + origin, nodes=tuple(number[node] for node in line.nodes))
        for line in lines
    ]
    return numbered, numpy.array([nodes[node] for node in used]).reshape(-1, 3) + origin


def _warnings(n_alone: int) -> tuple[str, ...]:
    if not n_alone:
        return ()
    if n_alone == 1:
        return ("1 part of the mask is thinned to a single voxel and makes no line.",)
    return (f"{n_alone} parts of the mask are thinned to a single voxel and make no line.",)
