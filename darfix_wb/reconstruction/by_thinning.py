"""Lines by thinning the stacked dislocation images: a second method, to compare with."""

from __future__ import annotations

from dataclasses import replace

import numpy

from ..errors import DarfixWBError
from ..memory import free_memory
from ..progress import Monitor
from ..voxel_lines.from_image import skeleton_lines
from .found_lines import CANCELLED, FoundLines
from .layer_stack import GAP, LayerStack
from .options import ReconstructionOptions

BYTES_PER_VOXEL = 30
"""Images, mask, labels and skeletons of a volume, at the same time."""


def find_by_thinning(
    stack: LayerStack, options: ReconstructionOptions, monitor: Monitor
) -> FoundLines:
    """Find lines and nodes; layers on both sides of a gap are thinned apart.

    Raises
    ------
    DarfixWBError
        If the volume does not fit into the memory.
    """
    _check_memory(stack)
    lines, nodes = [], [numpy.empty((0, 3))]
    gaps = numpy.flatnonzero(numpy.diff(stack.layers_um) > GAP * stack.step_um) + 1
    runs = numpy.split(numpy.arange(len(stack)), gaps)
    for run, part in zip(runs, monitor.parts(len(runs)), strict=True):
        monitor.check(CANCELLED)
        images = numpy.stack([stack.read("dislocation_image", index) for index in run])
        spacing = (stack.step_um, *stack.pitch_um)
        network = skeleton_lines(images, spacing, threshold_sigma=options.threshold, monitor=part)
        start = numpy.array([stack.layers_um[run[0]], *stack.origin_um])
        first = sum(map(len, nodes))
        lines += [
            replace(
                line,
                points_um=line.points_um + start,
                nodes=tuple(node + first if node >= 0 else node for node in line.nodes),
            )
            for line in network.lines
        ]
        nodes.append(network.nodes_um + start)
    return FoundLines(lines, numpy.concatenate(nodes), (), numpy.zeros((len(stack), 2)), 0, ())


def _check_memory(stack: LayerStack) -> None:
    needed, free = BYTES_PER_VOXEL * len(stack) * int(numpy.prod(stack.shape)), free_memory()
    if free is not None and needed > free:
        raise DarfixWBError(
            f"The method skeleton needs the whole volume in memory, about {needed / 1e9:.1f} GB, "
            f"and {free / 1e9:.1f} GB are free. Use the method linking, which takes one layer at a "
            "time, or a smaller volume."
        )
