"""HDF5 files and the stacks of frames in them, with what can be wrong with either."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401  registers bitshuffle, blosc...

from ..errors import DarfixWBError
from .paths import user_path


@contextmanager
def open_hdf5(path: str | os.PathLike) -> Iterator[h5py.File]:
    """Open an HDF5 file to read it.

    Raises
    ------
    DarfixWBError
        If it is missing, no HDF5 file, or truncated.
    """
    path = user_path(path)
    if not path.is_file():
        raise DarfixWBError(f"The file must exist, and {path} does not. Correct its name.")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise cannot_open(path, error) from error
    with file:
        yield file


def find_stack(file: h5py.File, data_path: str) -> h5py.Dataset:
    """The 3D data set `data_path` of an open file.

    Raises
    ------
    DarfixWBError
        If it is missing, not 3D, or not numbers; names those that are.
    """
    try:
        dataset = file[data_path]
    except (KeyError, OSError, ValueError) as error:
        elsewhere = _linked_file(file, data_path)
        if elsewhere is not None:
            raise DarfixWBError(
                f"The data set {data_path!r} of {file.filename} lies in {elsewhere}, which must "
                "exist and does not. Copy it too."
            ) from error
        raise DarfixWBError(
            f"The file must have the data set {data_path!r}, and {file.filename} has none that "
            f"can be opened ({first_line(error)}). {_offer(file)}"
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


def _offer(file: h5py.File) -> str:
    stacks: list[str] = []
    file.visititems(lambda name, item: stacks.append(f"/{name}") if is_stack(item) else None)
    if not stacks:
        return "It has no 3D data set at all: choose another file."
    return f"Choose one of its 3D data sets: {', '.join(stacks)}."


def check_complete(dataset: h5py.Dataset) -> None:
    """Refuse missing parts, which HDF5 would give out as zeros.

    Raises
    ------
    DarfixWBError
        If blocks of the data set were never written, or files that it refers to are missing.
    """
    if dataset.is_virtual:
        folder = Path(dataset.file.filename).parent
        sources = {source.file_name for source in dataset.virtual_sources()} - {"."}
        missing = sorted(name for name in sources if not (folder / name).exists())
        if missing:
            raise DarfixWBError(
                f"All files with frames of {dataset.file.filename} must exist, and "
                f"{len(missing)} do not, e.g. {missing[0]}. Copy them to the same folder."
            )
    elif dataset.chunks is not None:
        expected = n_chunks(dataset.shape, dataset.chunks)
        written = dataset.id.get_num_chunks()
        if written < expected:
            raise DarfixWBError(
                f"All frames of {dataset.name!r} must have been written, and only {written} of "
                f"{expected} blocks of them are in {dataset.file.filename}. Choose a scan that "
                "was recorded to its end."
            )


def n_chunks(shape: tuple[int, ...], chunks: tuple[int, ...]) -> int:
    """Number of chunks in a data set of this shape."""
    return math.prod(-(-side // chunk) for side, chunk in zip(shape, chunks, strict=True))


def cannot_open(path: str | os.PathLike, error: OSError) -> DarfixWBError:
    """What is wrong with a file that HDF5 refuses to open."""
    if "signature not found" in str(error):
        return DarfixWBError(
            f"The file must be an HDF5 file, and {path} is not one. Choose an .h5 or .nxs file."
        )
    if "truncated" in str(error):
        return DarfixWBError(
            f"The file must be complete, and {path} is truncated. Copy it again from its source."
        )
    return DarfixWBError(
        f"The file must be readable, and {path} is not ({first_line(error)}). Check its "
        "permissions, and that no program is writing it."
    )


def first_line(error: BaseException) -> str:
    """The first line of an error's text; HDF5's have many."""
    return str(error.args[0] if error.args else error).splitlines()[0]
