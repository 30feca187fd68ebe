"""What an output may be called, and which files it may take the place of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import h5py

from ..errors import DarfixWBError
from .hdf5_access import open_hdf5

HDF5_SUFFIXES = (".h5", ".hdf5", ".nxs", ".nx")

MODEL_SUFFIXES = (".safetensors",)

PROGRAM = "darfix-wb"


def check_suffix(path: Path, suffixes: Sequence[str]) -> None:
    """Refuse a name from which other programs could not tell what the file is.

    Parameters
    ----------
    path : pathlib.Path
        File to write.
    suffixes : sequence of str
        What its name may end in, in small or capital letters; anything if there are none.

    Raises
    ------
    DarfixWBError
        If it ends in something else.
    """
    if not suffixes or path.suffix.lower() in suffixes:
        return
    raise DarfixWBError(
        f"The name of the output must end in {' or '.join(suffixes)}, got {path}. Choose another "
        f"name, e.g. {(path.stem or path.name).lstrip('.') or 'output'}{suffixes[0]}."
    )


def check_ours(path: Path) -> None:
    """Refuse to replace an HDF5 file of another program, e.g. darfix's maps or a scan.

    Parameters
    ----------
    path : pathlib.Path
        File to be replaced; it need not exist, and what is no HDF5 may be replaced.

    Raises
    ------
    DarfixWBError
        If it is an HDF5 file and does not say that darfix-wb wrote it.
    """
    if not h5py.is_hdf5(path) or _is_ours(path):
        return
    raise DarfixWBError(
        f"Only files of darfix-wb may be replaced, and {path} was written by another program or is "
        "damaged. Choose another name, or delete that file first."
    )


def _is_ours(path: Path) -> bool:
    try:
        with open_hdf5(path) as file:
            return any(PROGRAM in text for text in _programs(file))
    except (DarfixWBError, KeyError, OSError, RuntimeError):
        return False


def _programs(file: h5py.File) -> list[str]:
    """Who wrote the file, as it says itself."""
    processes = list((file.get("entry") or {}).values())
    programs = [one.get("program") for one in processes if isinstance(one, h5py.Group)]
    named = [one.asstr()[()] for one in programs if isinstance(one, h5py.Dataset)]
    return [str(file.attrs.get("creator", "")), *map(str, named)]
