"""Motor positions of a dataset, from darfix and from the file that it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import h5py
import numpy
from darfix.core.lazy_dataset import LazyDataset

from ...errors import DarfixWBError
from ..hdf5_access import open_hdf5
from ..hdf5_positions import POSITIONERS, EntryMotors
from ..motors import ScanCommand

if TYPE_CHECKING:
    from .dataset import AnyDataset

REMEDY = (
    "Set 'metadata path (positioners)' in darfix's 'HDF5 data selection' (raw_metadata_path), e.g. "
    "to /1.1/instrument/positioners, or define the dimensions with darfix's 'Dimension definition'."
)
"""What to do about a dataset without motor positions."""


def recorded_motors(dataset: AnyDataset, n_frames: int, *, motor: str | None = None) -> EntryMotors:
    """Motors of a dataset, with those that darfix does not read.

    darfix reads one group of the file, and leaves aside a motor that is recorded elsewhere. What
    the file has of the scan is added where the dataset still has all of its frames.

    Parameters
    ----------
    dataset : Dataset or LazyDataset
        Its positions win over those of the file.
    n_frames : int
        Number of its frames.
    motor : str, optional
        A motor that the user named.
    """
    own = {name: numpy.asarray(values) for name, values in dataset.metadata_dict.items()}
    group, file = _group_and_file(dataset)
    recorded = _of_file(file, group, n_frames, motor)
    if recorded is None:
        return EntryMotors(own, {}, ScanCommand(), "")
    if group.rstrip("/").rpartition("/")[2] not in POSITIONERS:  # has counters beside motors
        own = {name: values for name, values in own.items() if name in recorded.positions}
    if not _still_fits(own, recorded.positions):
        return EntryMotors(own, recorded.units, recorded.command, recorded.title)
    is_lazy = isinstance(dataset, LazyDataset)
    # Positions that were dropped with their frames cannot be told from those of a stopped scan.
    more = {
        name: values
        for name, values in recorded.positions.items()
        if is_lazy or values.size == n_frames
    }
    return EntryMotors({**more, **own}, recorded.units, recorded.command, recorded.title)


def _group_and_file(dataset: AnyDataset) -> tuple[str, str]:
    url = dataset.metadata_url or dataset.detector_url
    return ("", "") if url is None else (url.data_path() or "", url.file_path() or "")


def _of_file(file: str, group: str, n_frames: int, motor: str | None) -> EntryMotors | None:
    entry = group.strip("/").split("/")[0]
    if not entry:
        return None
    try:
        with open_hdf5(file) as opened:
            item = opened.get(entry)
            return EntryMotors.read(item, n_frames, motor=motor) if _is_scan(item) else None
    except (DarfixWBError, OSError, KeyError, RuntimeError):  # it may have outlived its file
        return None


def _is_scan(item: object) -> bool:
    return isinstance(item, h5py.Group) and ("instrument" in item or "measurement" in item)


def _still_fits(own: Mapping[str, numpy.ndarray], recorded: Mapping[str, numpy.ndarray]) -> bool:
    """Whether the dataset has the positions of its file, and is no part of it."""
    return all(
        name not in recorded or numpy.array_equal(values, recorded[name].ravel(), equal_nan=True)
        for name, values in own.items()
        if values.dtype.kind in "uif"
    )
