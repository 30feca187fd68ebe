"""What the 3D view draws, made in the background; whether it can draw at all."""

from __future__ import annotations

import importlib
from typing import NamedTuple

import numpy

from ...dislocation_lines.network import LineNetwork
from ...errors import DarfixWBError
from ...progress import SILENT, Monitor
from .loading import Loaded
from .tubes import Tubes, tubes
from .volume_field import VolumeField, read_field

RADIUS, SHARE = 0.003, 0.1
"""Of the tubes, in diagonals of the volume; at most, in usual distances between lines."""


class SceneData(NamedTuple):
    """Shapes in um.

    Attributes
    ----------
    lines : Tubes
    reference : Tubes or None
        Thinner tubes; None where there is no reference of lines.
    field : VolumeField or None
        The images; None where they cannot be shown.
    radius_um : float
        Of the tubes of lines.
    problem : str
        Why the images are not shown.
    """

    lines: Tubes
    reference: Tubes | None
    field: VolumeField | None
    radius_um: float
    problem: str


def opengl_problem(*, monitor: Monitor = SILENT) -> str:
    """Why there is no OpenGL; empty where it works. The first time this takes a second."""
    from silx.gui.utils.glutils import isOpenGLAvailable

    found = isOpenGLAvailable()
    if not found:
        return " ".join(found.error.split()) or "no reason given"
    importlib.import_module(f"{__package__}.scene")
    return ""


def scene_data(loaded: Loaded, *, monitor: Monitor = SILENT) -> SceneData:
    """Tubes of the lines, and the images on one grid.

    Raises
    ------
    OperationCancelled
        If the monitor is asked to stop.
    """
    problem, field, reference = "", None, loaded.reference
    radius = _radius_um(loaded.saved.network)
    if reference is not None:
        reference = tubes(reference, 0.6 * radius) if reference.has_lines else None
    if loaded.stack is None:
        problem = " ".join(loaded.problems)
    else:
        try:
            field = read_field(loaded.stack, monitor=monitor)
        except DarfixWBError as error:
            problem = str(error)
    return SceneData(tubes(loaded.lines, radius), reference, field, radius, problem)


def _radius_um(network: LineNetwork) -> float:
    low, high = network.bounds_um
    radius = RADIUS * float(numpy.linalg.norm(high - low))
    density = network.density_per_um2
    return min(radius, SHARE / numpy.sqrt(density)) if density > 0 else radius
