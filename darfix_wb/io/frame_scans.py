"""Scans whose frames lie in EDF or TIFF files."""

from __future__ import annotations

import os

import numpy

from ..errors import DarfixWBError
from .dark_images import was_subtracted
from .file_series import find_series
from .frame_files import FrameFiles
from .motor_files import GivenPositions
from .paths import user_path
from .recording import Recording
from .scan_urls import ScanUrl


def frame_files_recording(
    files: type[FrameFiles], path: str | os.PathLike, *, given: GivenPositions | None = None
) -> Recording:
    """Frames and motor positions of files of one format; the frames stay in the files.

    Parameters
    ----------
    files : type of FrameFiles
        The format.
    path : str or path-like
        Folder with the files of one scan, a pattern such as ``"scan/layer03_*.edf"``, or one
        file. They are taken in the order of the numbers in their names.
    given : GivenPositions, optional
        Motor positions, which take the place of those in the files.

    Returns
    -------
    Recording
        Its dark image is the mean of those beside the frames, if there are any that fit.

    Raises
    ------
    DarfixWBError
        If no file fits, if they are of several scans, or if the files or their motor positions
        cannot be used.
    """
    series = find_series(path, suffixes=files.suffixes, kind=files.format)
    frames = files(series.files)
    positions, units = given.read(frames.shape[0]) if given else (frames.motor_positions(), {})
    dark, warnings = _mean_dark(files, series.darks, frames)
    return Recording(
        frames,
        positions,
        units=units,
        source=str(ScanUrl(str(user_path(path)), given=given)),
        dark=dark,
        warnings=(*series.warnings, *frames.warnings, *warnings),
    )


def _mean_dark(
    files: type[FrameFiles], darks: list[str], frames: FrameFiles
) -> tuple[numpy.ndarray | None, tuple[str, ...]]:
    """Mean of the dark images, ``(height, width)`` float32, and what to say about them."""
    if not darks:
        return None, ()
    one = len(darks) == 1
    where = f"{len(darks)} dark file{'' if one else 's'} beside the frames ({darks[0]}"
    where += ")" if one else f" to {os.path.basename(darks[-1])})"
    verb = "is" if one else "are"
    try:
        images = files(darks)
        total = sum(images[index].astype(numpy.float64) for index in range(images.shape[0]))
    except DarfixWBError as error:
        return None, (f"The {where} {verb} not used: {error}",)
    if images.shape[1:] != frames.shape[1:]:
        return None, (
            f"The {where} {verb} not used: the shape is {images.shape[1:]}, and that of the frames "
            f"{frames.shape[1:]}.",
        )
    dark = (total / images.shape[0]).astype(numpy.float32)
    if was_subtracted(dark, frames[0]):
        return None, (
            f"The {where} {verb} not used: brighter than the frames, from which the dark level was "
            "already subtracted.",
        )
    return dark, (
        f"The {where} {verb} taken for the dark level, which is "
        + ("this image." if images.shape[0] == 1 else f"the mean of {images.shape[0]} images."),
    )
