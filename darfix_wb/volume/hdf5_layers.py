"""The layers in HDF5 files."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence

from ..errors import DarfixWBError
from ..io.hdf5_access import open_hdf5
from ..io.hdf5_survey import FoundScan, Survey
from ..io.hdf5_surveys import survey_files
from ..io.scan_urls import ScanUrl
from ..progress import Monitor
from .found import FoundLayer
from .places import Place
from .wording import few, one_or_many


def hdf5_layers(
    places: Sequence[Place], monitor: Monitor
) -> tuple[list[FoundLayer], tuple[str, ...]]:
    """Rocking scans of HDF5 files, and what to say about entries that are none.

    Parameters
    ----------
    places : sequence of Place
        One file each.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.
    """
    wanted = [(str(place.files[0]), place.url.data_path) for place in places]
    if not wanted:
        return [], ()
    surveys = survey_files(wanted, monitor=monitor)
    layers, left_out = [], defaultdict(list)
    for place, survey in zip(places, surveys, strict=True):
        layers += _layers(place, survey)
        for entry, reason in survey.left_out.items():
            left_out[reason].append(f"{entry} of {place.files[0].name}")
    return layers, tuple(_sentence(reason, names) for reason, names in left_out.items())


def unit_of(layer: FoundLayer, motor: str) -> str:
    """Unit of a motor of an HDF5 scan; empty where its file does not say."""
    entry = (layer.url.data_path or "").strip("/").split("/")[0]
    with open_hdf5(layer.url.path, looked_at=True) as file:
        for group in ("positioners", "positioners_start"):
            item = file.get(f"{entry}/instrument/{group}/{motor}")
            unit = "" if item is None else item.attrs.get("units", "")
            if len(unit):
                return unit.decode() if isinstance(unit, bytes) else str(unit)
    return ""


def _layers(place: Place, survey: Survey) -> list[FoundLayer]:
    path = str(place.files[0])
    url = place.url._replace(path=path)
    if place.url.given is not None:
        raise DarfixWBError(
            f"Positions, or start and step, may be given for EDF and TIFF files only, and {path} "
            "is neither. Leave "
            "them out."
        )
    if survey.problem:
        return [FoundLayer(url, "", os.path.realpath(path), problem=survey.problem)]
    return [_layer(url, scan) for scan in survey.scans]


def _layer(url: ScanUrl, scan: FoundScan) -> FoundLayer:
    return FoundLayer(
        url._replace(data_path=scan.data_path),
        scan.entry,
        scan.key,
        scan.shape,
        scan.dtype,
        scan.n_bytes,
        scan.standing,
        scan.problem,
    )


def _sentence(reason: str, names: list[str]) -> str:
    are = one_or_many(
        len(names), "entry is no rocking scan and is", "entries are no rocking scans and are"
    )
    return f"{are} left out ({reason}): {few(names)}."
