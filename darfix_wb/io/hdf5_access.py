"""HDF5 files and the stacks of frames in them, with what can be wrong with either."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401  registers bitshuffle, blosc...

from ..errors import DarfixWBError
from .hdf5_look import check_sound, what_to_do
from .hdf5_unlocked import HELD, open_unlocked
from .paths import user_path

READING_ERRORS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What libraries raise where a file is not what they expect; also that an item is of another kind,
which has other methods."""


@contextmanager
def open_hdf5(path: str | os.PathLike, *, looked_at: bool = False) -> Iterator[h5py.File]:
    """Open an HDF5 file to read it; errors of libraries inside the ``with`` block are its damage.

    No lock is taken, so that a program may have it open to write it, or come to write it.

    Parameters
    ----------
    path, looked_at
        As of `open_file`.

    Raises
    ------
    DarfixWBError
        If it is missing, no HDF5 file, truncated, or damaged.
    """
    with open_file(path, looked_at=looked_at) as file:
        try:
            yield file
        except DarfixWBError:
            raise
        except READING_ERRORS as error:
            raise _damaged(path, error) from error


def open_file(path: str | os.PathLike, *, looked_at: bool = False, **options: object) -> h5py.File:
    """Open an HDF5 file to keep it open; for the rest, `open_hdf5`.

    Parameters
    ----------
    path : str or path-like
        The file.
    looked_at : bool
        Whether a file that refers to it was opened, and it was looked at with that.
    **options
        Of `h5py.File`.

    Raises
    ------
    DarfixWBError
        If it is missing, no HDF5 file, truncated, or damaged.
    """
    path = user_path(path)
    if not path.is_file():
        raise DarfixWBError(f"The file must exist, and {path} does not. Correct its name.")
    if not looked_at:
        check_sound(path)
    try:
        return open_unlocked(path, **options)
    except READING_ERRORS as error:
        raise cannot_open(path, error) from error


def find_stack(file: h5py.File, data_path: str) -> h5py.Dataset:
    """The 3D data set `data_path` of an open file.

    Raises
    ------
    DarfixWBError
        If it is missing, not 3D, or not numbers; names those that are.
    """
    try:
        dataset = file[data_path]
    except (KeyError, OSError, RuntimeError, ValueError) as error:
        elsewhere = _linked_file(file, data_path)
        if elsewhere is not None:
            raise DarfixWBError(
                f"The data set {data_path!r} of {file.filename} lies in {elsewhere}, which must "
                f"exist and have it ({reason(error)}). Copy it too."
            ) from error
        raise DarfixWBError(
            f"The file must have the data set {data_path!r}, and {file.filename} has none that "
            f"can be opened ({reason(error)}). {_offer(file)}"
        ) from error
    if not is_stack(dataset):
        found = getattr(dataset, "shape", "a group")
        raise DarfixWBError(
            f"The frames must be a 3D data set of numbers, got {data_path!r} ({found}) in "
            f"{file.filename}. {_offer(file)}"
        )
    return dataset


def is_stack(item: object) -> bool:
    """Whether an HDF5 item is a 3D data set of numbers."""
    return isinstance(item, h5py.Dataset) and item.ndim == 3 and item.dtype.kind in "uif"


def find_file(referring: str | os.PathLike, name: str) -> Path | None:
    """A file to which an HDF5 file refers; None if there is none.

    HDF5 looks next to the file that refers to it, then here; and for its last name, if it moved.
    """
    path = Path(referring)
    folders = (path.parent, Path(os.path.realpath(path)).parent, Path.cwd())
    places = [folder / name for folder in folders]
    places += [folder / Path(name).name for folder in folders[:2]]
    return next((place for place in places if place.is_file()), None)


def _linked_file(file: h5py.File, data_path: str) -> str | None:
    """Name of the file to which a broken link on the way to `data_path` points."""
    names = data_path.strip("/").split("/")
    for depth in range(1, len(names) + 1):
        link = file.get("/".join(names[:depth]), getlink=True)
        if isinstance(link, h5py.ExternalLink):
            return link.filename
        if "/".join(names[:depth]) not in file:
            break
    return None


def stack_names(file: h5py.File) -> list[str]:
    """All 3D data sets of numbers in a file."""
    names: list[str] = []
    file.visititems(lambda name, item: names.append(f"/{name}") if is_stack(item) else None)
    return names


def _offer(file: h5py.File) -> str:
    names = stack_names(file)
    if not names:
        return "It has no 3D data set at all: choose another file."
    return f"Choose one of its 3D data sets: {', '.join(names)}."


def cannot_open(path: str | os.PathLike, error: BaseException) -> DarfixWBError:
    """What is wrong with a file that HDF5 refuses to open."""
    text = str(error)
    if "signature not found" in text:
        return DarfixWBError(
            f"The file must be an HDF5 file, and {path} is not one. Choose an .h5 or .nxs file."
        )
    if "truncated" in text:
        return DarfixWBError(
            f"The file must be complete, and {path} is truncated. Copy it again from its source."
        )
    if HELD in text or "unable to lock" in text:
        return DarfixWBError(
            f"The file must be readable, and {path} is held open by a program that is writing it, "
            "or that was "
            "stopped while it did. Wait until it has closed the file; if none has it open, run "
            f"'h5clear -s {path}' on a copy."
        )
    if isinstance(error, PermissionError):
        return DarfixWBError(
            f"The file must be readable, and {path} is not ({reason(error)}). Correct its "
            "permissions."
        )
    return _damaged(path, error)


def reason(error: BaseException) -> str:
    """Why a library cannot read a file, in words: HDF5's own, or what an error number means."""
    text = " ".join(str(error.args[-1] if error.args else "").split())
    number = re.search(r"errno = (\d+)", text)
    if number or (isinstance(error, OSError) and error.errno and not text):
        return os.strerror(int(number[1]) if number else error.errno).lower()
    inner = re.search(r"\((.*)\)", text)
    return (inner[1] if inner else text) or type(error).__name__


def _damaged(path: str | os.PathLike, error: BaseException) -> DarfixWBError:
    return DarfixWBError(
        f"The file must be whole, and {path} is damaged: HDF5 cannot read it "
        f"({reason(error)}). {what_to_do(path)}"
    )


def n_chunks(shape: tuple[int, ...], chunks: tuple[int, ...]) -> int:
    """Number of chunks in a data set of this shape."""
    return math.prod(-(-side // chunk) for side, chunk in zip(shape, chunks, strict=True))
