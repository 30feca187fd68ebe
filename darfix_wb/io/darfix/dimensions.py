"""Rocking curves of a dataset whose dimensions darfix defined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy

from ...errors import DarfixWBError
from ..motors import Rocking, find_rocking, moving_motors

if TYPE_CHECKING:
    from .dataset import Dataset


def dimension_curves(dataset: Dataset, *, motor: str | None = None) -> Rocking:
    """Rocking motor, angles and curves of a dataset, as `darfix_wb.io.motors.find_rocking`.

    Angles are those recorded at each frame where darfix has them, else those of the dimension.

    Parameters
    ----------
    dataset : darfix.core.dataset.Dataset
        Its dimensions may be undefined if exactly one motor moves.
    motor : str, optional
        Name of the rocking motor; the fastest dimension if not given.

    Raises
    ------
    DarfixWBError
        If the dimensions are undefined or do not fit the frames, or if the motor is none of them.
    """
    names = [dimension.name for dimension in dataset.dims]
    if not names:
        return _rocking_without_dimensions(dataset, motor)
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
    angles = _positions(dataset, motor, axis)
    frames = numpy.arange(dataset.nframes).reshape(shape)
    curves = numpy.moveaxis(frames, axis, -1).reshape(-1, shape[axis])
    order = numpy.argsort(angles[curves], axis=1, kind="stable")
    return motor, angles, numpy.take_along_axis(curves, order, axis=1)


def _positions(dataset: Dataset, motor: str, axis: int) -> numpy.ndarray:
    recorded = numpy.asarray(dataset.get_metadata_values(motor), dtype=float).ravel()
    if recorded.size == dataset.nframes and numpy.all(numpy.isfinite(recorded)):
        return recorded
    steps = dataset.dims.order_from_slower_to_faster()[axis].compute_unique_values()
    along = [1] * dataset.dims.ndim
    along[axis] = -1
    return numpy.broadcast_to(steps.reshape(along), dataset.dims.shape).ravel().astype(float)


def _rocking_without_dimensions(dataset: Dataset, motor: str | None) -> Rocking:
    moving = moving_motors(dataset.metadata_dict)
    if dataset.nframes > 1 and (len(moving) != 1 or dataset.data.ndim != 3):
        found = ", ".join(sorted(moving)) or "none"
        raise DarfixWBError(
            "A dataset must have dimensions unless exactly one motor moves, and this one has "
            f"none (moving motors: {found}). Define the dimensions first with darfix's "
            "'Dimension definition'."
        )
    return find_rocking(moving, dataset.nframes, motor=motor)
