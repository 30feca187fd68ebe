"""Layers that are computed elsewhere, each in a file of its own until one writer takes it."""

from __future__ import annotations

import json
import os
import shutil
import time
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy

from ..errors import DarfixWBError
from ..io.output import new_file
from ..pixels import PixelMask
from .layer import Layer
from .layout import mask_facts
from .outcome import LayerOutcome
from .plan import VolumePlan
from .result import LayerResult
from .summary import LayerRecord, LayerState

PLAN = "plan.json"
MASK = "mask.npz"

APPEARS_WITHIN = 60.0
"""Seconds in which a network disk shows a file that another machine wrote."""


class Parts:
    """The folder ``OUTPUT.parts`` beside a volume.

    It holds the plan of the volume, its mask, and a file for each layer that was computed and is
    not in the volume yet. Files appear when they are complete.

    Parameters
    ----------
    output : pathlib.Path
        File of the volume.
    """

    def __init__(self, output: Path) -> None:
        self.output = output
        self.folder = output.with_name(output.name + ".parts")

    def begin(self, plan: VolumePlan, mask: PixelMask | None) -> VolumePlan:
        """Write down the plan; of several that begin at once, that of the first holds.

        Raises
        ------
        DarfixWBError
            If the folder has the parts of another run, or cannot be written.
        """
        while (found := self.read_plan()) is None:
            if mask is not None:
                with self._file(self.folder / MASK) as partial, partial.open("wb") as file:
                    numpy.savez(file, pixels=mask.invalid, facts=_bytes(mask_facts(mask)))
            self._put_first(plan)
        found.check_same(plan, str(self.folder))
        return found

    def read_plan(self) -> VolumePlan | None:
        """The plan of the parts; None where there are none.

        Raises
        ------
        DarfixWBError
            If it is damaged.
        """
        path = self.folder / PLAN
        if not path.exists():
            return None
        try:
            return VolumePlan.from_dict(json.loads(path.read_text(encoding="utf-8")))
        except (KeyError, TypeError, ValueError) as error:
            raise DarfixWBError(
                f"The parts of a volume must say how they were made, and {path} does not "
                f"({error}). Delete the folder {self.folder}, and run again."
            ) from error

    def read_mask(self) -> PixelMask | None:
        """The invalid pixels of all layers; None where they are found layer by layer."""
        path = self.folder / MASK
        if not path.exists():
            return None
        with numpy.load(path, allow_pickle=False) as file:
            return PixelMask(file["pixels"], **_facts(file))

    def found(self, plan: VolumePlan) -> list[int]:
        """Numbers of the layers that have a part."""
        try:
            names = set(os.listdir(self.folder))
        except FileNotFoundError:
            return []
        return [index for index in range(len(plan.layers)) if self._path(index).name in names]

    def write(self, outcome: LayerOutcome) -> None:
        """Write the part of a layer.

        Raises
        ------
        DarfixWBError
            If the disk is full.
        """
        arrays, facts = {}, {"index": outcome.index, "seconds": outcome.seconds}
        facts["reason"] = outcome.reason
        if (result := outcome.result) is not None:
            arrays = {**result.images, "conditions": result.conditions}
            facts |= {"summary": dict(result.summary), "warnings": list(result.warnings)}
        with self._file(self._path(outcome.index)) as partial, partial.open("wb") as file:
            numpy.savez(file, facts=_bytes(facts), **arrays)

    def read(self, index: int) -> LayerOutcome:
        """A layer that has a part.

        Raises
        ------
        FileNotFoundError
            If it has none.
        DarfixWBError
            If it is damaged.
        """
        with self._opened(index) as file:
            facts, result = _facts(file), None
            if "summary" in facts:
                images = {name: file[name] for name in file if name not in ("facts", "conditions")}
                summary, warnings = facts["summary"], tuple(facts["warnings"])
                result = LayerResult(images, file["conditions"], summary, warnings)
        return LayerOutcome(index, facts["seconds"], result, facts["reason"])

    def await_part(self, index: int) -> LayerOutcome:
        """A layer whose part another machine has just written, which may take time to be seen.

        Raises
        ------
        DarfixWBError
            If it does not appear.
        """
        last = time.monotonic() + APPEARS_WITHIN
        while True:
            try:
                return self.read(index)
            except FileNotFoundError as error:
                if time.monotonic() > last:
                    raise DarfixWBError(
                        f"The workers must write into the folder of this run, and the part of "
                        f"layer {index} does not appear in {self.folder}. Choose an output on a "
                        "disk that all of them see."
                    ) from error
            time.sleep(0.2)

    def record(self, index: int, layer: Layer) -> LayerRecord:
        """The row of a layer that has a part, without reading its images; as `read`."""
        with self._opened(index) as file:
            facts = _facts(file)
        state = LayerState.DONE if "summary" in facts else LayerState.FAILED
        warnings = tuple(facts.get("warnings", ()))
        return LayerRecord(index, layer.name, state, facts["seconds"], warnings, facts["reason"])

    def remove(self, index: int) -> None:
        """Delete the part of a layer that is in the volume."""
        self._path(index).unlink(missing_ok=True)

    def clear(self) -> None:
        """Delete the folder and all that is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, index: int) -> Path:
        return self.folder / f"layer_{index:05d}.npz"

    @contextmanager
    def _opened(self, index: int) -> Iterator[Mapping[str, numpy.ndarray]]:
        path = self._path(index)
        try:
            with path.open("rb") as opened, numpy.load(opened, allow_pickle=False) as file:
                yield file
        except FileNotFoundError:
            raise
        except (EOFError, KeyError, OSError, ValueError, zipfile.BadZipFile) as error:
            raise DarfixWBError(
                f"A part of a volume must be as it was written, and {path} is damaged ({error}). "
                "Delete it, and run again: its layer is then computed again."
            ) from error

    def _file(self, path: Path) -> AbstractContextManager[Path]:
        return new_file(path, overwrite=True)

    def _put_first(self, plan: VolumePlan) -> None:
        """Put the plan into place if there is none; a link is made by one process only."""
        path = self.folder / PLAN
        own = path.with_name(f".{uuid.uuid4().hex}.json")
        with new_file(own) as partial:
            partial.write_text(json.dumps(plan.as_dict(), indent=1), encoding="utf-8")
        try:
            with suppress(FileExistsError):
                os.link(own, path)
        finally:
            own.unlink()


def _bytes(facts: dict[str, Any]) -> numpy.ndarray:
    return numpy.frombuffer(json.dumps(facts).encode(), numpy.uint8)


def _facts(file: Mapping[str, numpy.ndarray]) -> dict[str, Any]:
    return json.loads(file["facts"].tobytes())
