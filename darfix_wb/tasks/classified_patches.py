"""The patches of a classification, passed on by the classifier or extracted once more."""

from __future__ import annotations

from dataclasses import replace

import numpy

from ..beam import BeamMap, ClassificationRecord
from ..errors import DarfixWBError
from ..extraction import PatchedScan, extract
from ..io.darfix.dataset import AnyDataset, scan_from_dataset
from ..io.mask_files import read_mask
from ..progress import SILENT, Monitor
from ..scan import RockingScan

_SAME_COUNTS = {"rtol": 1e-5, "atol": 1e-3}
_SAME_LEVEL = {"rtol": 1e-6, "atol": 1e-6}
"""The dark level is kept in single precision."""


def classified_scan(
    dataset: AnyDataset, record: ClassificationRecord | None, *, rocking_motor: str | None = None
) -> RockingScan:
    """The scan of a dataset along the rocking motor that was classified.

    Parameters
    ----------
    dataset : Dataset or LazyDataset
        The dataset that was classified.
    record : ClassificationRecord or None
        Of the classification; None where that is not known.
    rocking_motor : str, optional
        That of the record if not given.
    """
    recorded = None if record is None else record.rocking_motor
    return scan_from_dataset(dataset, rocking_motor=rocking_motor or recorded or None)


def take_patches(
    patches: PatchedScan,
    dataset: AnyDataset,
    beam_map: BeamMap,
    *,
    dark: float | None = None,
    rocking_motor: str | None = None,
) -> PatchedScan:
    """The patches that the classifier passed on, with the frames of the dataset.

    Parameters
    ----------
    patches : PatchedScan
        From the classifier.
    dataset : Dataset or LazyDataset
        The dataset that was classified.
    beam_map : BeamMap
        The classification.
    dark, rocking_motor
        Asked for by the user; None where nothing was.

    Raises
    ------
    DarfixWBError
        If they are of another dataset, or disagree with the classification or the user.
    """
    record = patches.record()
    _check_asked(record, dark, rocking_motor)
    _check_recorded(record, beam_map.record)
    scan = classified_scan(dataset, record)
    found, expected = _size(scan), _size(patches.scan)
    if found != expected:
        raise DarfixWBError(
            f"The patches must be those of the dataset to integrate ({found}), got patches of "
            f"{expected}. Connect the patches and the dataset of the same classifier."
        )
    brightest = int(patches.curves.sum(axis=(1, 2)).argmax())
    frame = patches.scan.mask.mend(scan.frame(brightest))
    means = patches.means_of(frame)
    if not numpy.allclose(means, patches.curves[brightest], **_SAME_COUNTS):
        raise DarfixWBError(
            "The patches must be those of the dataset to integrate, got patches with other counts "
            f"in frame {brightest}. Connect the dataset of the classifier, or no patches."
        )
    return replace(patches, scan=replace(patches.scan, frames=scan.frames))


def extract_again(
    dataset: AnyDataset,
    beam_map: BeamMap,
    *,
    dark: float | None = None,
    rocking_motor: str | None = None,
    monitor: Monitor = SILENT,
) -> PatchedScan:
    """The patches of a dataset as they were classified.

    A dark level that the user gave to the classifier, and the rocking motor, are those of the
    classification; a level from dark images or an estimate is found in the dataset again.

    Parameters
    ----------
    dataset, beam_map, dark, rocking_motor
        As in `take_patches`.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Raises
    ------
    DarfixWBError
        If the user asked for something else than the classification was made with.
    """
    record = beam_map.record
    if record is not None:
        _check_asked(record, dark, rocking_motor)
        if record.dark_source == "given" and not isinstance(record.dark, str):
            dark = record.dark
    scan = classified_scan(dataset, record, rocking_motor=rocking_motor)
    mask_file = "" if record is None else record.mask_file
    grid = beam_map.grid
    return extract(
        scan if record is None else scan.leave_out(record.left_out),
        patch_size=grid.patch_size,
        stride=grid.stride,
        dark=dark,
        mask=read_mask(mask_file) if mask_file else None,
        monitor=monitor,
    )


def _check_asked(
    record: ClassificationRecord, dark: float | None, rocking_motor: str | None
) -> None:
    if dark is not None and not _same_level(dark, record.dark):
        raise DarfixWBError(
            f"The dark level must be that of the classification ({_counts(record.dark)}), got "
            f"{_counts(dark)}. Leave 'dark' empty, or classify with this level."
        )
    if rocking_motor and record.rocking_motor not in ("", rocking_motor):
        raise DarfixWBError(
            f"The rocking motor must be that of the classification ({record.rocking_motor!r}), got "
            f"{rocking_motor!r}. Leave 'rocking_motor' empty, or classify along this motor."
        )


def _check_recorded(patches: ClassificationRecord, recorded: ClassificationRecord | None) -> None:
    if recorded is None:
        return
    if not _same_level(patches.dark, recorded.dark):
        raise DarfixWBError(
            "The patches must have the dark level of the classification "
            f"({_counts(recorded.dark)}), got {_counts(patches.dark)}. Connect the patches of the "
            "same classifier."
        )
    if patches.rocking_motor != recorded.rocking_motor:
        raise DarfixWBError(
            f"The patches must have the rocking motor of the classification "
            f"({recorded.rocking_motor!r}), got {patches.rocking_motor!r}. Connect the patches of "
            "the same classifier."
        )


def _same_level(one: float | str, other: float | str) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    return bool(numpy.isclose(one, other, **_SAME_LEVEL))


def _counts(level: float | str) -> str:
    return level if isinstance(level, str) else f"{level:.7g} counts"


def _size(scan: RockingScan) -> str:
    height, width = scan.frame_shape
    return f"{scan.n_frames} frames of {height}x{width} px"
