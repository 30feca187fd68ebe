"""The file of a reconstruction and the volume it was made from, read for the window."""

from __future__ import annotations

from typing import NamedTuple

import numpy

from ...dislocation_lines.network import LineNetwork
from ...errors import DarfixWBError
from ...progress import SILENT, Monitor
from ...reconstruction.layer_stack import LayerStack, open_stack
from ...reconstruction.saved import SavedReconstruction, read_reconstruction
from ...volume.layout import layer_positions
from ...volume.looking import sample_picture
from ...volume.spacing import in_micrometres
from ...volume.volume_file import read_volume_plan
from ...volume_comparison.operands import read_operand
from .line_rows import LineRow, line_rows
from .sampled import SampledNetwork

IMAGE, PROBABILITY = "dislocation_image", "line_probability"


class Loaded(NamedTuple):
    """What the window shows.

    Attributes
    ----------
    saved : SavedReconstruction
        Lines, and how they were found.
    lines : SampledNetwork
        Points along them.
    rows : tuple of LineRow
        Their table.
    stack : LayerStack or None
        Layers of the volume; None where it cannot be read.
    samples : dict of str to numpy.ndarray
        Values of each image of several layers, to choose its colours by.
    reference : SampledNetwork or None
        Lines to show beside them.
    problems : tuple of str
        Why something is not shown.
    """

    saved: SavedReconstruction
    lines: SampledNetwork
    rows: tuple[LineRow, ...]
    stack: LayerStack | None
    samples: dict[str, numpy.ndarray]
    reference: SampledNetwork | None
    problems: tuple[str, ...]


def load(path: str, *, monitor: Monitor = SILENT) -> Loaded:
    """Read what is shown of a reconstruction but its images.

    Lines are shown also where their volume or the reference is gone: `Loaded.problems` says so.

    Raises
    ------
    DarfixWBError
        If the file holds no lines.
    """
    saved = read_reconstruction(path)
    monitor.check("Another file was chosen.")
    problems, stack, samples, reference = [], None, {}, None
    try:
        stack, samples = _volume(saved)
    except DarfixWBError as error:
        problems.append(f"Images are not shown: {error}")
    try:
        reference = _reference(saved)
    except DarfixWBError as error:
        problems.append(f"The reference is not shown: {error}")
    lines, rows = SampledNetwork.of(saved.network), line_rows(saved.network)
    return Loaded(saved, lines, rows, stack, samples, reference, tuple(problems))


def layer_distance_um(path: str, *, monitor: Monitor = SILENT) -> float | None:
    """Usual distance of the layers of a volume by their motor; None where it does not tell.

    Raises
    ------
    DarfixWBError
        If the file is no volume.
    """
    plan = read_volume_plan(path)
    positions = numpy.unique(layer_positions(plan))
    told, unit = in_micrometres(positions.tolist(), plan.unit)
    if unit != "um" or len(told) < 2 or not numpy.isfinite(told).all():
        return None
    return float(numpy.median(numpy.diff(told)))


def _volume(saved: SavedReconstruction) -> tuple[LayerStack, dict[str, numpy.ndarray]]:
    if not saved.volume_file:
        raise DarfixWBError(
            "The file must name the volume that its lines were found in, and names none. "
            "Reconstruct "
            "the volume to see its images."
        )
    stack = open_stack(saved.volume_file, saved.spacing_um)
    before = saved.network.layers_um
    if stack.layers_um.shape != before.shape or not numpy.allclose(stack.layers_um, before):
        raise DarfixWBError(
            f"The volume must have the layers that the lines were found in, {len(before)}, and "
            f"{saved.volume_file} has {len(stack)} that are done, or others. Find the lines again."
        )
    names = [name for name in (IMAGE, PROBABILITY) if name in stack.units]
    return stack, {name: sample_picture(stack.path, name) for name in names}


def _reference(saved: SavedReconstruction) -> SampledNetwork | None:
    if not saved.reference:
        return None
    other = read_operand(saved.reference)
    if isinstance(other, LineNetwork):
        return SampledNetwork.of(other)
    first = saved.network.layers_um[0] if len(saved.network.layers_um) else 0.0
    return SampledNetwork.of_mask(other, saved.spacing_um, first)
