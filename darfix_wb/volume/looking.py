"""Look into the file of a volume, also while a run writes it."""

from __future__ import annotations

import os
from typing import NamedTuple

import h5py
import numpy

from ..errors import DarfixWBError
from ..io.hdf5_access import open_hdf5
from ..io.nexus import Axis, find_process
from .layout import VOLUME, image_axes, read_plan
from .plan import VolumePlan
from .summary import LayerState, VolumeSummary
from .volume_file import read_summary, read_volume_plan

SAMPLED_LAYERS, SAMPLED_ROWS = 5, 128
"""Layers, evenly among those that are done, and rows of each, that `sample_picture` reads."""


class VolumeLook(NamedTuple):
    """What a volume is made of, and what of it is in the file.

    Attributes
    ----------
    plan : VolumePlan
        Layers, options and model.
    summary : VolumeSummary
        State, time and warnings of each layer.
    """

    plan: VolumePlan
    summary: VolumeSummary


class LayerPicture(NamedTuple):
    """An image of a layer.

    Attributes
    ----------
    values : numpy.ndarray
        ``(rows, columns)`` float32; NaN where it says nothing.
    axes : tuple of Axis
        Centres of the rows and of the columns, in pixels of the whole frame.
    """

    values: numpy.ndarray
    axes: tuple[Axis, Axis]


def look_into(path: str | os.PathLike) -> VolumeLook:
    """The plan and the table of layers of a volume.

    Raises
    ------
    DarfixWBError
        If it is no volume of darfix-wb, or damaged.
    """
    return VolumeLook(read_volume_plan(path), read_summary(path))


def read_picture(path: str | os.PathLike, name: str, index: int) -> LayerPicture:
    """An image of a layer that is done.

    Parameters
    ----------
    path : str or path-like
        The file of the volume.
    name : str
        Name of the image, of `VolumePlan.pictures`.
    index : int
        Number of the layer, from 0.

    Raises
    ------
    DarfixWBError
        If the layer is not in the file, or the volume was made without this image.
    """
    with open_hdf5(path) as file:
        group, plan = find_process(file, VOLUME), read_plan(file)
        state = LayerState(int(group["layers/state"][index]))
        if state != LayerState.DONE:
            raise DarfixWBError(
                f"A layer must be done to be looked at, and layer {index} of {path} is "
                f"{state.name.lower()}. Choose another layer, or run the same again."
            )
        return LayerPicture(_dataset(group, name)[index], image_axes(plan))


def sample_picture(path: str | os.PathLike, name: str) -> numpy.ndarray:
    """Some rows of an image of some of the layers that are done, to choose one scale for all.

    Parameters
    ----------
    path, name
        As of `read_picture`.

    Returns
    -------
    numpy.ndarray
        ``(n_layers, n_rows, columns)`` float32; no layer where none is done.

    Raises
    ------
    DarfixWBError
        If the volume was made without this image.
    """
    with open_hdf5(path) as file:
        group = find_process(file, VOLUME)
        dataset = _dataset(group, name)
        done = numpy.flatnonzero(group["layers/state"][()] == LayerState.DONE)
        places = numpy.linspace(0, len(done) - 1, min(len(done), SAMPLED_LAYERS)).astype(int)
        step = -(-dataset.shape[1] // SAMPLED_ROWS)
        sample = [dataset[index, ::step] for index in done[places]]
        return numpy.stack(sample) if sample else numpy.empty((0, 0, 0), numpy.float32)


def _dataset(group: h5py.Group, name: str) -> h5py.Dataset:
    if name not in group:
        raise DarfixWBError(
            f"The volume must hold the image {name}, and {group.file.filename} was made without "
            "it. Choose another image."
        )
    return group[name][name]
