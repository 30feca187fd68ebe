"""An asymmetric phantom: nothing about it is the same along two axes, or in two directions."""

import numpy
import pytest

from darfix_wb.dislocation_lines.image_stack import ImageStack
from darfix_wb.dislocation_lines.line import DislocationLine, LineKind
from darfix_wb.dislocation_lines.network import LineNetwork

SHAPE = (5, 7, 11)
NODES = ((20.0, 3.2, 1.5), (24.9, 5.9, 3.1), (20.5, 4.7, 3.3), (20.5, 4.5, 2.4))
STEP_UM, PIXEL_UM, ORIGIN_UM = 1.25, (0.5, 0.2), (3.0, 1.4)


def phantom_lines():
    """Three lines (layer, row, column) that meet at (20.5, 4.5, 2.4)."""
    node = (20.5, 4.5, 2.4)
    return (
        DislocationLine(
            numpy.array([(20.0, 3.2, 1.5), (20.3, 3.7, 1.9), node]),
            nodes=(0, 3),
            score=12.5,
            uncertainty_um=0.125,
            kind=LineKind.THROUGH_LAYERS,
            burgers_um=numpy.array([1e-4, 2e-4, -1.5e-4]),
        ),
        DislocationLine(
            numpy.array([node, (23.0, 5.0, 2.6), (24.9, 5.9, 3.1)]),
            nodes=(3, 1),
            score=7.0,
            kind=LineKind.THROUGH_LAYERS,
            boundary=0,
        ),
        DislocationLine(
            numpy.array([(20.5, 4.7, 3.3), node]), nodes=(2, 3), kind=LineKind.IN_LAYER
        ),
    )


@pytest.fixture
def phantom():
    """The network of `phantom_lines`."""
    return LineNetwork(
        phantom_lines(),
        numpy.array([[20.0, 3.0, 1.4], [25.0, 6.0, 3.4]]),
        nodes_um=numpy.array(
            [(20.0, 3.2, 1.5), (24.9, 5.9, 3.1), (20.5, 4.7, 3.3), (20.5, 4.5, 2.4)]
        ),
        layers_um=20.0 + STEP_UM * numpy.arange(5),
        layer_names=("1.1", "2.1", "3.1", "4.1", "5.1"),
    )


@pytest.fixture
def values():
    """``(layer, row, column)``: every voxel has a value of its own."""
    return numpy.arange(numpy.prod(SHAPE), dtype=numpy.float32).reshape(SHAPE)


@pytest.fixture
def images(values):
    """The voxels as two images."""
    return image_stack(values, 20.0 + STEP_UM * numpy.arange(5))


@pytest.fixture
def stack_of():
    """Makes a stack of images at given positions."""
    return image_stack


def image_stack(values, positions_um):
    factors = {"dislocation_image": 1.0, "line_probability": -1.0}
    units = {"dislocation_image": "sigma", "line_probability": ""}
    return ImageStack(
        positions_um,
        values.shape[1:],
        PIXEL_UM,
        ORIGIN_UM,
        units,
        lambda name, index: factors[name] * values[index],
    )


@pytest.fixture
def random_network():
    """Makes a network of random lines, some of which meet."""

    def make(seed, n_lines=6):
        rng = numpy.random.default_rng(seed)
        nodes = rng.uniform((0, 0, 0), (9, 8, 7), (4, 3))
        lines = []
        for _ in range(n_lines):
            points = rng.uniform((0, 0, 0), (9, 8, 7), (rng.integers(2, 9), 3))
            ends = rng.integers(-1, len(nodes), 2)
            for place, node in zip((0, -1), ends, strict=True):
                points[place] = nodes[node] if node >= 0 else points[place]
            burgers = rng.normal(size=3) * 1e-4 if rng.random() < 0.5 else None
            lines.append(
                DislocationLine(
                    points,
                    nodes=tuple(int(end) for end in ends),
                    score=float(rng.normal(9)),
                    kind=LineKind(int(rng.integers(3))),
                    burgers_um=burgers,
                )
            )
        bounds = numpy.array([[0, 0, 0], [9, 8, 7]])
        return LineNetwork(lines, bounds, nodes_um=nodes, layers_um=numpy.arange(10.0))

    return make
