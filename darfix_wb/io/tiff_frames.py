"""Frames of TIFF files, which have no motor positions."""

from __future__ import annotations

import logging
import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

import numpy
import tifffile

from ..errors import DarfixWBError
from .frame_files import FrameFiles
from .motor_files import OFFER

MOST_PACKED = 2000
"""No compression of TIFF makes images this many times smaller."""

_quiet: ContextVar[bool] = ContextVar("quiet", default=False)
# What tifffile only reports in its log is checked and refused here.
logging.getLogger("tifffile").addFilter(lambda record: not _quiet.get())


class TIFFFrame(NamedTuple):
    """One image of a TIFF file.

    Attributes
    ----------
    file : str
        The file.
    number : int
        Which of its images it is, from 0.
    shape : tuple of int
        ``(height, width)``.
    dtype : numpy.dtype
        With the byte order of the file.
    start : int or None
        Where its pixels begin; None where they are compressed or lie in pieces.
    is_negative : bool
        Whether programs show 0 as white.
    """

    file: str
    number: int
    shape: tuple[int, int]
    dtype: numpy.dtype
    start: int | None
    is_negative: bool

    def read(self) -> numpy.ndarray:
        """The pixels, ``(height, width)``.

        Raises
        ------
        DarfixWBError
            If they cannot be read, or the file has changed meanwhile.
        """
        with _open(self.file) as tiff:
            if self.start is None:
                image = tiff.pages[self.number].asarray()
            else:
                tiff.filehandle.seek(self.start)
                data = tiff.filehandle.read(self.shape[0] * self.shape[1] * self.dtype.itemsize)
                image = numpy.frombuffer(data, self.dtype).reshape(self.shape)
            if image.shape != self.shape:
                raise ValueError(f"frame {self.number} is not of the shape {self.shape}")
            return image


class TIFFFrames(FrameFiles):
    """Images of TIFF files, one in each or several: integers or floats, one value per pixel."""

    format = "TIFF"
    suffixes = (".tif", ".tiff")

    def __init__(self, files: Sequence[str | os.PathLike]) -> None:
        super().__init__(files)
        if self._stored[0].start is None:
            self._stored[0].read()  # a compression that cannot be read is refused now
        negative = [stored.file for stored in self._stored if stored.is_negative]
        if negative:
            self.warnings = (
                f"{len(negative)} TIFF images say that 0 is white, e.g. in {negative[0]}. Their "
                "values are taken as counts all the same, with 0 for dark.",
            )

    def motor_positions(self) -> dict[str, numpy.ndarray]:
        """Nothing that a TIFF file could have.

        Raises
        ------
        DarfixWBError
            Always, with what to do.
        """
        raise DarfixWBError(
            f"There must be one motor position per frame ({self.shape[0]}), and TIFF files have "
            f"none: {self.files[0]}. {OFFER}"
        )

    def _frames_of(self, file: str) -> Sequence[TIFFFrame]:
        with _open(file) as tiff:
            return _frames(file, tiff)


@contextmanager
def _open(path: str) -> Iterator[tifffile.TiffFile]:
    token = _quiet.set(True)
    try:
        with tifffile.TiffFile(path) as tiff:
            yield tiff
    except DarfixWBError:
        raise
    except Exception as error:  # damaged files raise errors of many kinds
        found = getattr(error, "strerror", None) or " ".join(str(error).split())[:100]
        raise DarfixWBError(
            f"The frames must be readable TIFF files, and {path} is not one ({found}). Copy it "
            "again, leave it out, or save it without compression."
        ) from error
    finally:
        _quiet.reset(token)


def _frames(path: str, tiff: tifffile.TiffFile) -> list[TIFFFrame]:
    frames = [_frame(path, number, page) for number, page in enumerate(tiff.pages)]
    if not frames:
        raise ValueError("it has no image")
    if _names_another(tiff, tiff.pages[-1].offset):
        raise _untrue(path, len(frames) - 1, "refers to a next image, which is missing: truncated")
    n_images = (tiff.imagej_metadata or {}).get("images", 1) if tiff.is_imagej else 1
    if len(frames) == 1 and n_images > 1 and frames[0].start is not None:
        return _behind_one_another(frames[0], n_images)
    return frames


def _names_another(tiff: tifffile.TiffFile, offset: int) -> bool:
    """Whether the header at `offset` says that one more image follows; tifffile ends there."""
    layout, file = tiff.tiff, tiff.filehandle
    file.seek(offset)
    (n_tags,) = struct.unpack(layout.tagnoformat, file.read(layout.tagnosize))
    file.seek(offset + layout.tagnosize + n_tags * layout.tagsize)
    return any(file.read(layout.offsetsize))


def _behind_one_another(first: TIFFFrame, n_images: int) -> list[TIFFFrame]:
    """Large stacks of ImageJ, which describe their first image only."""
    size = first.shape[0] * first.shape[1] * first.dtype.itemsize
    n_bytes = os.path.getsize(first.file)
    if first.start + n_images * size > n_bytes:
        raise _untrue(first.file, 0, f"says {n_images} images, for which the file is too short")
    return [
        first._replace(number=number, start=first.start + number * size)
        for number in range(n_images)
    ]


def _frame(path: str, number: int, page: tifffile.TiffPage) -> TIFFFrame:
    dtype = page.dtype
    if page.samplesperpixel != 1 or page.ndim != 2 or not page.size or page.photometric == 3:
        colours = getattr(page.photometric, "name", page.photometric)
        raise DarfixWBError(
            f"A frame must be an image of one value per pixel, got the shape {page.shape} "
            f"({colours}) in image {number} of {path}. Save the detector's counts, not a picture "
            "in colours."
        )
    if dtype is None or dtype.kind not in "uif" or dtype.itemsize * 8 != page.bitspersample:
        raise DarfixWBError(
            f"A frame must consist of whole numbers of 8, 16, 32 or 64 bits, or of floats, got "
            f"{page.bitspersample} bits in image {number} of {path}. Save it as one of them."
        )
    _check_bytes(path, number, page)
    start = page.dataoffsets[0] if page.is_contiguous else None
    dtype = dtype.newbyteorder(page.parent.byteorder)
    return TIFFFrame(path, number, page.shape, dtype, start, page.photometric == 0)


def _check_bytes(path: str, number: int, page: tifffile.TiffPage) -> None:
    n_bytes = page.parent.filehandle.size
    pieces = list(zip(page.dataoffsets, page.databytecounts, strict=True))
    if not pieces or any(start + size > n_bytes for start, size in pieces):
        raise _untrue(path, number, f"says more than the {n_bytes} bytes of the file: truncated")
    held, needed = sum(page.databytecounts), page.nbytes
    if page.compression == 1 and not page.is_tiled and held != needed:
        raise _untrue(path, number, f"says {needed} bytes for the image and {held} for its data")
    if needed > MOST_PACKED * n_bytes:
        raise _untrue(path, number, f"says {needed} bytes for the image, in {n_bytes} of the file")


def _untrue(path: str, number: int, what: str) -> DarfixWBError:
    return DarfixWBError(
        f"A TIFF file must hold all that its headers state, and the header of image {number} of "
        f"{path} "
        f"{what}. Copy the file again, or leave it out."
    )
