"""The layers in folders and patterns of EDF and TIFF files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import DarfixWBError
from ..io.file_names import NameSeries, group_by_name
from ..io.file_series import is_pattern, list_files
from ..io.frame_files import FrameFiles
from ..io.scan_urls import ScanUrl
from ..progress import Monitor
from .found import FoundLayer
from .places import Place

CANCELLED = "The search for layers was cancelled."


def series_layers(places: Sequence[Place], monitor: Monitor) -> list[FoundLayer]:
    """Layers of EDF and TIFF files: each series of names is one; so is a file with many frames.

    Three headers of each series are read: its first, middle and last frame.

    Parameters
    ----------
    places : sequence of Place
        Files of one format each.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Raises
    ------
    DarfixWBError
        If no pattern stands for the files of a series alone.
    """
    series = [(place, one) for place in places for one in _series(place)]
    layers = []
    for number, (place, one) in enumerate(series):
        monitor.check(CANCELLED)
        layers += _layers(place, one)
        monitor.report((number + 1) / len(series))
    return layers


def _series(place: Place) -> Iterator[NameSeries]:
    if place.url.data_path:
        raise DarfixWBError(
            f"Only HDF5 files have a data_path, and {place.files[0]} is not one. Leave it out."
        )
    found = [one for one in group_by_name(place.files) if not one.is_dark]
    data = [one for one in found if not one.is_reference]
    yield from data or found


def _layers(place: Place, series: NameSeries) -> list[FoundLayer]:
    files = [str(file) for file in series.files]
    try:
        first = place.format([files[0]])
    except DarfixWBError as error:
        url, label = _url(place, series)
        return [FoundLayer(url, label, _key(files), problem=str(error))]
    if first.shape[0] > 1 and len(files) > 1:
        singles = [NameSeries(file.name, (file,)) for file in series.files]
        return [layer for single in singles for layer in _layers(place, single)]
    url, label = _url(place, series)
    return [_described(place, url, label, files, first)]


def _described(
    place: Place, url: ScanUrl, label: str, files: list[str], first: FrameFiles
) -> FoundLayer:
    n_frames = first.shape[0] * len(files)
    n_bytes = sum(os.path.getsize(file) for file in files)
    try:
        few = first if len(files) == 1 else place.format(_few(files))
        positions = {} if url.given else few.motor_positions()
    except DarfixWBError as error:
        return FoundLayer(url, label, _key(files), problem=str(error))
    standing = {
        name: (float(values.mean()), float(values.max() - values.min()))
        for name, values in positions.items()
    }
    shape = (n_frames, *first.shape[1:])
    return FoundLayer(url, label, _key(files), shape, str(first.dtype), n_bytes, standing)


def _few(files: list[str]) -> list[str]:
    return list(dict.fromkeys(files[place] for place in (0, len(files) // 2, -1)))


def _key(files: list[str]) -> str:
    return os.path.realpath(files[0])


def _url(place: Place, series: NameSeries) -> tuple[ScanUrl, str]:
    """Where the files of a series are, and no others; and what tells it from others there."""
    files, folder = set(series.files), series.files[0].parent
    if len(files) == 1:
        return place.url._replace(path=str(series.files[0])), series.files[0].name
    alone = [
        one
        for one in group_by_name(list_files(folder, place.format.suffixes))
        if not (one.is_dark or one.is_reference)
    ]
    if len(alone) == 1 and set(alone[0].files) == files:
        return place.url._replace(path=str(folder)), ""
    pattern = folder / Path(series.pattern).name
    if is_pattern(pattern) and set(list_files(pattern, place.format.suffixes)) == files:
        return place.url._replace(path=str(pattern)), pattern.name
    raise DarfixWBError(
        f"The files of a layer must be all that a pattern or folder gives, and {pattern} gives "
        f"others than the {len(files)} files {series}. Give the layers as folders or patterns, one "
        "each."
    )
