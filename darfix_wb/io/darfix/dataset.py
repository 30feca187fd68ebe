"""darfix's datasets as rocking scans, and back.

Only this room imports darfix.
"""

from __future__ import annotations

import logging

import numpy
from darfix.core.dataset import Dataset
from darfix.core.lazy_dataset import LazyDataset

from ...errors import DarfixWBError
from ...scan import RockingScan
from ..hdf5_access import open_hdf5
from ..hdf5_frames import HDF5Frames
from ..hdf5_scan import positioner_unit
from ..motors import find_rocking
from ..nexus import Axis
from ..pixel_axes import transformed_axes
from .dimensions import dimension_curves

_logger = logging.getLogger(__name__)

AnyDataset = Dataset | LazyDataset


def scan_from_dataset(dataset: AnyDataset, *, rocking_motor: str | None = None) -> RockingScan:
    """The rocking scan in a dataset of darfix.

    Parameters
    ----------
    dataset : darfix.core.dataset.Dataset or darfix.core.lazy_dataset.LazyDataset
        Frames and motor positions, with one dimension or several; of a lazy dataset, one frame
        at a time is read from its file.
    rocking_motor : str, optional
        Name of the rocking motor; if not given, the fastest dimension, or the only motor that
        moves where no dimension is defined.

    Returns
    -------
    RockingScan
        With one curve per position of the other motors. `dark` is the mean of the dataset's dark
        images; None where they no longer fit the frames (binned) or were already subtracted.

    Raises
    ------
    DarfixWBError
        If `dataset` is none of darfix's, or if its rocking motor cannot be told.
    """
    check_dataset(dataset)
    if isinstance(dataset, LazyDataset):
        frames = _lazy_frames(dataset)
        motor, angles, curves = find_rocking(
            dataset.metadata_dict, dataset.nframes, motor=rocking_motor or None
        )
    else:
        frames = dataset.as_array3d()
        motor, angles, curves = dimension_curves(dataset, motor=rocking_motor or None)
    return RockingScan(
        frames=frames,
        angles=angles,
        motor=motor,
        unit=_unit(dataset, motor),
        curves=curves,
        dark=_dark(dataset, frames, curves),
        source=_source(dataset),
        left_out=getattr(frames, "missing", {}),
        warnings=getattr(frames, "warnings", ()),
    )


def dataset_with_frames(dataset: AnyDataset, frames: numpy.ndarray) -> Dataset:
    """A dataset with other frames, and everything else unchanged.

    Parameters
    ----------
    dataset : Dataset or LazyDataset
        Where dimensions, positions, transformation and dark images are taken from.
    frames : numpy.ndarray
        ``(n_frames, height, width)``. darfix makes this array read-only.

    Raises
    ------
    DarfixWBError
        If `dataset` is none of darfix's, or if `frames` have another shape than its own.
    """
    check_dataset(dataset)
    if isinstance(dataset, LazyDataset):
        expected = _lazy_frames(dataset).shape
    else:
        expected = dataset.as_array3d().shape
    if frames.shape != expected:
        raise DarfixWBError(
            f"New frames must have the shape {expected} of the dataset's own, got {frames.shape}. "
            "Keep one new frame for each."
        )
    if not isinstance(dataset, LazyDataset):
        return dataset.copy(new_data=frames)
    return Dataset(
        dataset.dir,
        raw_data=frames,
        detector_url=dataset.detector_url,
        title=dataset.title,
        positioners=dataset.positioners,
        dark_images=dataset.dark_images,
    )


def dataset_files(dataset: AnyDataset) -> list[str]:
    """URLs of the data that a dataset was made from, as far as darfix still knows them.

    Raises
    ------
    DarfixWBError
        If `dataset` is none of darfix's.
    """
    check_dataset(dataset)
    urls = (dataset.detector_url, dataset.metadata_url)
    return [url.path() for url in urls if url is not None]


def dataset_directory(dataset: AnyDataset) -> str:
    """Folder in which darfix keeps what it makes of the dataset."""
    check_dataset(dataset)
    return str(dataset.dir)


def pixel_axes(dataset: AnyDataset) -> tuple[Axis, Axis] | None:
    """Positions of the rows and of the columns, once darfix knows the pixel size.

    Returns
    -------
    tuple of Axis, or None
        Rows, then columns: ``(height,)`` and ``(width,)`` float64, in um (magnification) or
        degree (reciprocal space). None where the dataset has no transformation, or one that no
        longer fits its frames.

    Raises
    ------
    DarfixWBError
        If `dataset` is none of darfix's.
    """
    check_dataset(dataset)
    transformation = getattr(dataset, "transformation", None)
    return None if transformation is None else transformed_axes(transformation, dataset.frame_shape)


def check_dataset(dataset: object) -> None:
    """Refuse what is not a darfix dataset.

    Raises
    ------
    DarfixWBError
        With the type that was found.
    """
    if not isinstance(dataset, AnyDataset):
        raise DarfixWBError(
            f"The dataset must be a darfix dataset, got {type(dataset).__name__}. Connect a darfix "
            "task that outputs a dataset, e.g. 'HDF5 data selection'."
        )


def _lazy_frames(dataset: LazyDataset) -> HDF5Frames:
    url = dataset.detector_url
    return HDF5Frames(url.file_path(), url.data_path())


def _dark(
    dataset: AnyDataset, frames: HDF5Frames | numpy.ndarray, curves: numpy.ndarray
) -> numpy.ndarray | None:
    if dataset.dark_images is None:
        return None
    images = numpy.asarray(dataset.dark_images)
    dark = images.reshape(-1, *images.shape[-2:]).mean(axis=0, dtype=numpy.float64)
    if dark.shape != tuple(frames.shape[1:]):
        _logger.warning("The dark images %s do not fit the frames and are ignored.", dark.shape)
        return None
    # darfix keeps the dark images after subtracting them. What still has its dark lies above it
    # at the end of the curve, where the crystal hardly diffracts.
    faint = numpy.asarray(frames[int(curves[0, 0])])
    if numpy.median(faint) < numpy.median(dark) / 2:
        _logger.info("The dark images were already subtracted and are ignored.")
        return None
    return dark.astype(numpy.float32)


def _unit(dataset: AnyDataset, motor: str) -> str:
    url = dataset.metadata_url
    if url is None:
        return ""
    try:
        with open_hdf5(url.file_path()) as file:
            return positioner_unit(file[url.data_path()], motor)
    except DarfixWBError:  # the dataset may have outlived its file
        return ""


def _source(dataset: AnyDataset) -> str:
    """URL of the frames; darfix forgets it once it has changed them, but keeps the positions'."""
    url = dataset.detector_url or dataset.metadata_url
    return url.path() if url is not None else ""
