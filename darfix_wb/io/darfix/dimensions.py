"""Rocking curves of a dataset whose dimensions darfix defined."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy

from ...errors import DarfixWBError
from ..motors import Rocking, find_rocking
from ..recording import Recording

if TYPE_CHECKING:
    from .dataset import Dataset


def dimension_curves(
    dataset: Dataset, recording: Recording, *, motor: str | None = None
) -> Rocking:
    """Rocking motor, angles and curves of a dataset whose dimensions are defined.

    Angles are those recorded at each frame where darfix has them, else those of the dimension.
    The dimensions say which motor rocks and how the frames are arranged. Only where there is one
    dimension, and more motors were moved, the lines are those of the recorded positions.

    Parameters
    ----------
    dataset : darfix.core.dataset.Dataset
        With dimensions.
    recording : Recording
        Its frames and motor positions.
    motor : str, optional
        Name of the rocking motor; the fastest dimension if not given.

    Raises
    ------
    DarfixWBError
        If the dimensions do not fit the frames, or if the motor is none of them.
    """
    names = [dimension.name for dimension in dataset.dims]
    motor = motor or names[0]
    if motor not in names:
        raise DarfixWBError(
            f"The rocking motor must be one of the dataset's dimensions {', '.join(names)}, got "
            f"{motor!r}. Choose one of them, or define the dimensions again."
        )
    axis = len(names) - 1 - names.index(motor)
    shape = dataset.dims.shape
    if numpy.prod(shape) != dataset.nframes:
        raise DarfixWBError(
            f"The dimensions must have as many points as there are frames ({dataset.nframes}), "
            f"got {' x '.join(map(str, shape))}. Define them again with darfix's 'Dimension "
            "definition'."
        )
    if len(names) == 1 and (lines := _lines(recording, motor)) is not None:
        return lines
    angles = _angles(dataset, motor, axis)
    frames = numpy.arange(dataset.nframes).reshape(shape)
    curves = numpy.moveaxis(frames, axis, -1).reshape(-1, shape[axis])
    order = numpy.argsort(angles[curves], axis=1, kind="stable")
    return Rocking(motor, angles, tuple(numpy.take_along_axis(curves, order, axis=1)))


def _lines(recording: Recording, motor: str) -> Rocking | None:
    """Lines of a grid of which darfix knows one motor only; None where there is no grid."""
    try:
        rocking = find_rocking(
            recording.positions, recording.frames.shape[0], motor=motor, command=recording.command
        )
    except DarfixWBError:  # the dimension was typed
        return None
    if len(rocking.curves) == 1:
        return None
    warning = (
        f"darfix's dimensions name only {motor!r}, which goes over its range "
        f"{len(rocking.curves)} times; each line is taken as a rocking curve. Define a dimension "
        "for each motor with darfix's 'Dimension definition'."
    )
    return replace(rocking, warnings=(warning, *rocking.warnings))


def _angles(dataset: Dataset, motor: str, axis: int) -> numpy.ndarray:
    own = numpy.asarray(dataset.get_metadata_values(motor), dtype=float).ravel()
    if own.size == dataset.nframes and numpy.all(numpy.isfinite(own)):
        return own
    steps = dataset.dims.order_from_slower_to_faster()[axis].compute_unique_values()
    along = [1] * dataset.dims.ndim
    along[axis] = -1
    return numpy.broadcast_to(steps.reshape(along), dataset.dims.shape).ravel().astype(float)
