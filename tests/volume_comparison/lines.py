"""Networks to compare."""

import numpy

from darfix_wb.dislocation_lines.line import DislocationLine
from darfix_wb.dislocation_lines.network import LineNetwork

BOX = numpy.array([[0.0, 0, 0], [29, 45, 52]])


def network(*lines, box=BOX, nodes=None, ends=None, **more):
    """A network of polylines; `ends` are the nodes of each."""
    ends = ends or [(-1, -1)] * len(lines)
    made = [
        DislocationLine(numpy.asarray(points, float), nodes=pair)
        for points, pair in zip(lines, ends, strict=True)
    ]
    return LineNetwork(made, box, nodes_um=nodes, **more)


def by(points, *step):
    """Points moved by (layer, row, column), or each by its own."""
    return points + numpy.array(step)


def random_points(seed, n_lines=20, box=BOX):
    rng = numpy.random.default_rng(seed)
    return [rng.uniform(box[0], box[1], (rng.integers(2, 5), 3)) for _ in range(n_lines)]


def moved(points, seed, by_um):
    """Lines each of which is moved a little, as a whole."""
    rng = numpy.random.default_rng(seed)
    return [one + rng.normal(0, by_um, 3) for one in points]
