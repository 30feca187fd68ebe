"""A volume by many processes that know nothing of each other, as those of a job array."""

from __future__ import annotations

import os
from collections.abc import Sequence

from ..errors import DarfixWBError
from ..io.output import check_output
from ..io.output_names import HDF5_SUFFIXES
from ..pixels import GivenMask
from ..progress import SILENT, Monitor
from .engines import InProcess
from .layer import Layer
from .layout import create_volume
from .lock import locked
from .options import LayerOptions
from .parts import Parts
from .planning import given_plan
from .runner import begin, checked_output
from .summary import LayerRecord, LayerState, VolumeSummary
from .survey import Look, look_at_all
from .volume_file import VolumeFile, read_summary
from .writer import OnLayer, Writer


def classify_part(
    layers: Sequence[Layer],
    options: LayerOptions,
    output_file: str | os.PathLike,
    *,
    number: int,
    count: int,
    motor: str = "",
    unit: str = "",
    mask: GivenMask | None = None,
    looks: Sequence[Look] | None = None,
    on_layer: OnLayer | None = None,
    monitor: Monitor = SILENT,
) -> VolumeSummary:
    """Compute a share of the layers into the folder ``OUTPUT.parts``; `assemble` makes the volume.

    Layers that are done, in the volume or as parts, are not computed again; failed ones are.

    Parameters
    ----------
    layers, options, output_file, motor, unit, mask, looks, on_layer, monitor
        As of `darfix_wb.volume.runner.classify_volume`; the same for all shares.
    number, count : int
        The share, from 1 to `count`: every `count`-th layer.

    Returns
    -------
    VolumeSummary
        The layers of the share.

    Raises
    ------
    DarfixWBError
        As `darfix_wb.volume.runner.classify_volume`, and if there is no such share.
    """
    if not 1 <= number <= count:
        raise DarfixWBError(
            f"A share of the layers must be one of 1 to N of N, e.g. 3/10, got {number}/{count}. "
            "Correct it."
        )
    plan = given_plan(layers, options, motor=motor, unit=unit, mask=mask)
    output = checked_output(output_file, plan, mask, may_exist=True)
    parts = Parts(output)
    looks = look_at_all(layers, options, monitor=monitor) if looks is None else looks
    found = begin(plan, output, parts, looks, mask=mask, monitor=monitor)
    begun = parts.begin(found.plan, found.mask)
    share = range(number - 1, len(layers), count)
    records = {}
    if output.exists():
        known = read_summary(output).layers
        records = {index: known[index] for index in share}
    records |= {i: parts.record(i, begun.layers[i]) for i in parts.found(begun) if i in share}
    todo = [index for index in share if not _is_done(records.get(index))]
    for outcome in InProcess(begun, parts.read_mask()).outcomes(todo, monitor=monitor):
        parts.write(outcome)
        records[outcome.index] = outcome.record(begun.layers[outcome.index])
        if on_layer is not None:
            on_layer(records[outcome.index])
    return VolumeSummary(str(output), tuple(records[index] for index in share))


def assemble(
    output_file: str | os.PathLike,
    *,
    on_layer: OnLayer | None = None,
    monitor: Monitor = SILENT,
) -> VolumeSummary:
    """Write the layers that were computed as parts into the volume.

    Parameters
    ----------
    output_file : str or path-like
        File of the volume, which may exist already.
    on_layer, monitor
        As of `classify_volume`.

    Returns
    -------
    VolumeSummary
        Layers whose parts are missing are pending.

    Raises
    ------
    DarfixWBError
        If there are no parts, another run writes the volume, or the disk is full.
    """
    output = check_output(output_file, overwrite=True, suffixes=HDF5_SUFFIXES)
    parts = Parts(output)
    plan = parts.read_plan()
    if plan is None:
        raise DarfixWBError(
            f"Parts of the volume must have been computed before, and {parts.folder} has none. "
            "Compute them with part, or correct the name of the output."
        )
    with locked(output):
        if not output.exists():
            create_volume(output, plan, mask=parts.read_mask())
        with VolumeFile(output) as volume:
            plan.check_same(volume.plan, str(output))
            Writer(volume, parts, on_layer).take_parts(monitor)
            if not volume.not_done:
                parts.clear()
    return read_summary(output, looked_at=True)


def _is_done(record: LayerRecord | None) -> bool:
    return record is not None and record.state == LayerState.DONE
