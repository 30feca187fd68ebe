"""Positions of rows and columns, from the transformation that darfix computes."""

from __future__ import annotations

from typing import Protocol

import numpy

from .nexus import Axis


class Transformation(Protocol):
    """What darfix keeps of a pixel size or of a reciprocal space map."""

    kind: str
    x: numpy.ndarray
    y: numpy.ndarray
    rotate: bool


def transformed_axes(
    transformation: Transformation, frame_shape: tuple[int, int]
) -> tuple[Axis, Axis] | None:
    """Regular axes of the rows and of the columns.

    Parameters
    ----------
    transformation : Transformation
        ``kind`` is ``"magnification"`` (um) or ``"rsm"`` (degree).
    frame_shape : tuple of int
        ``(height, width)`` of the frames.

    Returns
    -------
    tuple of Axis, or None
        Rows, then columns; None where the transformation no longer fits the frames.
    """
    if transformation.kind == "rsm":
        return _angular_axes(transformation, frame_shape)
    return _metric_axes(transformation, frame_shape)


def _angular_axes(
    transformation: Transformation, frame_shape: tuple[int, int]
) -> tuple[Axis, Axis] | None:
    if transformation.x.shape != tuple(frame_shape):
        return None
    eta = (transformation.x, "eta")
    two_theta = (transformation.y, "two theta")
    rows, columns = (eta, two_theta) if transformation.rotate else (two_theta, eta)
    return _axis("y", *rows, frame_shape[0]), _axis("x", *columns, frame_shape[1])


def _axis(name: str, positions: numpy.ndarray, label: str, size: int) -> Axis:
    return Axis(name, numpy.linspace(positions[0, 0], positions[-1, -1], size), "degree", label)


def _metric_axes(
    transformation: Transformation, frame_shape: tuple[int, int]
) -> tuple[Axis, Axis] | None:
    """darfix lays a magnification out as ``(width, height)``, each centred on the other's half."""
    height, width = frame_shape
    x, y = transformation.x, transformation.y
    if x.shape == (height, width):
        swap = 1.0
    elif x.shape == (width, height):
        swap = height / width
    else:
        return None
    x_step = (x[-1, -1] - x[0, 0]) / max(1, x.shape[1] - 1)
    y_step = (y[-1, -1] - y[0, 0]) / max(1, x.shape[0] - 1)
    rows = y[0, 0] * swap + y_step * numpy.arange(height)
    columns = x[0, 0] / swap + x_step * numpy.arange(width)
    return Axis("y", rows, "um", "row position"), Axis("x", columns, "um", "column position")
