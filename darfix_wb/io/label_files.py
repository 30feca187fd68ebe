"""Labels in a file, to be used on another machine or another day."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import h5py
import numpy

from ..beam import CONDITION_NAMES
from ..errors import DarfixWBError
from ..labels import LabelMap
from ..scan import RockingScan
from .frame_sources import open_scan
from .hdf5_access import open_hdf5
from .nexus import Axis, find_process, grid_axes, grid_tree, picture, read_grid, write_process
from .output import InputFile, new_hdf5
from .paths import user_path
from .provenance import Provenance
from .scan_urls import parse_scan_url

_logger = logging.getLogger(__name__)


def save_labels(
    path: str | os.PathLike,
    labels: LabelMap,
    *,
    overwrite: bool = False,
    provenance: Provenance | None = None,
    inputs: Sequence[InputFile] = (),
) -> Path:
    """Write labels to ``/entry/labels`` of a new NeXus file.

    Parameters
    ----------
    path : str or path-like
        HDF5 file to write.
    labels : LabelMap
        Labels of every patch.
    overwrite : bool
        Whether a file that exists may be replaced.
    provenance : Provenance, optional
        Where the labels come from; its ``source`` is the URL of the labelled data.
    inputs : sequence of InputFile
        Files that may never be replaced, as in `darfix_wb.io.output.check_output`.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    DarfixWBError
        If the file cannot be written.
    """
    frames = Axis("frame", numpy.arange(labels.n_frames), label="frame")
    content = {
        **(provenance or Provenance()).to_nexus(),
        "values": labels.values,
        "values@long_name": "condition of each patch, see classes",
        "grid": grid_tree(labels.grid),
        "classes": {
            "@NX_class": "NXcollection",
            **{name: int(value) for value, name in CONDITION_NAMES.items()},
        },
        "picture": picture(
            "labels",
            labels.values,
            axes=(frames, *grid_axes(labels.grid)),
            title="Labels of the patches",
        ),
    }
    del content["picture"]["labels"]
    content["picture"][">labels"] = "../values"
    with new_hdf5(path, overwrite=overwrite, inputs=inputs) as file:
        write_process(file, "labels", content, default="picture")
    return Path(path)


def load_labels(path: str | os.PathLike) -> LabelMap:
    """Read what `save_labels` wrote.

    Raises
    ------
    DarfixWBError
        If the file is missing, holds no labels, or was written by a newer version.
    """
    with open_hdf5(path) as file:
        group = find_process(file, "labels")
        try:
            return LabelMap(group["values"][()], read_grid(group["grid"]), _source(group))
        except (KeyError, OSError, TypeError) as error:
            raise DarfixWBError(
                f"A labels file must have the values and the grid of the labels, and {path} is "
                f"damaged ({error}). Save the labels again."
            ) from error


def _source(group: h5py.Group) -> str:
    """URL of the labelled scan; empty where the file does not say."""
    try:
        return Provenance.from_nexus(group).source
    except DarfixWBError:
        return ""


def open_labelled_scan(path: str | os.PathLike) -> tuple[RockingScan, LabelMap]:
    """The labels of a file, and the scan that they were made on.

    Frames are looked for where the labels file says, and otherwise next to the labels file.

    Raises
    ------
    DarfixWBError
        If the labels cannot be read, do not say where their frames are, or do not fit them.
    """
    labels = load_labels(path)
    source = labelled_scan(path)
    if not source:
        raise DarfixWBError(
            f"A labels file must say where its frames are to train from it, and {path} does not. "
            "Connect the patches and their labels instead."
        )
    scan = open_scan(source)
    labels.check_fits(scan.n_frames, replace(labels.grid, frame_shape=scan.frame_shape))
    return scan, labels


def labelled_scan(path: str | os.PathLike) -> str:
    """Where the scan is whose labels a file has: a data URL or a file; empty if it does not say.

    Raises
    ------
    DarfixWBError
        If the file cannot be read, or holds no labels.
    """
    with open_hdf5(path) as file:
        source = _source(find_process(file, "labels"))
    if not source:
        return ""
    url = parse_scan_url(source)
    if not url.path:
        raise DarfixWBError(
            f"A labels file must say where its frames are, and {path} says {source!r}, which names "
            "no file. Save the labels again."
        )
    folder = user_path(path).parent
    given = url.given
    if given is not None and given.file:
        given = replace(given, file=_moved(given.file, folder))
    return str(url._replace(path=_moved(url.path, folder), given=given))


def _moved(file: str, folder: Path) -> str:
    """A file, or the one of this name in another folder where it is only there."""
    neighbour = folder / Path(file).name
    if not neighbour.exists() or Path(file).exists():
        return file
    _logger.warning("%s no longer exists; %s is used instead.", file, neighbour)
    return str(neighbour)
