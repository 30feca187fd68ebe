"""Where the frames of an EDF file lie, and what their headers say.

fabio fills up a file that is too short with zeros, follows a negative size for ever, and says what
is wrong only in its log. Here a header is held against its file before it is used.
"""

from __future__ import annotations

import bz2
import gzip
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple

import numpy
from fabio.edfimage import DATA_TYPES

from ..errors import DarfixWBError

LONGEST_HEADER = 2**20
"""Bytes after which a header that has no end is no header."""

LONGEST_FRAME = 2**40
"""Bytes that no frame has."""

PADDING = 512
"""EDF files may fill up the bytes of a frame to a multiple of this."""

_OPENERS = {".gz": gzip.open, ".bz2": bz2.open}
_UNPACKERS = {"GZ": gzip.decompress, "BZ": bz2.decompress, "Z": zlib.decompress}
_GIVEN_ONCE = {"DIM_1", "DIM_2", "DATATYPE", "BYTEORDER", "SIZE", "MOTOR_MNE", "MOTOR_POS"}
_NO_TEXT = re.compile(rb"[\x01-\x08\x0e-\x1f]")
_BYTE_ORDERS = {"LOWBYTEFIRST": "<", "HIGHBYTEFIRST": ">"}


class EDFFrame(NamedTuple):
    """One frame of an EDF file.

    Attributes
    ----------
    file : str
        The file.
    number : int
        Which of its frames it is, from 0.
    shape : tuple of int
        ``(height, width)``.
    dtype : numpy.dtype
        With the byte order of the file.
    header : mapping of str to str
        As it stands in the file.
    start, size : int
        Where the bytes of the frame begin, and how many there are.
    packing : str
        How they are packed, a key of ``_UNPACKERS``; empty if they are not.
    """

    file: str
    number: int
    shape: tuple[int, int]
    dtype: numpy.dtype
    header: Mapping[str, str]
    start: int
    size: int
    packing: str

    def read(self) -> numpy.ndarray:
        """The pixels, ``(height, width)`` in the byte order of the file.

        Raises
        ------
        DarfixWBError
            If they cannot be read, or are not as many as the header says.
        """
        with open_edf(self.file) as file:
            file.seek(self.start)
            data = file.read(self.size)
            data = _UNPACKERS[self.packing](data) if self.packing else data
        expected = n_bytes(self.shape, self.dtype)
        if len(data) < expected or (self.packing and len(data) > expected):
            raise DarfixWBError(
                f"Frame {self.number} must have the {expected} bytes that its header states, got "
                f"{len(data)} in {self.file}. Copy the file again from its source."
            )
        return numpy.frombuffer(data, self.dtype, self.shape[0] * self.shape[1]).reshape(self.shape)


def edf_frames_of(path: str) -> list[EDFFrame]:
    """The frames of an EDF file, which may be compressed as a whole; no pixel is read.

    Raises
    ------
    DarfixWBError
        If the file is no EDF file, is shorter or longer than its headers say, or if a header
        cannot be true.
    """
    frames: list[EDFFrame] = []
    defaults: dict[str, str] = {}
    with open_edf(path) as file:
        while (header := _next_header(file, path, len(frames))) is not None:
            header = {**defaults, **header}
            if "EDF_DATAFORMATVERSION" in header:
                defaults = {k: v for k, v in header.items() if not k.startswith("EDF_")}
                _skip(file, path, _integer(path, header, "EDF_BINARYSIZE", default="0"))
            else:
                frames.append(_frame(path, len(frames), header, file.tell()))
                _skip(file, path, frames[-1].size)
    if not frames:
        raise DarfixWBError(f"An EDF file must have a frame, and {path} has none. Leave it out.")
    return frames


@contextmanager
def open_edf(path: str) -> Iterator[BinaryIO]:
    """Open an EDF file, also one that is compressed as a whole.

    Raises
    ------
    DarfixWBError
        If it cannot be read, or its compressed data end early or are damaged.
    """
    opener = _OPENERS.get(os.path.splitext(path)[1].lower(), open)
    try:
        with opener(path, "rb") as file:
            yield file
    except EOFError as error:
        raise DarfixWBError(
            f"An EDF file must be complete, and the compressed file {path} is truncated. Copy it "
            "again, or leave it out."
        ) from error
    except (OSError, zlib.error) as error:
        raise DarfixWBError(
            f"The frames must be readable EDF files, and {path} is not one "
            f"({getattr(error, 'strerror', None) or error}). Copy it again, or leave it out."
        ) from error


def n_bytes(shape: tuple[int, int], dtype: numpy.dtype) -> int:
    """Bytes of a frame."""
    return shape[0] * shape[1] * dtype.itemsize


def _next_header(file: BinaryIO, path: str, number: int) -> dict[str, str] | None:
    """The fields of the next header, by capital names; None at the end of the file."""
    text = b""
    while not text.endswith((b"}\n", b"}\r\n")):
        line = file.readline(LONGEST_HEADER)
        text += line
        begin = text.lstrip()[:1]
        if begin not in (b"", b"{") or len(text) > LONGEST_HEADER:
            what = "cannot be read as one: it has no header"
            if number:
                what = f"is longer than its headers say: frame {number - 1} is not followed by one"
            raise DarfixWBError(
                f"The frames must be EDF files, and {path} {what}. Leave it out or copy it again."
            )
        if not line:
            if not begin:
                return None
            raise _truncated(path, f"within the header of frame {number}")
    fields = _fields(text)
    if fields is None:
        raise DarfixWBError(
            f"An EDF header must be text that gives each field once, and that of frame {number} in "
            f"{path} has no proper end or is damaged. Copy the file again, or leave it out."
        )
    return fields


def _fields(text: bytes) -> dict[str, str] | None:
    """The fields of a header; None where pixels were read as a part of it."""
    if _NO_TEXT.search(text):
        return None
    fields: dict[str, str] = {}
    for line in text.decode("latin-1").strip().removeprefix("{").removesuffix("}").split(";"):
        key, equals, value = line.partition("=")
        key = key.strip("\0 \t\r\n").upper()
        if key in fields and key in _GIVEN_ONCE:
            return None
        if equals:
            fields[key] = value.strip("\0 \t\r\n")
    return fields


def _frame(path: str, number: int, header: Mapping[str, str], start: int) -> EDFFrame:
    shape = (_integer(path, header, "DIM_2"), _integer(path, header, "DIM_1"))
    more = [key for key in header if key.startswith("DIM_") and key not in ("DIM_1", "DIM_2")]
    if min(shape) < 1 or any(header[key] != "1" for key in more):
        raise _untrue(path, number, "be of an image of two dimensions", header, *more)
    dtype, packing = _dtype(path, number, header), _packing(path, number, header)
    size = n_bytes(shape, dtype)
    in_file = _integer(path, header, "EDF_BINARYSIZE", default=header.get("SIZE", str(size)))
    if packing and not 0 < in_file <= LONGEST_FRAME:
        raise _untrue(path, number, "give the bytes of its packed frame", header)
    if not packing:
        _check_size(path, number, header, size)
    return EDFFrame(path, number, shape, dtype, header, start, in_file, packing)


def _check_size(path: str, number: int, header: Mapping[str, str], size: int) -> None:
    padded = -(-size // PADDING) * PADDING
    for key, possible in (("SIZE", (size,)), ("EDF_BINARYSIZE", (size, padded))):
        if key in header and _integer(path, header, key) not in possible:
            raise _untrue(path, number, f"agree with itself on the {size} bytes", header, key)
    if size > LONGEST_FRAME:
        raise _untrue(path, number, "be of a frame that fits into memory", header)


def _dtype(path: str, number: int, header: Mapping[str, str]) -> numpy.dtype:
    name, order = header.get("DATATYPE"), header.get("BYTEORDER", "").upper()
    if name not in DATA_TYPES:
        raise _untrue(path, number, "name a DataType of EDF", header)
    dtype = numpy.dtype(DATA_TYPES[name])
    if dtype.itemsize > 1 and order not in _BYTE_ORDERS:
        raise _untrue(path, number, "have the ByteOrder LowByteFirst or HighByteFirst", header)
    return dtype.newbyteorder(_BYTE_ORDERS.get(order, "="))


def _packing(path: str, number: int, header: Mapping[str, str]) -> str:
    name = header.get("COMPRESSION", "").upper()
    if "EDF_BINARYFILENAME" in header:
        raise _untrue(path, number, "be followed by its pixels", header, "EDF_BINARYFILENAME")
    if not name or name.startswith("NO"):
        return ""
    found = next((key for key in _UNPACKERS if key in name), None)
    if found is None:
        raise _untrue(path, number, "name a known compression", header, "COMPRESSION")
    return found


def _integer(path: str, header: Mapping[str, str], key: str, default: str = "") -> int:
    text = header.get(key, default)
    try:
        return int(text)
    except ValueError:
        raise DarfixWBError(
            f"An EDF header must have a whole number as {key.capitalize()}, got {text[:20]!r} in "
            f"{path}. Copy the file again, or leave it out."
        ) from None


def _skip(file: BinaryIO, path: str, size: int) -> None:
    if not 0 <= size <= LONGEST_FRAME:
        raise DarfixWBError(
            f"A frame cannot have the {size} bytes that a header of {path} states. Copy the file "
            "again, or leave it out."
        )
    if size:
        file.seek(size - 1, os.SEEK_CUR)
        if not file.read(1):
            raise _truncated(path, f"within the {size} bytes that its last header states")


def _truncated(path: str, where: str) -> DarfixWBError:
    return DarfixWBError(
        f"An EDF file must be complete, and {path} is truncated: it ends {where}. Copy it again, "
        "or leave it out."
    )


def _untrue(
    path: str, number: int, must: str, header: Mapping[str, str], *keys: str
) -> DarfixWBError:
    names = dict.fromkeys(("DIM_1", "DIM_2", "DATATYPE", "BYTEORDER", *keys))
    found = ", ".join(f"{key.capitalize()} = {header.get(key, 'none')[:40]}" for key in names)
    return DarfixWBError(
        f"The header of frame {number} must {must}, got {found} in {path}. Copy the file again, "
        "or leave it out."
    )
