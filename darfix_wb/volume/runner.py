"""A volume from its layers, which goes on where it stopped."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..detection.detector import shipped_detector_file
from ..errors import DarfixWBError
from ..io.input_files import input_files
from ..io.output import check_output, check_room
from ..io.output_names import HDF5_SUFFIXES
from ..model import shipped_model_file
from ..pixels import GivenMask, PixelMask
from ..progress import SILENT, Monitor
from .common_mask import common_mask
from .engines import Engine, InProcess
from .layer import Layer
from .layout import create_volume, n_bytes
from .lock import locked
from .options import LayerOptions
from .parts import Parts
from .plan import VolumePlan
from .planning import check_readable, complete_plan, given_plan
from .summary import LayerState, VolumeSummary
from .survey import Look, look_at_all
from .volume_file import VolumeFile, read_summary, read_volume_mask, read_volume_plan
from .writer import OnLayer, Writer


def classify_volume(
    layers: Sequence[Layer],
    options: LayerOptions,
    output_file: str | os.PathLike,
    *,
    motor: str = "",
    unit: str = "",
    mask: GivenMask | None = None,
    looks: Sequence[Look] | None = None,
    scheduler: str = "",
    resume: bool = True,
    overwrite: bool = False,
    on_layer: OnLayer | None = None,
    monitor: Monitor = SILENT,
) -> VolumeSummary:
    """Classify and integrate every layer, and write the images into one file.

    A layer is wholly in the file or not at all, whatever stops the run. A layer that cannot be used
    fails with its reason, and the run goes on.

    Parameters
    ----------
    layers : sequence of Layer
        One scan each, in the order of the volume.
    options : LayerOptions
        The same for all layers.
    output_file : str or path-like
        HDF5 file to write.
    motor, unit : str
        Motor of the layers' positions, and their unit.
    mask : GivenMask, optional
        Invalid pixels ``(height, width)`` of the region, beside those that are found in all layers.
    looks : sequence of Look, optional
        What is known of each layer (`LayerList.looks`), so that not all of them are opened before
        the first is computed.
    scheduler : str
        Empty for this process; ``"local"`` for Dask processes on this machine; or the address or
        the scheduler file of a Dask scheduler, whose workers see the same folders.
    resume : bool
        Whether a volume that exists is gone on with: its layers that are pending or failed are
        computed.
    overwrite : bool
        Whether a volume that exists is replaced, and begun anew.
    on_layer : callable, optional
        Called with the `LayerRecord` of each layer that is written, from another thread.
    monitor : Monitor
        Told which part of the layers is done, and asked whether to stop.

    Returns
    -------
    VolumeSummary
        State, time and warnings of each layer.

    Raises
    ------
    DarfixWBError
        If the output, the options or all of the layers cannot be used, another run writes the same
        output, or it was begun with other options.
    OperationCancelled
        If the monitor says so; layers that are done stay in the file.
    """
    plan = given_plan(layers, options, motor=motor, unit=unit, mask=mask)
    output = checked_output(output_file, plan, mask, may_exist=resume or overwrite)
    with locked(output):
        parts = Parts(output)
        looks = look_at_all(layers, options, monitor=monitor) if looks is None else looks
        begun = begin(plan, output, parts, looks, mask=mask, anew=overwrite, monitor=monitor)
        if overwrite:
            parts.clear()
        if overwrite or not output.exists():
            create_volume(output, begun.plan, mask=begun.mask, overwrite=overwrite)
        with VolumeFile(output) as volume:
            writer = Writer(volume, parts, on_layer)
            writer.take_parts()
            todo = volume.not_done
            if todo and begun.resumed:
                check_todo(volume, todo, looks)
            if todo:
                engine = _engine(scheduler, volume.plan, begun.mask, parts)
                writer.take(engine, todo, monitor=monitor)
        if not parts.found(begun.plan):
            parts.clear()
    monitor.report(1.0)
    return read_summary(output, looked_at=True)


class Begun(NamedTuple):
    """What a run begins with: its whole plan, its mask, and whether another run began it."""

    plan: VolumePlan
    mask: PixelMask | None
    resumed: bool


def begin(
    plan: VolumePlan,
    output: Path,
    parts: Parts,
    looks: Sequence[Look],
    *,
    mask: GivenMask | None = None,
    anew: bool = False,
    monitor: Monitor = SILENT,
) -> Begun:
    """Plan and mask of what another run began, if it is the same, else those of this one.

    Raises
    ------
    DarfixWBError
        If another run began it differently, or no layer can be opened.
    """
    of_parts = None if anew else parts.read_plan()
    if of_parts is not None:
        of_parts.check_same(plan, str(parts.folder))
    in_volume = output.exists() and not anew
    found = read_volume_plan(output) if in_volume else of_parts
    if found is None:
        whole = complete_plan(plan, looks)
        return Begun(
            whole, common_mask(plan.layers, plan.options, given=mask, monitor=monitor.quiet), False
        )
    found.check_same(plan, str(output))
    return Begun(found, read_volume_mask(output) if in_volume else parts.read_mask(), True)


def check_todo(volume: VolumeFile, todo: Sequence[int], looks: Sequence[Look]) -> None:
    """Refuse to go on where no pending layer can be opened, or none has the frames it had.

    Raises
    ------
    DarfixWBError
        With the reason.
    """
    plan = volume.plan
    pending = [index for index in todo if volume.states[index] == LayerState.PENDING]
    looks = [looks[index] for index in pending]
    if not looks:
        return
    check_room(volume.path, n_bytes(plan) * len(pending) // len(plan.layers))
    check_readable(looks)
    shapes = {look.frame_shape for look in looks if not look.reason}
    if plan.frame_shape not in shapes:
        raise DarfixWBError(
            f"The frames of the layers must have the shape {plan.frame_shape} with which "
            f"{volume.path} was begun, got {shapes.pop()}. Give another output, or set overwrite "
            "to true."
        )


def checked_output(
    output_file: str | os.PathLike, plan: VolumePlan, mask: GivenMask | None, *, may_exist: bool
) -> Path:
    """The output, refused where it is one of the files that the run reads.

    Raises
    ------
    DarfixWBError
        As `darfix_wb.io.output.check_output`.
    """
    options = plan.options
    inputs = input_files(
        layers=[layer.url for layer in plan.layers],
        model=options.model_file or shipped_model_file(),
        detector=options.detector_file or shipped_detector_file(),
        mask_file=mask.source if mask is not None else None,
    )
    return check_output(output_file, overwrite=may_exist, inputs=inputs, suffixes=HDF5_SUFFIXES)


def _engine(scheduler: str, plan: VolumePlan, mask: PixelMask | None, parts: Parts) -> Engine:
    if not scheduler:
        return InProcess(plan, mask)
    from .dask_engine import DaskEngine

    parts.begin(plan, mask)
    return DaskEngine(scheduler, plan, parts)
