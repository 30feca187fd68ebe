"""Frames in many files, or many in one, of which one at a time is in memory."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import ClassVar, Protocol

import numpy

from ..errors import DarfixWBError
from .paths import user_path


class StoredFrame(Protocol):
    """A frame that lies in a file, and can be read from it."""

    file: str
    shape: tuple[int, int]
    dtype: numpy.dtype

    def read(self) -> numpy.ndarray:
        """The pixels, ``(height, width)``."""


class FrameFiles:
    """Frames of files of one format, each read when it is asked for.

    Parameters
    ----------
    files : sequence of str or path-like
        In the order of acquisition, with one frame each or several.

    Attributes
    ----------
    shape : tuple of int
        ``(n_frames, height, width)``.
    dtype : numpy.dtype
        Common type of all files.

    warnings : tuple of str
        What was noticed, a sentence each.

    Raises
    ------
    DarfixWBError
        If there is no file, if one cannot be used, or if their shapes differ.
    """

    format: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]

    def __init__(self, files: Sequence[str | os.PathLike]) -> None:
        self.files = [str(user_path(file)) for file in files]
        if not self.files:
            raise DarfixWBError(
                f"There must be at least one {self.format} file, got none. Give their folder."
            )
        self._stored = [stored for file in self.files for stored in self._frames_of(file)]
        self._check_shapes()
        self.shape = (len(self._stored), *self._stored[0].shape)
        types = {stored.dtype.newbyteorder("=") for stored in self._stored}
        self.dtype = numpy.result_type(*types)
        self.warnings: tuple[str, ...] = ()

    def __getitem__(self, index: int) -> numpy.ndarray:
        """Frame `index`, ``(height, width)`` in the common type.

        Raises
        ------
        IndexError
            If there is no such frame.
        DarfixWBError
            If it cannot be read.
        """
        return self._stored[int(index)].read().astype(self.dtype, copy=False)

    def motor_positions(self) -> dict[str, numpy.ndarray]:
        """Positions of each motor that the files have, ``(n_frames,)`` float64.

        Raises
        ------
        DarfixWBError
            If the files do not say at which angle each frame was taken.
        """
        raise NotImplementedError

    def _frames_of(self, file: str) -> Sequence[StoredFrame]:
        raise NotImplementedError

    def _check_shapes(self) -> None:
        first = self._stored[0]
        for stored in self._stored:
            if stored.shape != first.shape:
                raise DarfixWBError(
                    f"All {self.format} files of a scan must have the shape of the first "
                    f"{first.shape}, got {stored.shape} in {stored.file}; the first is "
                    f"{first.file}. Give the files of one scan only."
                )
