"""What is known about a scan: of its patches and its lines, to compare results with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy
from scipy import ndimage

from .errors import DarfixWBError

NO_LINE = -1
CONNECTED = numpy.ones((3, 3), dtype=bool)
"""Pixels that touch at a side or a corner are connected."""


@dataclass(frozen=True)
class PatchTruth:
    """Truth of every patch in every frame, arrays of shape (n_frames, rows, columns).

    Attributes
    ----------
    condition : uint8
        WEAK = 0, STRONG = 1, EMPTY = 2 by the amount of multiple scattering.
    clear : bool
        The patch is strong or weak beyond doubt; False for empty ones.
    geometric : uint8
        The same three values by the angular distance from the local peak alone.
    multiple : float32
        Mean ``ms`` of the patch.
    """

    condition: numpy.ndarray
    clear: numpy.ndarray
    geometric: numpy.ndarray
    multiple: numpy.ndarray


class LineClass(IntEnum):
    """What kind of line a dislocation is."""

    LONE = 0
    BOUNDARY = 1
    IN_LAYER = 2
    """Lone, and nearly in the layer."""


@dataclass(frozen=True, eq=False)
class LineTruth:
    """The dislocation lines in an image, and which of them show.

    Attributes
    ----------
    numbers : numpy.ndarray
        ``(rows, columns)`` integer: number of the line that a pixel lies on, for pixels at which
        a line shows; -1 elsewhere.
    hidden : numpy.ndarray
        ``(rows, columns)`` bool: pixels on lines that do not show. They are neither to be found
        nor wrong when found.
    classes : numpy.ndarray or None
        ``(n,)`` uint8: the `LineClass` of each line by its number; None where not known.

    Raises
    ------
    DarfixWBError
        If the arrays do not belong together.

    Examples
    --------
    >>> mask = numpy.zeros((4, 6), dtype=bool)
    >>> mask[0, :3] = mask[3, 2:] = True
    >>> truth = LineTruth.from_mask(mask)
    >>> truth.present().tolist(), int(truth.mask.sum()), truth.classes
    ([0, 1], 7, None)
    """

    numbers: numpy.ndarray
    hidden: numpy.ndarray
    classes: numpy.ndarray | None = None

    def __post_init__(self) -> None:
        if self.numbers.ndim != 2 or self.numbers.shape != self.hidden.shape:
            raise DarfixWBError(
                "The numbers of lines and the hidden lines must have the same shape (rows, "
                f"columns), got {self.numbers.shape} and {self.hidden.shape}. Take both from the "
                "same scan."
            )
        largest = int(self.numbers.max(initial=NO_LINE))
        if self.classes is not None and largest >= len(self.classes):
            raise DarfixWBError(
                f"There must be a class for each line, got {len(self.classes)} classes and the "
                f"line number {largest}. Give the classes of all lines."
            )

    @classmethod
    def from_mask(cls, mask: numpy.ndarray) -> LineTruth:
        """Lines of which only a mask is known: each connected part counts as one line.

        Parameters
        ----------
        mask : numpy.ndarray
            ``(rows, columns)`` bool.
        """
        labelled, _ = ndimage.label(mask, structure=CONNECTED)
        return cls(labelled + NO_LINE, numpy.zeros(labelled.shape, dtype=bool))

    @property
    def mask(self) -> numpy.ndarray:
        """``(rows, columns)`` bool: pixels at which a line shows."""
        return self.numbers != NO_LINE

    def present(self) -> numpy.ndarray:
        """``(n,)`` int: numbers of the lines that show somewhere, ascending."""
        return numpy.unique(self.numbers[self.mask])
