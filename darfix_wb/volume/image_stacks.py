"""Images of a volume with their places in um, read one layer at a time."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy

from ..dislocation_lines.image_stack import ImageStack
from ..errors import DarfixWBError
from ..io.hdf5_access import open_hdf5
from ..io.nexus import find_process
from ..io.paths import user_path
from .layout import VOLUME, image_axes, layer_positions, read_plan
from .plan import VolumePlan
from .spacing import fill_in, in_micrometres
from .summary import LayerState


def open_image_stack(
    path: str | os.PathLike,
    names: Sequence[str],
    *,
    pixel_um: tuple[float, float],
    layer_step_um: float | None = None,
) -> ImageStack:
    """Images in the file of a volume; layers that failed or are pending are NaN.

    Parameters
    ----------
    path : str or path-like
        The file of the volume.
    names : sequence of str
        E.g. ``"dislocation_image"``, ``"wb_low"``.
    pixel_um : tuple of float
        What a row and a column of the detector measure in the layer; binning and the region of the
        volume are taken into account. Places count from the centre of the detector's first pixel.
    layer_step_um : float, optional
        Distance of layers, for volumes whose motor does not tell; the first then lies at 0.

    Returns
    -------
    ImageStack
        It reads from the file when it is asked for an image.

    Raises
    ------
    DarfixWBError
        If the file is no volume, has no such image, or does not tell where its layers lie.
    """
    path = user_path(path)
    with open_hdf5(path) as file:
        group = find_process(file, VOLUME)
        plan = read_plan(file)
        done = group["layers/state"][()] == LayerState.DONE
    units = {picture.name: picture.unit for picture in plan.pictures}
    missing = [name for name in names if name not in units]
    if missing:
        raise DarfixWBError(
            f"The images of a volume must be among {', '.join(units)}, got {', '.join(missing)} "
            f"for {path}. Choose among these."
        )

    def read(name: str, index: int) -> numpy.ndarray:
        if not done[index]:
            return numpy.full(plan.image_shape, numpy.nan, numpy.float32)
        with open_hdf5(path, looked_at=True) as file:
            return file[f"entry/{VOLUME}/{name}/{name}"][index]

    axes = image_axes(plan)
    binning = plan.options.binning
    return ImageStack(
        _positions_um(plan, layer_step_um, path),
        plan.image_shape,
        (pixel_um[0] * binning, pixel_um[1] * binning),
        (float(axes[0].values[0]) * pixel_um[0], float(axes[1].values[0]) * pixel_um[1]),
        {name: units[name] for name in names},
        read,
    )


def _positions_um(
    plan: VolumePlan, layer_step_um: float | None, path: os.PathLike
) -> numpy.ndarray:
    if layer_step_um is not None:
        return layer_step_um * numpy.arange(len(plan.layers))
    positions = [one if numpy.isfinite(one) else None for one in layer_positions(plan)]
    positions, unit = in_micrometres(fill_in(positions), plan.unit)
    if unit != "um" or None in positions:
        raise DarfixWBError(
            f"The layers of a volume must lie at known positions, in a unit of length, and those "
            f"of {path} do not: {plan.motor or 'no motor'} tells. Give the distance of layers "
            "(layer_step_um)."
        )
    return numpy.array(positions, dtype=float)
