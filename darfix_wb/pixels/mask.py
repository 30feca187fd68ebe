"""The invalid pixels of a detector, and frames without them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numba
import numpy
from scipy.ndimage import binary_dilation

from ..errors import DarfixWBError


class GivenMask(NamedTuple):
    """A mask that the user gave.

    Attributes
    ----------
    pixels : numpy.ndarray
        ``(height, width)``; pixels other than 0 are invalid, as in masks of silx and pyFAI.
    source : str
        Its file, for provenance.
    """

    pixels: numpy.ndarray
    source: str = ""


IN_MOST_LAYERS = "invalid in most layers"
IN_MEDIAN_LAYER = "warm or dead in the median over layers"
"""Reasons of pixels that the layers of a volume have in common."""

_NEIGHBOURS = numpy.ones((3, 3), dtype=bool)


@dataclass(frozen=True)
class PixelMask:
    """Which pixels of a scan hold no counts.

    Attributes
    ----------
    invalid : numpy.ndarray
        ``(height, width)`` bool: pixels that hold no counts in any frame.
    reasons : mapping of str to int
        Number of pixels by reason, e.g. ``{"hot": 20}``.
    zeros_are_counts : bool
        False where the detector has an offset, so that a pixel of 0 or less in some frame was not
        measured there, as where a correction of shifts filled up the border.

    wrapped : bool
        Whether counts are negative that were too large for their type, as unsigned 16-bit counts
        stored as signed ones are.
    given : str
        File of a mask that the user gave, if any.

    Examples
    --------
    >>> mask = PixelMask(numpy.array([[False, True, False]]), {"hot": 1})
    >>> mask.mend(numpy.array([[101, 65535, 99]])).tolist()
    [[101, 101, 99]]
    >>> mask.mend(numpy.array([[101.0, 65535.0, numpy.nan]])).tolist()
    [[101.0, 101.0, 101.0]]
    """

    invalid: numpy.ndarray
    reasons: Mapping[str, int] = field(default_factory=dict)
    zeros_are_counts: bool = True
    wrapped: bool = False
    given: str = ""

    @property
    def n_invalid(self) -> int:
        """Number of invalid pixels."""
        return int(numpy.count_nonzero(self.invalid))

    @property
    def sentences(self) -> tuple[str, ...]:
        """What to tell the user about the invalid pixels; nothing where there are none."""
        if not self.n_invalid:
            return ()
        reasons = ", ".join(f"{reason}: {count}" for reason, count in self.reasons.items())
        share = self.n_invalid / self.invalid.size
        return (
            f"{self.n_invalid} of {self.invalid.size} pixels ({share:.2%}) are invalid ("
            f"{reasons}). Patches take counts from their neighbours, and images are NaN there.",
        )

    def add(self, reason: str, pixels: numpy.ndarray) -> PixelMask:
        """The mask with more invalid pixels.

        Parameters
        ----------
        reason : str
            Why they are invalid.
        pixels : numpy.ndarray
            ``(height, width)`` bool, or ``(n,)`` flat indices.
        """
        invalid = self.invalid.copy()
        if pixels.dtype == bool:
            invalid |= pixels
        else:
            invalid.flat[pixels] = True
        new = int(numpy.count_nonzero(invalid)) - self.n_invalid
        if not new:
            return self
        return replace(self, invalid=invalid, reasons={**self.reasons, reason: new})

    def add_given(self, given: GivenMask) -> PixelMask:
        """The mask with the pixels that the user gave as invalid.

        Raises
        ------
        DarfixWBError
            If it has another shape than the frames, or leaves no pixel.
        """
        pixels = numpy.asarray(given.pixels).astype(bool)
        if pixels.shape != self.invalid.shape:
            raise DarfixWBError(
                f"The mask must have the shape of the frames {self.invalid.shape}, got "
                f"{pixels.shape}. Give the mask of this detector and region of interest."
            )
        if pixels.all():
            raise DarfixWBError(
                "The mask must leave some pixels, got one that is 0 in none of them. Pixels "
                "other than 0 are invalid: invert the mask."
            )
        return replace(self.add("given", pixels), given=given.source)

    def void(self, frame: numpy.ndarray) -> numpy.ndarray | None:
        """Pixels that hold no counts in this frame, the invalid ones of all frames left aside.

        Parameters
        ----------
        frame : numpy.ndarray
            ``(height, width)`` counts.

        Returns
        -------
        numpy.ndarray or None
            ``(height, width)`` bool; None where there is none.
        """
        void = numpy.zeros(0, dtype=bool)
        if not self.zeros_are_counts and not frame.min() > 0:  # also where it is NaN
            # Where a frame was shifted, counts beside the filled border are mixed with its zeros.
            empty = (frame <= 0) & (frame > -numpy.inf) & ~self.invalid
            void = binary_dilation(empty, _NEIGHBOURS)
        if frame.dtype.kind == "f":
            with numpy.errstate(over="ignore", invalid="ignore"):
                if not numpy.isfinite(frame.sum(dtype=float)):
                    void = ~numpy.isfinite(frame) | (void if void.size else False)
        if void.size:
            void &= ~self.invalid
        return void if void.any() else None

    def mend(self, frame: numpy.ndarray) -> numpy.ndarray:
        """The frame with counts of pixels beside the invalid and the void ones in their place.

        Counts are mirrored at the edge of the invalid part, along its row or column, whichever is
        nearer, so that noise and texture go on.

        Parameters
        ----------
        frame : numpy.ndarray
            ``(height, width)`` counts; not changed.

        Returns
        -------
        numpy.ndarray
            In the dtype of the frame; the frame itself where there is nothing to mend. 0 where a
            frame has no valid pixel at all.
        """
        return self.fill(frame, self.void(frame))

    def fill(
        self, frame: numpy.ndarray, void: numpy.ndarray | None, *, in_place: bool = False
    ) -> numpy.ndarray:
        """As `mend`, where it is known which pixels are `void`.

        Parameters
        ----------
        frame : numpy.ndarray
            ``(height, width)`` counts.
        void : numpy.ndarray or None
            From `void`.
        in_place : bool
            Whether `frame` may be changed, which saves a copy.
        """
        if void is None:
            places, sources = self._places
        else:
            places, sources = _find_sources(self.invalid | void)
        if not len(places):
            return frame
        filled = frame if in_place and frame.flags.carray else numpy.array(frame, order="C")
        flat = filled.reshape(-1)
        flat[places] = flat[sources] if sources[0] >= 0 else 0
        return filled

    @cached_property
    def _places(self) -> tuple[numpy.ndarray, numpy.ndarray]:
        return _find_sources(self.invalid)


def _find_sources(invalid: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Flat indices of the invalid pixels, and of the valid one that each takes its counts from.

    -1 for all where there is no valid pixel at all.
    """
    places = numpy.flatnonzero(invalid)
    sources = numpy.empty_like(places)
    _search(numpy.ascontiguousarray(invalid), places, sources)
    lost = numpy.flatnonzero(sources < 0)
    if len(lost) and len(lost) < invalid.size:
        valid = numpy.flatnonzero(~invalid)
        if len(valid):
            sources[lost] = valid[numpy.searchsorted(valid, places[lost]) % len(valid)]
    return places, sources


@numba.njit(nogil=True, cache=True)
def _search(invalid, places, sources):
    height, width = invalid.shape
    for index in range(places.size):
        row, column = places[index] // width, places[index] % width
        sources[index] = -1
        for distance in range(1, max(height, width)):
            for down, right in ((0, -1), (0, 1), (-1, 0), (1, 0)):
                i, j = row + down * distance, column + right * distance
                if i < 0 or j < 0 or i >= height or j >= width or invalid[i, j]:
                    continue
                mirrored_i, mirrored_j = i + down * (distance - 1), j + right * (distance - 1)
                inside = 0 <= mirrored_i < height and 0 <= mirrored_j < width
                if inside and not invalid[mirrored_i, mirrored_j]:
                    i, j = mirrored_i, mirrored_j
                sources[index] = i * width + j
                break
            if sources[index] >= 0:
                break
