"""Output files that appear only when they are complete, and never replace another by accident."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import h5py

from ..errors import DarfixWBError
from .output_names import HDF5_SUFFIXES, check_ours, check_suffix
from .paths import user_path

PROTECTED_FOLDER = "RAW_DATA"

_BLOCK_SIZE = 2**20

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class InputFile(NamedTuple):
    """A file that the run reads, which its output must not replace; from `input_files`.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    meaning : str
        What the file is to the run, e.g. ``"is the scan"``.
    """

    path: Path
    meaning: str


def check_output(
    path: str | os.PathLike,
    *,
    overwrite: bool = False,
    inputs: Sequence[InputFile] = (),
    suffixes: Sequence[str] = (),
    only_ours: bool = True,
) -> Path:
    """Refuse a file that could not be written, before the work whose result it takes.

    Parameters
    ----------
    path : str or path-like
        File to write. Its folder need not exist yet.
    overwrite : bool
        Whether a file that exists may be replaced.
    inputs : sequence of InputFile
        Files that the run reads, which may never be replaced.
    suffixes : sequence of str
        What the name must end in, e.g. `HDF5_SUFFIXES`; anything if not given.
    only_ours : bool
        Whether an HDF5 file that another program wrote may never be replaced.

    Returns
    -------
    pathlib.Path
        The absolute path.

    Raises
    ------
    DarfixWBError
        If the file is one of `inputs`, by whatever name or link, if it exists and `overwrite` is
        False or another program wrote it, if it is a folder, has another suffix or lies below a
        folder named ``RAW_DATA``, or if its folder cannot be written.
    """
    target = user_path(path)
    try:
        _check_place(target)
        _check_free(target, overwrite, inputs)
        check_suffix(target, suffixes)
        if suffixes == HDF5_SUFFIXES and only_ours:
            check_ours(target)
        folder = next(parent for parent in target.parents if parent.exists())
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise DarfixWBError(
            f"The folder of the output must be writable, got {target.parent} "
            f"({error.strerror}). Choose another folder."
        ) from error
    return target


@contextmanager
def new_file(
    path: str | os.PathLike,
    *,
    overwrite: bool = False,
    inputs: Sequence[InputFile] = (),
    suffixes: Sequence[str] = (),
    only_ours: bool = True,
) -> Iterator[Path]:
    """Write a file under a temporary name next to `path`, and rename it when it is complete.

    Whatever goes wrong in the ``with`` block, cancelling included, the temporary file is removed
    and a file that was there before stays as it is. Missing folders are created.

    Parameters
    ----------
    path : str or path-like
        File to write.
    overwrite : bool
        Whether a file that exists may be replaced.
    inputs : sequence of InputFile
        As in `check_output`; checked before the ``with`` block and after it.
    suffixes, only_ours
        As in `check_output`.

    Yields
    ------
    pathlib.Path
        The temporary name to write to.

    Raises
    ------
    DarfixWBError
        As `check_output`, and if the disk is full.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with new_file(folder / "maps" / "note.txt") as partial:
    ...     _ = partial.write_text("complete")
    >>> (folder / "maps" / "note.txt").read_text()
    'complete'
    """
    target = check_output(
        path, overwrite=overwrite, inputs=inputs, suffixes=suffixes, only_ours=only_ours
    )
    partial = target.with_name(f".{target.stem}-{uuid.uuid4().hex[:8]}.part{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        _to_disk(partial)
        _check_free(target, overwrite, inputs)
        os.replace(partial, target)
    except BaseException as error:
        partial.unlink(missing_ok=True)
        if is_disk_full(error):
            raise DarfixWBError(
                f"There must be room for the output, and the disk or quota of {target.parent} is "
                f"full. {target.name} was not written: free some space or choose another "
                "folder."
            ) from error
        raise


@contextmanager
def new_hdf5(
    path: str | os.PathLike, *, overwrite: bool = False, inputs: Sequence[InputFile] = ()
) -> Iterator[h5py.File]:
    """Write an HDF5 file, which appears under its name when it is complete.

    The file is made in memory, because HDF5 ends the whole program (segmentation fault on close)
    where a disk fills while it writes compressed data. For results, not for frames: write those
    with `new_file` after `check_room`.

    Parameters
    ----------
    path : str or path-like
        File to write.
    overwrite : bool
        Whether a file that exists may be replaced.
    inputs : sequence of InputFile
        As in `new_file`.

    Yields
    ------
    h5py.File
        The empty file.

    Raises
    ------
    DarfixWBError
        As `new_file`.
    """
    with new_file(path, overwrite=overwrite, inputs=inputs, suffixes=HDF5_SUFFIXES) as partial:
        with h5py.File(
            partial.name, "w", driver="core", backing_store=False, block_size=_BLOCK_SIZE
        ) as file:
            yield file
            file.flush()
            image = file.id.get_file_image()
        partial.write_bytes(image)


def check_room(path: str | os.PathLike, n_bytes: int) -> None:
    """Refuse an output for which the disk has no room.

    Raises
    ------
    DarfixWBError
        With the room that is needed and the room that is free.
    """
    folder, free = free_disk(path)
    if n_bytes > free:
        raise DarfixWBError(
            f"The output needs {n_bytes / 1e6:.0f} MB, and the disk of {folder} has "
            f"{free / 1e6:.0f} MB free. Free some space or choose another folder."
        )


def free_disk(path: str | os.PathLike) -> tuple[Path, int]:
    """The folder in which an output will lie, or the next one above that exists; its free bytes."""
    folder = next(parent for parent in user_path(path).parents if parent.exists())
    return folder, shutil.disk_usage(folder).free


def is_disk_full(error: BaseException | None) -> bool:
    """Whether an error, or what caused it, is a full disk, quota or file size limit.

    HDF5 reports it as text in errors of other kinds, and silx wraps those once more.
    """
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        text = str(error)
        if isinstance(error, OSError | RuntimeError) and any(
            f"errno = {code}," in text or os.strerror(code) in text for code in _FULL
        ):
            return True
        seen.append(error)
        error = error.__cause__ or error.__context__
    return False


def _check_free(target: Path, overwrite: bool, inputs: Sequence[InputFile]) -> None:
    for file in inputs:
        if _is_same(target, file.path):
            raise DarfixWBError(
                f"The output must not be a file that the run reads, got {target}, which "
                f"{file.meaning}. Choose another name."
            )
    if target.exists() and not overwrite:
        raise DarfixWBError(
            f"The output must be a new file, and {target} exists. Choose another name, or set "
            "overwrite to true."
        )


def _is_same(target: Path, path: Path) -> bool:
    """Whether two names are one file, hard links included; it need not exist yet."""
    if os.path.exists(target) and os.path.exists(path):
        return os.path.samefile(target, path)
    return os.path.realpath(target) == os.path.realpath(path)


def _check_place(target: Path) -> None:
    if PROTECTED_FOLDER in target.parts or PROTECTED_FOLDER in target.resolve().parts:
        raise DarfixWBError(
            f"Nothing may be written below a folder named {PROTECTED_FOLDER}, got {target}. "
            "Choose a folder for processed data."
        )
    if target.is_dir():
        raise DarfixWBError(f"The output must be a file, got the folder {target}. Add a file name.")


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
