"""Frames of an HDF5 file, read one at a time."""

from __future__ import annotations

import math
import os

import h5py
import numpy
from silx.io.url import DataUrl

from ..errors import DarfixWBError
from .hdf5_access import READING_ERRORS, find_stack, n_chunks, open_file, open_hdf5, reason
from .hdf5_missing import missing_frames, missing_sentences
from .paths import user_path

SMALLEST_CHUNK_CACHE = 2**20
LARGEST_CHUNK_CACHE = 2**28


class HDF5Frames:
    """A 3D data set of an HDF5 file, of which one frame at a time is in memory.

    The file is opened at the first frame and stays open until `close`. Pickling keeps the names
    only: each process opens the file for itself.

    Parameters
    ----------
    path : str or path-like
        HDF5 file.
    data_path : str
        Name of the data set, e.g. ``"/1.1/instrument/pco_ff/data"``.

    Attributes
    ----------
    shape : tuple of int
        ``(n_frames, height, width)``.
    dtype : numpy.dtype
        As in the file.
    chunk_cache : int
        Bytes kept of decompressed chunks, so that chunks of several frames are not decompressed
        again for each of them; at most 256 MiB.
    missing : dict of int to str
        Frames that were never written, or whose files are not there, with the reason. They read as
        zeros: whoever makes a scan of the frames must leave them out.
    warnings : tuple of str
        What to say of them.

    Raises
    ------
    DarfixWBError
        If the file is missing, no HDF5, truncated or damaged, if the data set is missing, not 3D
        or not numbers, or if more than half of its frames are missing.
    """

    gives_new_frames = True
    """Each reading makes an array of its own, which may be changed."""

    def __init__(self, path: str | os.PathLike, data_path: str) -> None:
        self.path = str(user_path(path))
        self.data_path = str(data_path)
        self._file: h5py.File | None = None
        self._dataset: h5py.Dataset | None = None
        with open_hdf5(self.path) as file:
            dataset = find_stack(file, self.data_path)
            self.missing = missing_frames(dataset)
            self.warnings = missing_sentences(dataset, self.missing)
            self.shape = tuple(int(side) for side in dataset.shape)
            self.dtype = dataset.dtype
            self._chunk_slots, self.chunk_cache = _chunk_cache(dataset)

    @property
    def url(self) -> str:
        """URL of the data set, which silx and darfix can open."""
        return DataUrl(file_path=self.path, data_path=self.data_path, scheme="silx").path()

    def __getitem__(self, index: int) -> numpy.ndarray:
        """Frame `index`, ``(height, width)`` in the dtype of the file; zeros if it is missing.

        Raises
        ------
        IndexError
            If there is no such frame.
        DarfixWBError
            If the file cannot be read there.
        """
        frame = range(self.shape[0])[int(index)]
        if frame in self.missing:
            return numpy.zeros(self.shape[1:], self.dtype)
        dataset = self._open()
        try:
            return dataset[frame]
        except READING_ERRORS as error:
            raise DarfixWBError(
                f"Every frame must be readable, and frame {frame} of {self.path} is not "
                f"({reason(error)}). The file is damaged: copy it again from its source."
            ) from error

    def _open(self) -> h5py.Dataset:
        if self._dataset is None:
            self._file = open_file(
                self.path,
                looked_at=True,
                rdcc_nbytes=self.chunk_cache,
                rdcc_nslots=self._chunk_slots,
            )
            self._dataset = find_stack(self._file, self.data_path)
        return self._dataset

    def close(self) -> None:
        """Close the file; the next frame opens it again."""
        if self._file is not None:
            self._file.close()
        self._file = self._dataset = None

    def __enter__(self) -> HDF5Frames:
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def __getstate__(self) -> dict:
        return {**self.__dict__, "_file": None, "_dataset": None}


def _chunk_cache(dataset: h5py.Dataset) -> tuple[int, int]:
    """Slots and bytes that hold all chunks which share a frame."""
    if dataset.chunks is None or dataset.chunks[0] == 1:
        return 521, SMALLEST_CHUNK_CACHE
    count = n_chunks(dataset.shape[1:], dataset.chunks[1:])
    needed = count * math.prod(dataset.chunks) * dataset.dtype.itemsize
    return 100 * count + 1, min(max(needed, SMALLEST_CHUNK_CACHE), LARGEST_CHUNK_CACHE)
