"""Layers into the file of a volume, one by one, and what is in it."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy

from ..errors import DarfixWBError
from ..io.hdf5_access import open_hdf5
from ..io.nexus import find_process
from ..io.output import is_disk_full
from ..pixels import PixelMask
from .layout import (
    NO_FRAME,
    REASON_BYTES,
    SUMMARY_UNITS,
    VOLUME,
    WARNINGS_BYTES,
    read_mask,
    read_plan,
    rooms,
)
from .outcome import LayerOutcome
from .plan import VolumePlan
from .summary import LayerRecord, LayerState, VolumeSummary

_logger = logging.getLogger(__name__)


def read_volume_plan(path: Path) -> VolumePlan:
    """The plan in the file of a volume.

    Raises
    ------
    DarfixWBError
        If it is no volume of darfix-wb, or damaged.
    """
    with open_hdf5(path) as file:
        find_process(file, VOLUME)
        return read_plan(file)


def read_volume_mask(path: Path) -> PixelMask | None:
    """The mask in the file of a volume; as `read_volume_plan`."""
    with open_hdf5(path) as file:
        find_process(file, VOLUME)
        return read_mask(file)


def read_summary(path: str | os.PathLike, *, looked_at: bool = False) -> VolumeSummary:
    """The table of layers in the file of a volume, also while a run writes it.

    Parameters
    ----------
    path : str or path-like
        The file.
    looked_at : bool
        Whether the file was opened before, and need not be searched for damage again.

    Raises
    ------
    DarfixWBError
        If it is no volume of darfix-wb, or damaged.
    """
    with open_hdf5(path, looked_at=looked_at) as file:
        table = find_process(file, VOLUME)["layers"]
        columns = {name: table[name][()] for name in ("state", "seconds", "reason", "warnings")}
        names = table["name"].asstr()[()]
    records = (_record(index, str(name), columns) for index, name in enumerate(names))
    return VolumeSummary(str(path), tuple(records))


def _record(index: int, name: str, columns: dict[str, numpy.ndarray]) -> LayerRecord:
    state = LayerState(int(columns["state"][index]))
    if state == LayerState.PENDING:
        return LayerRecord(index, name, state, numpy.nan)
    warnings, reason = (_text(columns[column][index]) for column in ("warnings", "reason"))
    seconds = float(columns["seconds"][index])
    return LayerRecord(index, name, state, seconds, tuple(warnings.splitlines()), reason)


class VolumeFile:
    """Writes layers into a volume that exists.

    The values go straight to their places in the file, without the HDF5 library: nothing of the
    structure changes, so that the file opens whenever the process or the machine stops. The state
    of a layer follows when its values are on the disk.

    Parameters
    ----------
    path : pathlib.Path
        From `darfix_wb.volume.layout.create_volume`.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.plan = path, read_volume_plan(path)
        with h5py.File(path, "r", locking=False) as file:
            self._offsets = {
                room.path.rpartition("/")[2]: _offset(file, room.path) for room in rooms(self.plan)
            }
            self.states = file[f"entry/{VOLUME}/layers/state"][()]
        self._descriptor = _opened_for_writing(path)

    def __enter__(self) -> VolumeFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)

    @property
    def not_done(self) -> list[int]:
        """Numbers of the layers that are pending or failed."""
        return [int(index) for index in numpy.flatnonzero(self.states != LayerState.DONE)]

    def write(self, outcome: LayerOutcome) -> None:
        """Put a layer into the file, wholly; whatever stops it, the layer is not in before.

        Raises
        ------
        DarfixWBError
            If the disk is full or fails; the layer stays pending, those before it stay done.
        """
        try:
            if self.states[outcome.index] != LayerState.PENDING:
                self._set_state(outcome.index, LayerState.PENDING)
            for name, values in self._values(outcome):
                self._put(name, outcome.index, values)
            os.fsync(self._descriptor)
            done = LayerState.FAILED if outcome.result is None else LayerState.DONE
            self._set_state(outcome.index, done)
        except OSError as error:
            what = "is full" if is_disk_full(error) else f"fails ({error.strerror})"
            raise DarfixWBError(
                f"There must be room for every layer, and the disk or quota of {self.path.parent} "
                f"{what}. Layers that are done stay in {self.path.name}: fix that, then run the "
                "same again to "
                "continue."
            ) from error

    def _set_state(self, index: int, state: LayerState) -> None:
        self._put("state", index, numpy.uint8(state))
        os.fsync(self._descriptor)
        self.states[index] = state

    def _values(self, outcome: LayerOutcome) -> Iterator[tuple[str, numpy.ndarray]]:
        plan, result = self.plan, outcome.result
        conditions = numpy.full(plan.conditions_shape, NO_FRAME, numpy.uint8)
        if result is not None:
            conditions[: len(result.conditions)] = result.conditions
        yield "conditions", conditions
        nothing = numpy.full(plan.image_shape, numpy.nan, numpy.float32) if result is None else None
        for name, _, _ in plan.pictures:
            image = nothing if result is None else result.images[name]
            yield name, numpy.ascontiguousarray(image, numpy.float32)
        summary = {} if result is None else result.summary
        for name in SUMMARY_UNITS:
            yield name, numpy.float64(summary.get(name, numpy.nan))
        yield "seconds", numpy.float64(outcome.seconds)
        warnings = () if result is None else result.warnings
        yield "warnings", _padded("\n".join(map(_one_line, warnings)), WARNINGS_BYTES)
        yield "reason", _padded(outcome.reason, REASON_BYTES)

    def _put(self, name: str, index: int, values: numpy.ndarray) -> None:
        offset = self._offsets[name] + index * values.nbytes
        left = memoryview(values.reshape(-1).view(numpy.uint8))
        while left:
            written = os.pwrite(self._descriptor, left, offset)
            left, offset = left[written:], offset + written


def _opened_for_writing(path: Path) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    except OSError as error:
        raise DarfixWBError(
            f"A volume that is to be continued must be writable, and {path} is not "
            f"({error.strerror}). Change its permissions, or choose another output."
        ) from error


def _offset(file: h5py.File, path: str) -> int:
    offset = file[path].id.get_offset()
    if offset is None:
        raise DarfixWBError(
            f"The data sets of a volume must have their places in it, and {path} of "
            f"{file.filename} has none: it was repacked. Choose another output."
        )
    return offset


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _padded(text: str, size: int) -> numpy.ndarray:
    """UTF-8 of a fixed length; what does not fit is in the log."""
    encoded = text.encode()
    if len(encoded) > size:
        _logger.warning("A text was shortened in the file of the volume; in full: %s", text)
        end = " [...]"
        encoded = encoded[: size - len(end)].decode(errors="ignore").encode() + end.encode()
    return numpy.frombuffer(encoded.ljust(size, b"\0"), numpy.uint8)


def _text(value: bytes) -> str:
    return bytes(value).decode(errors="replace").rstrip("\0")
