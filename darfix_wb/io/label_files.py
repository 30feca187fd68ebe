"""Labels in a file: what a person said, to be used on another machine or another day."""

from __future__ import annotations

import os
from pathlib import Path

import h5py
import numpy

from ..beam import CONDITION_NAMES
from ..errors import DarfixWBError
from ..labels import LabelMap
from .hdf5_access import open_hdf5
from .nexus import Axis, find_process, grid_axes, grid_tree, picture, read_grid, write_process
from .output import new_file
from .provenance import Provenance


def save_labels(
    path: str | os.PathLike,
    labels: LabelMap,
    overwrite: bool = False,
    provenance: Provenance | None = None,
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
            "labels", labels.values, (frames, *grid_axes(labels.grid)), "Labels of the patches"
        ),
    }
    del content["picture"]["labels"]
    content["picture"][">labels"] = "../values"
    with new_file(path, overwrite) as partial, h5py.File(partial, "w") as file:
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
            return LabelMap(group["values"][()], read_grid(group["grid"]))
        except (KeyError, OSError, TypeError) as error:
            raise DarfixWBError(
                f"A labels file must have the values and the grid of the labels, and {path} is "
                f"damaged ({error}). Save the labels again."
            ) from error
