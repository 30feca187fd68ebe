"""Where a result comes from, kept in its file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from os import PathLike, fspath
from typing import Any

import h5py
import numpy

from .. import __version__
from ..errors import DarfixWBError

CPU = "cpu"


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Provenance:
    """What is needed to reproduce a result.

    Attributes
    ----------
    parameters : mapping
        Parameters of the task: what JSON can hold, numpy numbers, arrays and paths.
    source : str
        URL of the input data.
    model_hash : str
        SHA-256 of the model's weights; empty where no model was used.
    seed : int or None
        Seed of the random numbers; None where none were drawn.
    device : str
        Where it was computed: the CPU, where no network had a part in it, or e.g. the GPU.
    program, version : str
        What computed it.
    date : str
        ISO 8601, UTC.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    model_hash: str = ""
    seed: int | None = None
    device: str = CPU
    program: str = "darfix-wb"
    version: str = __version__
    date: str = field(default_factory=_now)

    def to_nexus(self) -> dict[str, Any]:
        """Fields of an NXprocess group, for `darfix_wb.io.nexus.write_process`.

        Raises
        ------
        DarfixWBError
            If JSON cannot hold a parameter.
        """
        tree: dict[str, Any] = {
            "program": self.program,
            "version": self.version,
            "date": self.date,
            "source": self.source,
            "model_hash": self.model_hash,
            "device": self.device,
            "parameters": {
                "@NX_class": "NXnote",
                "type": "application/json",
                "data": self._parameters_as_json(),
            },
        }
        if self.seed is not None:
            tree["seed"] = int(self.seed)
        return tree

    @classmethod
    def from_nexus(cls, group: h5py.Group) -> Provenance:
        """Read what `to_nexus` wrote.

        Raises
        ------
        DarfixWBError
            If the group has no provenance.
        """
        try:
            texts = {
                name: group[name].asstr()[()]
                for name in ("program", "version", "date", "source", "model_hash", "device")
            }
            parameters = json.loads(group["parameters/data"].asstr()[()])
            seed = int(group["seed"][()]) if "seed" in group else None
        except (KeyError, TypeError, ValueError) as error:
            raise DarfixWBError(
                f"The group must record where its data come from, and {group.name} of "
                f"{group.file.filename} does not ({error}). Choose a file of darfix-wb."
            ) from error
        return cls(parameters=parameters, seed=seed, **texts)

    def _parameters_as_json(self) -> str:
        try:
            return json.dumps(dict(self.parameters), sort_keys=True, default=_plain)
        except (TypeError, ValueError) as error:
            raise DarfixWBError(
                f"Parameters must be plain values to be kept with a result ({error}). Give "
                "numbers, texts, lists and dictionaries."
            ) from error


def _plain(value: Any) -> Any:
    if isinstance(value, numpy.generic | numpy.ndarray):
        return value.tolist()
    if isinstance(value, PathLike):
        return fspath(value)
    raise TypeError(f"{type(value).__name__} is not one")
