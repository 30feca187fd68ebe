"""Images in TIFF files, for programs that read no HDF5."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy
from fabio.tifimage import TifImage

from .output import InputFile, check_output, new_file


def save_tiff_files(
    path: str | os.PathLike,
    images: Mapping[str, numpy.ndarray],
    *,
    overwrite: bool = False,
    inputs: Sequence[InputFile] = (),
) -> list[Path]:
    """Write each image to a file of its own, ``<stem of path>_<name>.tif``.

    Parameters
    ----------
    path : str or path-like
        Folder and beginning of the names; an ending ``.tif`` or ``.tiff`` is left out.
    images : mapping of str to numpy.ndarray
        ``(height, width)``; floats are written as float32 (NaN stays NaN), bool as 0 and 255.
    overwrite : bool
        Whether files that exist may be replaced.
    inputs : sequence of InputFile
        Files that may never be replaced, as in `darfix_wb.io.output.check_output`.

    Returns
    -------
    list of pathlib.Path
        The files, in the order of `images`.

    Raises
    ------
    DarfixWBError
        As `darfix_wb.io.output.new_file`; nothing is written if one of the files may not be.
    """
    stem = Path(path)
    if stem.suffix.lower() in (".tif", ".tiff"):
        stem = stem.with_suffix("")
    targets = [
        check_output(stem.with_name(f"{stem.name}_{name}.tif"), overwrite=overwrite, inputs=inputs)
        for name in images
    ]
    for target, image in zip(targets, images.values(), strict=True):
        with new_file(target, overwrite=overwrite, inputs=inputs) as partial:
            TifImage(data=_plain(image)).write(str(partial))
    return targets


def _plain(image: numpy.ndarray) -> numpy.ndarray:
    if image.dtype == bool:
        return image.astype(numpy.uint8) * numpy.uint8(255)
    return image.astype(numpy.float32) if image.dtype.kind == "f" else image
