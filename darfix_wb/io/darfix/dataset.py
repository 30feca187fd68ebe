"""darfix's datasets as rocking scans, and back.

Only this room imports darfix.
"""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy
from darfix.core.dataset import Dataset
from darfix.core.lazy_dataset import LazyDataset

from ...errors import DarfixWBError
from ...scan import RockingScan
from ..dark_images import was_subtracted
from ..hdf5_frames import HDF5Frames
from ..nexus import Axis
from ..pixel_axes import transformed_axes
from ..recording import Recording
from .dimensions import dimension_curves
from .positions import REMEDY, recorded_motors

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
        Name of the rocking motor; if not given, the fastest dimension, or where none is defined
        that of the scan's command or the fastest motor.

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
    recording = _recording(dataset, rocking_motor or None)
    if isinstance(dataset, LazyDataset) or not len(dataset.dims):
        scan = recording.rocking_scan(motor=rocking_motor or None)
    else:
        rocking = dimension_curves(dataset, recording, motor=rocking_motor or None)
        scan = recording.with_rocking(rocking)
    return replace(scan, dark=_dark(dataset, scan))


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


def _recording(dataset: AnyDataset, motor: str | None) -> Recording:
    lazy = isinstance(dataset, LazyDataset)
    frames = _lazy_frames(dataset) if lazy else dataset.as_array3d()
    motors = recorded_motors(dataset, frames.shape[0], motor=motor)
    return Recording(
        frames,
        motors.positions,
        motors.command,
        motors.units,
        _source(dataset),
        remedy=REMEDY,
        left_out=frames.missing if lazy else {},
        warnings=frames.warnings if lazy else (),
    )


def _lazy_frames(dataset: LazyDataset) -> HDF5Frames:
    url = dataset.detector_url
    return HDF5Frames(url.file_path(), url.data_path())


def _dark(dataset: AnyDataset, scan: RockingScan) -> numpy.ndarray | None:
    if dataset.dark_images is None:
        return None
    images = numpy.asarray(dataset.dark_images)
    dark = images.reshape(-1, *images.shape[-2:]).mean(axis=0, dtype=numpy.float64)
    if dark.shape != scan.frame_shape:
        _logger.warning("The dark images %s do not fit the frames and are ignored.", dark.shape)
        return None
    # darfix keeps the dark images after subtracting them.
    if was_subtracted(dark, numpy.asarray(scan.frames[int(scan.curves[0][0])])):
        _logger.info("The dark images were already subtracted and are ignored.")
        return None
    return dark.astype(numpy.float32)


def _source(dataset: AnyDataset) -> str:
    """URL of the frames; darfix forgets it once it has changed them, but keeps the positions'."""
    url = dataset.detector_url or dataset.metadata_url
    return url.path() if url is not None else ""
