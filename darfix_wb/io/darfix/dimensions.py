"""Rocking curves of a dataset whose dimensions darfix defined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy

from ...errors import DarfixWBError
from ..motors import Rocking
from ..motors.channels import filled, recorded
from ..motors.lines import line_starts, slow_motors
from ..recording import Recording

if TYPE_CHECKING:
    from .dataset import Dataset


def dimension_curves(
    dataset: Dataset, recording: Recording, *, motor: str | None = None
) -> Rocking:
    """Rocking motor, angles and curves of a dataset whose dimensions are defined.

    Angles are those recorded at each frame where darfix has them, else those of the dimension.

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
    angles = _angles(dataset, motor, axis)
    frames = numpy.arange(dataset.nframes).reshape(shape)
    curves = numpy.moveaxis(frames, axis, -1).reshape(-1, shape[axis])
    order = numpy.argsort(angles[curves], axis=1, kind="stable")
    curves = tuple(numpy.take_along_axis(curves, order, axis=1))
    return Rocking(motor, angles, curves, warnings=_undefined(names, angles, recording))


def _angles(dataset: Dataset, motor: str, axis: int) -> numpy.ndarray:
    own = numpy.asarray(dataset.get_metadata_values(motor), dtype=float).ravel()
    if own.size == dataset.nframes and numpy.all(numpy.isfinite(own)):
        return own
    steps = dataset.dims.order_from_slower_to_faster()[axis].compute_unique_values()
    along = [1] * dataset.dims.ndim
    along[axis] = -1
    return numpy.broadcast_to(steps.reshape(along), dataset.dims.shape).ravel().astype(float)


def _undefined(names: list[str], angles: numpy.ndarray, recording: Recording) -> tuple[str, ...]:
    """What is said where the motors step over a grid of which darfix knows one motor only."""
    if len(names) > 1:
        return ()
    others = {
        name: filled(values)
        for name, values in recorded(recording.positions).items()
        if name not in names and values.size == angles.size
    }
    slow = slow_motors(angles, others)
    if not slow:
        return ()
    n_lines = 1 + len(line_starts({name: others[name] for name in slow}))
    return (
        f"All {angles.size} frames are taken as one rocking curve, because darfix's dimensions "
        f"name only {names[0]!r}, and {', '.join(slow)} moves too, at {n_lines} lines. Define a "
        "dimension for each motor with darfix's 'Dimension definition'.",
    )
