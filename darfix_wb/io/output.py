"""Files that appear only when they are complete, and never in place of another by accident."""

from __future__ import annotations

import errno
import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import DarfixWBError

PROTECTED_FOLDER = "RAW_DATA"

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def check_output(path: str | os.PathLike, overwrite: bool = False) -> Path:
    """Refuse a file that could not be written, before the work whose result it takes.

    Parameters
    ----------
    path : str or path-like
        File to write. Its folder need not exist yet.
    overwrite : bool
        Whether a file that exists may be replaced.

    Returns
    -------
    pathlib.Path
        The absolute path.

    Raises
    ------
    DarfixWBError
        If the file exists and `overwrite` is False, if it is a folder or lies below a folder
        named ``RAW_DATA``, or if its folder cannot be written.
    """
    target = Path(path).expanduser().absolute()
    if PROTECTED_FOLDER in target.parts or PROTECTED_FOLDER in target.resolve().parts:
        raise DarfixWBError(
            f"Nothing may be written below a folder named {PROTECTED_FOLDER}, got {target}. "
            "Choose a folder for processed data."
        )
    if target.is_dir():
        raise DarfixWBError(f"The output must be a file, got the folder {target}. Add a file name.")
    _check_free(target, overwrite)
    _check_writable(target)
    return target


@contextmanager
def new_file(path: str | os.PathLike, overwrite: bool = False) -> Iterator[Path]:
    """Write a file under a temporary name beside `path`, and rename it when it is complete.

    Whatever goes wrong in the ``with`` block, cancelling included, the temporary file is removed
    and a file that was there before stays as it is. Missing folders are created.

    Parameters
    ----------
    path : str or path-like
        File to write.
    overwrite : bool
        Whether a file that exists may be replaced.

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
    target = check_output(path, overwrite)
    partial = target.with_name(f".{target.stem}-{uuid.uuid4().hex[:8]}.part{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        _to_disk(partial)
        _check_free(target, overwrite)
        os.replace(partial, target)
    except BaseException as error:
        partial.unlink(missing_ok=True)
        if is_disk_full(error):
            raise DarfixWBError(
                f"There must be room for the output, and the disk or quota of {target.parent} is "
                f"full. Nothing was left of {target.name}: free some space or choose another "
                "folder."
            ) from error
        raise


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


def _check_free(target: Path, overwrite: bool) -> None:
    if target.exists() and not overwrite:
        raise DarfixWBError(
            f"The output must be a new file, and {target} exists. Choose another name, or set "
            "overwrite."
        )


def _check_writable(target: Path) -> None:
    folder = next(parent for parent in target.parents if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise DarfixWBError(
            f"The output's folder must be one that can be written, got {folder} "
            f"({error.strerror}). Choose another folder."
        ) from error


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
