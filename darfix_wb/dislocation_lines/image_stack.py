"""Images of the layers of a volume and where they lie, read one layer at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy

from ..errors import DarfixWBError

LARGEST_DEVIATION = 0.05
"""Share of the step by which layers at even distances may be off their places."""


class Plane(NamedTuple):
    """A layer, or the place of one that is missing.

    Attributes
    ----------
    position_um : float
        Where it lies.
    index : int or None
        Number of the layer in its stack; None where the layer is missing.
    """

    position_um: float
    index: int | None


def _no_images(name: str, index: int) -> numpy.ndarray:
    raise KeyError(f"{name} of layer {index}")


@dataclass(frozen=True, eq=False)
class ImageStack:
    """Images (layer, row, column) of a volume on one grid.

    Attributes
    ----------
    positions_um : numpy.ndarray
        ``(n_layers,)`` float64, increasing: where the layers lie.
    image_shape : tuple of int
        ``(rows, columns)``.
    pixel_um : tuple of float
        Distance between two rows and between two columns, in the layer.
    origin_um : tuple of float
        ``(row, column)`` of the centre of the first pixel.
    units : mapping of str to str
        The images by name, and the unit of each; without images it is a grid.
    read : callable
        ``read(name, index)`` gives an image ``(rows, columns)``; NaN where there is no value, all
        NaN for a layer that failed.

    Raises
    ------
    DarfixWBError
        If the positions do not increase, or a pixel has no size.

    Examples
    --------
    >>> grid = ImageStack(numpy.array([0.0, 1.0, 3.0, 4.0]), (2, 3), (0.2, 0.1))
    >>> [plane.index for plane in grid.planes], grid.step_um
    ([0, 1, None, 2, 3], 1.0)
    >>> ImageStack(numpy.array([0.0, 1.0, 2.4]), (2, 3), (0.2, 0.1)).is_even
    False
    """

    positions_um: numpy.ndarray
    image_shape: tuple[int, int]
    pixel_um: tuple[float, float]
    origin_um: tuple[float, float] = (0.0, 0.0)
    units: dict[str, str] = field(default_factory=dict)
    read: Callable[[str, int], numpy.ndarray] = _no_images

    def __post_init__(self) -> None:
        positions = numpy.asarray(self.positions_um, dtype=float)
        object.__setattr__(self, "positions_um", positions)
        increases = positions.ndim == 1 and len(positions) and (numpy.diff(positions) > 0).all()
        if not (increases and numpy.isfinite(positions).all()):
            raise DarfixWBError(
                "The positions of layers must increase and be known, in um, got "
                f"{positions.tolist()[:8]}. Give the position of each layer, lowest first."
            )
        if min(self.pixel_um) <= 0 or not numpy.isfinite(self.pixel_um).all():
            raise DarfixWBError(
                "Rows and columns must be more than 0 um apart, got "
                f"{tuple(self.pixel_um)}. Give the size of a pixel in the layer."
            )

    @property
    def step_um(self) -> float:
        """Lower median of the distances between layers; 1 um for a single layer, which has none."""
        steps = numpy.diff(self.positions_um)
        return float(numpy.quantile(steps, 0.5, method="lower")) if steps.size else 1.0

    @property
    def planes(self) -> tuple[Plane, ...]:
        """All layers, and between them the places of those that are missing, evenly spaced."""
        planes = [Plane(float(self.positions_um[0]), 0)]
        for index, position in enumerate(self.positions_um[1:], start=1):
            before = planes[-1].position_um
            steps = max(round((position - before) / self.step_um), 1)
            between = numpy.linspace(before, position, steps + 1)[1:-1]
            planes += [Plane(float(place), None) for place in between]
            planes.append(Plane(float(position), index))
        return tuple(planes)

    @property
    def is_even(self) -> bool:
        """Whether the planes lie at one distance, within a twentieth of it."""
        places = numpy.array([plane.position_um for plane in self.planes])
        even = numpy.linspace(places[0], places[-1], len(places))
        return bool(numpy.abs(places - even).max() <= LARGEST_DEVIATION * self.step_um)

    def even_step_um(self, purpose: str) -> float:
        """The one distance between planes.

        Parameters
        ----------
        purpose : str
            What needs one, e.g. ``"A .vti file"``.

        Raises
        ------
        DarfixWBError
            If there is none.
        """
        if not self.is_even:
            steps = numpy.diff(self.positions_um)
            raise DarfixWBError(
                f"{purpose} needs layers at even distances, and theirs go from {steps.min():.4g} "
                f"to {steps.max():.4g} um. Write a .vtr file, which holds their positions."
            )
        planes = self.planes
        length = planes[-1].position_um - planes[0].position_um
        return length / (len(planes) - 1) if len(planes) > 1 else self.step_um

    def image(self, name: str, plane: Plane) -> numpy.ndarray:
        """The image of a plane, ``(rows, columns)`` float32; NaN where its layer is missing.

        Raises
        ------
        DarfixWBError
            If the image has another shape than the grid.
        """
        if plane.index is None:
            return numpy.full(self.image_shape, numpy.nan, numpy.float32)
        image = numpy.asarray(self.read(name, plane.index), numpy.float32)
        if image.shape != tuple(self.image_shape):
            raise DarfixWBError(
                f"Images of a volume must have one shape, {tuple(self.image_shape)}, and {name} "
                f"of layer {plane.index} has {image.shape}. Give images of one volume."
            )
        return image
