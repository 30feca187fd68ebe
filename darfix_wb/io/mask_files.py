"""Masks of invalid pixels in files, as silx, pyFAI and darfix save them."""

from __future__ import annotations

import os

import fabio
import h5py
import numpy

from ..errors import DarfixWBError
from ..pixels import GivenMask
from .hdf5_access import READING_ERRORS, open_hdf5
from .paths import user_path
from .scan_urls import parse_scan_url

HDF5_SUFFIXES = (".h5", ".hdf5", ".nxs", ".nx")


def read_mask(path: str | os.PathLike) -> GivenMask:
    """Read a mask, whose pixels other than 0 are invalid.

    Parameters
    ----------
    path : str or path-like
        A ``.npy`` file; an HDF5 file with one image, or the data URL of one; or an image file, e.g.
        EDF or TIFF.

    Returns
    -------
    GivenMask
        ``(height, width)`` bool, and where it is from.

    Raises
    ------
    DarfixWBError
        If the file cannot be read, or does not hold one image.
    """
    url = parse_scan_url(path)
    file = user_path(url.path)
    if not file.is_file():
        raise DarfixWBError(f"The mask file must exist, and {file} does not. Correct its name.")
    try:
        if url.data_path or file.suffix.lower() in HDF5_SUFFIXES:
            values = _read_hdf5(str(file), url.data_path)
        elif file.suffix.lower() == ".npy":
            values = numpy.load(file, allow_pickle=False)
        else:
            with fabio.open(str(file)) as image:
                values = image.data
        pixels = numpy.nan_to_num(numpy.asarray(values)).astype(bool)
    except DarfixWBError:
        raise
    except Exception as error:  # fabio raises errors of any kind
        raise DarfixWBError(
            f"The mask must be an image in a .npy, HDF5, EDF or TIFF file, and {file} cannot be "
            f"read as one ({error}). Save it again."
        ) from error
    if pixels.ndim != 2:
        raise DarfixWBError(
            f"The mask must be one image (height, width), got {pixels.shape} in {file}. Give one."
        )
    return GivenMask(pixels, str(path))


def _read_hdf5(file_path: str, data_path: str | None) -> numpy.ndarray:
    with open_hdf5(file_path) as file:
        images: list[str] = []
        file.visititems(lambda name, item: images.append(name) if _is_image(item) else None)
        if data_path is None and len(images) != 1:
            found = ", ".join(f"/{name}" for name in images) or "none"
            raise DarfixWBError(
                f"The mask file must have one image, or a data path must be given "
                f"(file.h5::/path), and {file_path} has: {found}."
            )
        try:
            return file[data_path or images[0]][()]
        except READING_ERRORS as error:
            raise DarfixWBError(
                f"The mask must be readable, and {data_path} of {file_path} is not. Correct the "
                "path."
            ) from error


def _is_image(item: object) -> bool:
    return isinstance(item, h5py.Dataset) and item.ndim == 2
