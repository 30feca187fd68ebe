"""A rocking scan: frames, the angle of each, and which of them make one rocking curve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy

from .errors import DarfixWBError
from .pixels import PixelMask


@runtime_checkable
class FrameSource(Protocol):
    """Frames that can be read one at a time: a numpy array, or a file with the same interface."""

    shape: tuple[int, int, int]
    dtype: numpy.dtype

    def __getitem__(self, index: int) -> numpy.ndarray:
        """Frame `index`, ``(height, width)``."""


class HeldFrames:
    """Frames kept in memory, without invalid pixels.

    Parameters
    ----------
    frames : numpy.ndarray
        ``(n_frames, height, width)``, to be filled with frames mended by the scan's mask.
    """

    def __init__(self, frames: numpy.ndarray) -> None:
        self._frames = frames
        self.shape, self.dtype = frames.shape, frames.dtype

    def __getitem__(self, index: int) -> numpy.ndarray:
        """Frame `index`, ``(height, width)``, a view."""
        return self._frames[index]


@dataclass(frozen=True)
class RockingScan:
    """Frames taken while the crystal turns through its Bragg peak.

    Attributes
    ----------
    frames : FrameSource
        ``(n_frames, height, width)`` counts, in the order of acquisition.
    angles : numpy.ndarray
        ``(n_frames,)`` float64, position of the rocking motor.
    motor : str
        Name of the rocking motor.
    unit : str
        Unit of `angles`, e.g. ``"degree"``; empty where the file does not say.
    curves : tuple of numpy.ndarray
        ``(n_steps,)`` int64 each: the frames of one rocking curve by increasing angle. One for a
        simple scan, one per line for a scan of several motors; lines may differ in length. All
        frames, in one curve, if not given.
    dark : numpy.ndarray or None
        ``(height, width)`` float32, mean of the dark images, where they were recorded.
    source : str
        URL of the data, for provenance.
    left_out : mapping of int to str
        Frames that are in no curve, with the reason, e.g. ``{14: "black"}``. They are classified
        each alone, and are in no image.
    whole_curves : tuple of numpy.ndarray
        The curves as they were scanned, with the frames that are left out.
    warnings : tuple of str
        What was noticed when the scan was opened and read, a sentence each.
    mask : PixelMask or None
        Invalid pixels; None until they were looked for (`darfix_wb.extraction.extract`).

    Examples
    --------
    >>> scan = RockingScan(numpy.zeros((3, 32, 48)), angles=[0.2, 0.0, 0.1], motor="phi")
    >>> scan.n_frames, scan.frame_shape
    (3, (32, 48))
    >>> scan.curves[0].tolist()
    [1, 2, 0]
    >>> scan.leave_out({1: "black"}).curves[0].tolist()
    [2, 0]
    """

    frames: FrameSource
    angles: numpy.ndarray
    motor: str = ""
    unit: str = ""
    curves: Sequence[numpy.ndarray] = field(default=None)
    dark: numpy.ndarray | None = None
    source: str = ""
    left_out: Mapping[int, str] = field(default_factory=dict)
    whole_curves: Sequence[numpy.ndarray] = field(default=None)
    warnings: tuple[str, ...] = ()
    mask: PixelMask | None = None

    def __post_init__(self) -> None:
        angles = numpy.asarray(self.angles, dtype=float)
        object.__setattr__(self, "angles", angles)
        if len(self.frames.shape) != 3:
            raise DarfixWBError(
                "Frames must have the shape (n_frames, height, width), "
                f"got {tuple(self.frames.shape)}. Give a stack of images."
            )
        if angles.shape != (self.n_frames,):
            raise DarfixWBError(
                f"There must be one motor position per frame ({self.n_frames}), "
                f"got {angles.size}. Check that the scan was recorded to its end."
            )
        curves = [numpy.argsort(angles, kind="stable")] if self.curves is None else self.curves
        curves = tuple(numpy.asarray(curve, dtype=numpy.int64) for curve in curves)
        used = _without(curves, self.left_out)
        whole = tuple(self.whole_curves or ())
        fits = _same(_without(whole, self.left_out), used)
        object.__setattr__(self, "whole_curves", whole if fits else curves)
        object.__setattr__(self, "curves", used)

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return int(self.frames.shape[0])

    @property
    def frame_shape(self) -> tuple[int, int]:
        """``(height, width)`` of a frame, in pixels."""
        return tuple(int(side) for side in self.frames.shape[1:])

    @property
    def gives_new_frames(self) -> bool:
        """Whether a frame that was read belongs to the reader, as one of a file does."""
        return bool(getattr(self.frames, "gives_new_frames", False))

    @property
    def n_steps(self) -> int:
        """Number of frames of the longest rocking curve."""
        return max(map(len, self.curves), default=0)

    @cached_property
    def used(self) -> numpy.ndarray:
        """``(n_frames,)`` bool: frames that belong to a rocking curve."""
        used = numpy.zeros(self.n_frames, dtype=bool)
        for frames in self.curves:
            used[frames] = True
        return used

    def nearest_used(self, index: int) -> int:
        """The frame itself, or the one nearest to it in time that belongs to a rocking curve."""
        if self.used[index] or not self.used.any():
            return index
        used = numpy.flatnonzero(self.used)
        return int(used[numpy.abs(used - index).argmin()])

    def curve_of(self, index: int) -> numpy.ndarray:
        """``(n_steps,)`` int64: the rocking curve of a frame; the frame alone where it has none."""
        for frames in self.curves:
            if index in frames:
                return frames
        return numpy.array([index])

    def leave_out(self, reasons: Mapping[int, str]) -> RockingScan:
        """The same scan with more frames `left_out`."""
        return replace(self, left_out={**self.left_out, **reasons})

    def frame(self, index: int) -> numpy.ndarray:
        """Frame `index`, mended by the `mask` where there is one.

        Returns
        -------
        numpy.ndarray
            ``(height, width)`` in the dtype of the file.
        """
        frame = numpy.asarray(self.frames[index])
        if self.mask is None or isinstance(self.frames, HeldFrames):
            return frame
        return self.mask.fill(frame, self.mask.void(frame), in_place=self.gives_new_frames)

    def iter_frames(self) -> Iterator[numpy.ndarray]:
        """The frames one by one, as by `frame`."""
        for index in range(self.n_frames):
            yield self.frame(index)


def frame_list(frames: Iterable[int]) -> str:
    """Numbers of frames for a sentence.

    Examples
    --------
    >>> frame_list([3, 12, 13, 14, 7])
    '3, 7, 12 to 14'
    """
    runs: list[list[int]] = []
    for frame in sorted(frames):
        if runs and frame == runs[-1][1] + 1:
            runs[-1][1] = frame
        else:
            runs.append([frame, frame])
    return ", ".join(str(a) if a == b else f"{a} to {b}" for a, b in runs)


def _same(curves: Sequence[numpy.ndarray], others: Sequence[numpy.ndarray]) -> bool:
    return len(curves) == len(others) and all(map(numpy.array_equal, curves, others))


def _without(
    curves: tuple[numpy.ndarray, ...], left_out: Mapping[int, str]
) -> tuple[numpy.ndarray, ...]:
    """Curves without some frames; curves that have no other frame are gone."""
    if not left_out:
        return curves
    kept = (frames[~numpy.isin(frames, list(left_out))] for frames in curves)
    return tuple(frames for frames in kept if len(frames))
