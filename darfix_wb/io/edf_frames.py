"""Rocking scans of EDF files, one frame per file, as ID06 wrote them before BLISS."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Sequence
from pathlib import Path

import fabio
import numpy

from ..errors import DarfixWBError
from ..scan import RockingScan
from .motors import find_rocking

SUFFIXES = (".edf", ".edf.gz", ".edf.bz2")


class EDFFrames:
    """Frames of EDF files, each read when it is asked for.

    Parameters
    ----------
    files : sequence of str or path-like
        One frame each, in the order of acquisition.

    Attributes
    ----------
    shape : tuple of int
        ``(n_frames, height, width)``.
    dtype : numpy.dtype
        Common type of all files.
    positions : dict of str to numpy.ndarray
        ``(n_frames,)`` float64 by motor, from the headers' ``motor_mne`` and ``motor_pos``; NaN
        where a header does not name the motor.

    Raises
    ------
    DarfixWBError
        If there is no file, if one is no EDF file, truncated or of several frames, or if their
        shapes differ.
    """

    def __init__(self, files: Sequence[str | os.PathLike]) -> None:
        self.files = [str(Path(file).absolute()) for file in files]
        if not self.files:
            raise DarfixWBError("There must be at least one EDF file, got none. Give their folder.")
        headers = [_read_header(file) for file in self.files]
        shapes = [shape for shape, _, _ in headers]
        self._check_shapes(shapes)
        self.shape = (len(self.files), *shapes[0])
        self.dtype = numpy.result_type(*{dtype for _, dtype, _ in headers})
        names = sorted({name for _, _, motors in headers for name in motors})
        self.positions = {
            name: numpy.array([motors.get(name, numpy.nan) for _, _, motors in headers])
            for name in names
        }

    def __getitem__(self, index: int) -> numpy.ndarray:
        """Frame `index`, ``(height, width)``."""
        with _open(self.files[index]) as image:
            return image.data.astype(self.dtype, copy=False)

    def _check_shapes(self, shapes: list[tuple[int, int]]) -> None:
        for file, shape in zip(self.files, shapes, strict=True):
            if shape != shapes[0]:
                raise DarfixWBError(
                    f"All EDF files of a scan must have the shape of the first {shapes[0]}, got "
                    f"{shape} in {file}. Give the files of one scan only."
                )


def open_edf_scan(folder_or_pattern: str | os.PathLike, *, motor: str | None = None) -> RockingScan:
    """Open a rocking scan of EDF files; its frames stay in the files.

    Parameters
    ----------
    folder_or_pattern : str or path-like
        Folder with the files of one scan, or a pattern such as ``"scan/layer03_*.edf"``. The
        files are taken in the order of the numbers in their names.
    motor : str, optional
        Rocking motor; needed only where several move without stepping over a grid.

    Raises
    ------
    DarfixWBError
        If no file fits, or if the files or their motor positions cannot be used.
    """
    frames = EDFFrames(edf_files(folder_or_pattern))
    name, angles, curves = find_rocking(frames.positions, frames.shape[0], motor=motor)
    source = str(Path(folder_or_pattern).expanduser().absolute())
    return RockingScan(frames, angles, name, "", curves, source=source)


def edf_files(folder_or_pattern: str | os.PathLike) -> list[str]:
    """The EDF files of a folder or pattern, in the order of the numbers in their names.

    Raises
    ------
    DarfixWBError
        If there is none.
    """
    path = Path(folder_or_pattern).expanduser()
    if path.is_dir():
        files = [str(file) for file in path.iterdir() if file.name.lower().endswith(SUFFIXES)]
    else:
        files = glob.glob(str(path))
    if not files:
        raise DarfixWBError(
            f"There must be at least one EDF file, and {path} gives none. Correct the folder or "
            "the pattern."
        )
    return sorted(files, key=_natural_order)


def _natural_order(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def _read_header(file: str) -> tuple[tuple[int, int], numpy.dtype, dict[str, float]]:
    with _open(file) as image:
        return image.shape, numpy.dtype(image.dtype), _motors(image.header, file)


def _motors(header: dict, file: str) -> dict[str, float]:
    names = header.get("motor_mne", "").split()
    values = header.get("motor_pos", "").split()
    try:
        return {name: float(value) for name, value in zip(names, values, strict=True)}
    except ValueError as error:
        raise DarfixWBError(
            f"An EDF header must have one number in motor_pos for each name in motor_mne, got "
            f"{len(values)} and {len(names)} in {file}. Leave the file out or correct its header."
        ) from error


def _open(file: str) -> fabio.edfimage.EdfImage:
    try:
        image = fabio.edfimage.EdfImage().read(file)
    except Exception as error:  # fabio raises bare Exception and OSError
        raise DarfixWBError(
            f"The frames must be EDF files, and {file} cannot be read as one ({error}). Leave it "
            "out or copy it again."
        ) from error
    if image.incomplete_file or image.nframes != 1:
        what = "is truncated" if image.incomplete_file else f"has {image.nframes} frames"
        image.close()
        raise DarfixWBError(
            f"An EDF file must have one complete frame, and {file} {what}. Copy it again, or "
            "leave it out."
        )
    return image
