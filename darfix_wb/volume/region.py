"""The part of the frames that a volume is made of."""

from __future__ import annotations

from typing import NamedTuple

import numpy

from ..errors import DarfixWBError
from ..scan import FrameSource


class Region(NamedTuple):
    """Rows from `top` up to but not with `bottom`, columns from `left` to `right`, in pixels.

    Examples
    --------
    >>> str(Region.parse("100:612,0:256"))
    '100:612,0:256'
    >>> Region(100, 612, 0, 256).shape
    (512, 256)
    """

    top: int
    bottom: int
    left: int
    right: int

    @classmethod
    def parse(cls, text: str) -> Region:
        """Read rows and columns, e.g. ``"100:612,0:256"``.

        Raises
        ------
        DarfixWBError
            If the text is no region.
        """
        try:
            rows, columns = text.split(",")
            numbers = [int(number) for part in (rows, columns) for number in part.split(":")]
            region = cls(*numbers)
        except (ValueError, TypeError) as error:
            raise DarfixWBError(
                f"A region must be rows and columns in pixels, e.g. 100:612,0:256, got {text!r}. "
                "Correct it."
            ) from error
        region.check()
        return region

    def __str__(self) -> str:
        return f"{self.top}:{self.bottom},{self.left}:{self.right}"

    @property
    def shape(self) -> tuple[int, int]:
        """``(height, width)`` in pixels."""
        return self.bottom - self.top, self.right - self.left

    def check(self, frame_shape: tuple[int, int] | None = None) -> None:
        """Refuse a region that is empty, or not inside the frame.

        Raises
        ------
        DarfixWBError
            If it is.
        """
        inside = frame_shape is None or (
            self.bottom <= frame_shape[0] and self.right <= frame_shape[1]
        )
        if not (0 <= self.top < self.bottom and 0 <= self.left < self.right and inside):
            of_frame = "" if frame_shape is None else f" ({frame_shape[0]} x {frame_shape[1]} px)"
            raise DarfixWBError(
                f"A region must lie inside the frame{of_frame} and hold one pixel or more, got "
                f"rows and columns {self}. Correct it."
            )

    @property
    def slices(self) -> tuple[slice, slice]:
        """To cut an image."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


class RegionFrames:
    """Frames of another source, cut to a region."""

    def __init__(self, frames: FrameSource, region: Region) -> None:
        self._frames, self._region = frames, region
        self.shape = (frames.shape[0], *region.shape)
        self.dtype = frames.dtype

    def __getitem__(self, index: int) -> numpy.ndarray:
        """Frame `index`, ``(height, width)`` of the region."""
        return numpy.asarray(self._frames[index])[self._region.slices]
