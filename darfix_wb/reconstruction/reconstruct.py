"""From the file of a volume to a network of dislocation lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from ..dislocation_lines.network import LineNetwork
from ..progress import SILENT, Monitor
from .by_linking import find_by_linking
from .by_thinning import find_by_thinning
from .layer_stack import LayerStack
from .options import ReconstructionOptions

_METHODS = {"linking": find_by_linking, "skeleton": find_by_thinning}


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """What was found in a volume.

    Attributes
    ----------
    network : LineNetwork
        Its warnings hold those of the layers as well.
    offsets_um : numpy.ndarray
        ``(n_layers, 2)`` float64: displacement of each layer (row, column) that was taken off.
    n_beads : int
        Beads and streaks in all layers; 0 where the method looks for none.
    options : ReconstructionOptions
    """

    network: LineNetwork
    offsets_um: numpy.ndarray
    n_beads: int
    options: ReconstructionOptions


def reconstruct(
    stack: LayerStack,
    options: ReconstructionOptions | None = None,
    *,
    monitor: Monitor = SILENT,
) -> Reconstruction:
    """Find the dislocation lines of a volume, by the method of the options.

    Parameters
    ----------
    stack : LayerStack
        From `darfix_wb.reconstruction.layer_stack.open_stack`.
    options : ReconstructionOptions, optional
        The default ones if not given.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Raises
    ------
    DarfixWBError
        If the method needs more memory than there is.
    OperationCancelled
        If the monitor is asked to stop.
    """
    options = options or ReconstructionOptions()
    found = _METHODS[options.method](stack, options, monitor)
    warnings = (*stack.warnings, *found.warnings)
    if not found.lines:
        warnings += ("No line was found: nothing reaches the threshold.",)
    network = LineNetwork(
        lines=tuple(found.lines),
        bounds_um=stack.bounds_um,
        nodes_um=found.nodes_um,
        boundaries=found.boundaries,
        layers_um=stack.layers_um,
        layer_names=stack.names,
        warnings=warnings,
    )
    monitor.report(1.0)
    return Reconstruction(network, found.offsets_um, found.n_beads, options)
