"""Open HDF5 files to read them without a lock, so that reading never stands in a writer's way.

Stands alone, so that `darfix_wb.io.hdf5_probe` starts quickly.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Mapping

import h5py

LOCKS_ARE_FORCED = os.environ.get("HDF5_USE_FILE_LOCKING", "FALSE") not in {"FALSE", "0"}
"""Whether h5py was imported before this package, and told by the environment to lock all files."""

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_FLAGS_AT, _SUPERBLOCK_SIZE = 11, 48
_WORD = 2**32
HELD = "file is already open for write"
"""What HDF5 says of a file that another program writes."""

_UNSHARED = {"driver": "stdio", "locking": False}
"""With the driver that no other program takes, HDF5 does not ask that all who have a file open in
this process, with a lock or without, agree."""

_LIVE = {"locking": False, "swmr": True}
_WRITTEN, _WRITTEN_LIVE = 1, 4
"""Marks that a program leaves in a file which it writes, the second where it lets others read."""


def open_unlocked(path: str | os.PathLike, **options: object) -> h5py.File:
    """Open an HDF5 file that may be open elsewhere, for writing too, in this process or another.

    Parameters
    ----------
    path : str or path-like
        HDF5 file.
    **options
        Of `h5py.File`, e.g. ``rdcc_nbytes``.

    Raises
    ------
    OSError
        Of HDF5, if it cannot be opened.
    """
    if LOCKS_ARE_FORCED:
        with contextlib.suppress(OSError):
            return _open_bytes(path, options)
    try:
        return h5py.File(path, "r", **_UNSHARED, **options)
    except OSError as error:
        if not _mark(path):
            if "(unable to open file)" in str(error):  # the usual driver says what is wrong
                return h5py.File(path, "r", locking=False, **options)
            raise
    if is_written_live(path):
        try:
            return h5py.File(path, "r", **_LIVE, **options)
        except OSError as error:
            if "locking flag values" in str(error):  # this process has it open: share what it has
                return h5py.File(path, "r", **options)
    return _open_bytes(path, options)


def is_written_live(path: str | os.PathLike) -> bool:
    """Whether a file is marked as written by a program that lets others read it (SWMR).

    HDF5 reads damaged parts of such a file again and again, and waits ever longer in between.
    """
    return bool(_mark(path) & _WRITTEN_LIVE)


def _mark(path: str | os.PathLike) -> int:
    with open(path, "rb") as file:
        block = file.read(_SUPERBLOCK_SIZE)
    return block[_FLAGS_AT] & (_WRITTEN | _WRITTEN_LIVE) if _has_mark(block) else 0


def _has_mark(block: bytes) -> bool:
    """Whether a file begins with a superblock of version 3, with offsets of 8 bytes."""
    return len(block) == _SUPERBLOCK_SIZE and block[:11] == _SIGNATURE + b"\x03\x08\x08"


def _open_bytes(path: str | os.PathLike, options: Mapping[str, object]) -> h5py.File:
    file = h5py.File(_Unmarked(path), "r", **options)
    if _refers_to_others(file):
        file.close()
        raise OSError(f"{HELD}, and takes data from other files")
    return file


def _refers_to_others(file: h5py.File) -> bool:
    """Whether some data lie in other files: HDF5 would take the bytes of this one for theirs."""

    def look(_: str, item: object) -> bool | None:
        if isinstance(item, h5py.Dataset):
            return bool(item.is_virtual or item.external) or None
        return isinstance(item, h5py.ExternalLink) or None

    return bool(file.visititems_links(look) or file.visititems(look))


class _Unmarked(io.FileIO):
    """A file in which HDF5 does not find the mark of a program that writes it.

    The mark is set where ``libver`` is "latest", and stays where that program was killed.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        super().__init__(path, "rb")
        block = super().read(_SUPERBLOCK_SIZE)
        self._block = _unmarked(block) if _has_mark(block) else b""
        self.seek(0)

    def __del__(self) -> None:
        self.close()  # HDF5 lets go of the file without closing it

    def readinto(self, buffer: bytearray | memoryview) -> int:
        start, view = self.tell(), memoryview(buffer).cast("B")
        size = 0
        while size < len(view) and (count := super().readinto(view[size:])):
            size += count
        part = self._block[start : start + size]
        view[: len(part)] = part
        return size


def _unmarked(block: bytes) -> bytes:
    """A superblock of version 3 without its mark, and with the checksum that it then has."""
    plain = block[:_FLAGS_AT] + b"\0" + block[_FLAGS_AT + 1 : _SUPERBLOCK_SIZE - 4]
    return plain + _lookup3(plain).to_bytes(4, "little")


def _lookup3(data: bytes) -> int:
    """Checksum of HDF5's metadata: ``hashlittle`` of Bob Jenkins' lookup3, begun with 0."""
    a = b = c = (0xDEADBEEF + len(data)) % _WORD
    words = [int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data), 4)]
    while len(words) > 3:
        a, b, c = a + words[0], b + words[1], c + words[2]
        for shift in (4, 6, 8, 16, 19, 4):
            a, b, c = b, (c + b) % _WORD, (a - c) % _WORD ^ _rotated(c, shift)
        words = words[3:]
    a, b, c = a + words[0], b + words[1], c
    for shift in (14, 11, 25, 16, 4, 14, 24):
        a, b, c = b, ((c ^ b) - _rotated(b, shift)) % _WORD, a
    return b


def _rotated(word: int, shift: int) -> int:
    word %= _WORD
    return (word << shift | word >> (32 - shift)) % _WORD
