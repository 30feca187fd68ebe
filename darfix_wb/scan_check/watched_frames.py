"""Frames that are measured while others read them, so that they are read once."""

from __future__ import annotations

import numpy

from ..scan import FrameSource


class WatchedFrames:
    """A frame source that notes values of each frame when it is read for the first time.

    Parameters
    ----------
    frames : FrameSource
        ``(n_frames, height, width)``.

    Attributes
    ----------
    lowest, highest : numpy.ndarray
        ``(n_frames,)`` float64: counts of the darkest and of the brightest pixel; NaN in a frame
        that was not read or has no finite pixel.
    n_highest : numpy.ndarray
        ``(n_frames,)`` int64: number of pixels with the counts of the brightest one.
    zeros : numpy.ndarray
        ``(n_frames,)`` float64: share of the pixels that are exactly 0.

    Examples
    --------
    >>> watched = WatchedFrames(numpy.arange(8).reshape(2, 2, 2))
    >>> _ = watched[0], watched[1], watched[1]
    >>> watched.highest.tolist(), watched.zeros.tolist()
    ([3.0, 7.0], [0.25, 0.0])
    >>> watched.mean_frame.tolist()
    [[2.0, 3.0], [4.0, 5.0]]
    >>> watched = WatchedFrames(numpy.array([[[1.0, numpy.nan]], [[3.0, 4.0]]]))
    >>> _ = watched[0], watched[1]
    >>> watched.mean_frame.tolist()
    [[2.0, 4.0]]
    """

    def __init__(self, frames: FrameSource) -> None:
        self._frames = frames
        self.shape, self.dtype = tuple(frames.shape), numpy.dtype(frames.dtype)
        self.lowest, self.highest, self.zeros = numpy.full((3, self.shape[0]), numpy.nan)
        self.n_highest = numpy.zeros(self.shape[0], dtype=numpy.int64)
        self._sum = numpy.zeros(self.shape[1:])
        self._seen = numpy.zeros(self.shape[0], dtype=bool)
        self._missing = numpy.zeros(self.shape[1:], dtype=numpy.int32)

    def __getitem__(self, index: int) -> numpy.ndarray:
        frame = numpy.asarray(self._frames[index])
        if not self._seen[index]:
            self._seen[index] = True
            self._note(int(index), frame)
        return frame

    @property
    def mean_frame(self) -> numpy.ndarray:
        """``(height, width)`` float32: mean of the finite counts that were read; NaN of none."""
        n_finite = self._seen.sum() - self._missing
        mean = numpy.full(self._sum.shape, numpy.nan, dtype=numpy.float32)
        return numpy.divide(self._sum, n_finite, out=mean, where=n_finite > 0, casting="unsafe")

    def _note(self, index: int, frame: numpy.ndarray) -> None:
        finite = finite_pixels(frame)
        if finite.size:
            highest = finite.max()
            self.lowest[index], self.highest[index] = finite.min(), highest
            self.n_highest[index] = numpy.count_nonzero(finite == highest)
        self.zeros[index] = 1 - numpy.count_nonzero(frame) / frame.size
        if finite.size == frame.size:
            self._sum += frame
            return
        known = numpy.isfinite(frame)
        self._sum[known] += frame[known]
        self._missing += ~known


def finite_pixels(frame: numpy.ndarray) -> numpy.ndarray:
    """The frame, or ``(n_pixels,)`` of it where some pixels are NaN or infinite."""
    if frame.dtype.kind != "f":
        return frame
    finite = numpy.isfinite(frame)
    return frame if finite.all() else frame[finite]
