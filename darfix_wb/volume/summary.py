"""How far a volume is, layer by layer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any


class LayerState(IntEnum):
    """What of a layer is in the file."""

    PENDING = 0
    """Nothing: not computed yet."""
    DONE = 1
    """All of it."""
    FAILED = 2
    """The reason why it could not be computed; its images are NaN."""


@dataclass(frozen=True)
class LayerRecord:
    """A row of the table of layers.

    Attributes
    ----------
    index : int
        Number of the layer, from 0.
    name : str
        As of the layer.
    state : LayerState
        What of it is in the file.
    seconds : float
        That its computation took; NaN where it is pending.
    warnings : tuple of str
        Why it may not be trusted, a sentence each.
    reason : str
        Why it failed; empty where it did not.
    """

    index: int
    name: str
    state: LayerState
    seconds: float
    warnings: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class VolumeSummary:
    """All layers of a volume.

    Attributes
    ----------
    output_file : str
        File of the volume.
    layers : tuple of LayerRecord
        In the order of the volume.

    Examples
    --------
    >>> done = LayerRecord(0, "1.1", LayerState.DONE, 2.5)
    >>> failed = LayerRecord(1, "2.1", LayerState.FAILED, 0.1, reason="It has no frames.")
    >>> summary = VolumeSummary("volume.h5", (done, failed))
    >>> print(summary)
    1 of 2 layers done, 1 failed, 0 pending
    >>> summary.as_dict()["failed"]
    1
    """

    output_file: str
    layers: tuple[LayerRecord, ...]

    def __str__(self) -> str:
        return (
            f"{self.n_done} of {len(self.layers)} layers done, {self.n_failed} failed, "
            f"{self.n_pending} pending"
        )

    @property
    def n_done(self) -> int:
        """Number of layers that are in the file."""
        return self._count(LayerState.DONE)

    @property
    def n_failed(self) -> int:
        """Number of layers that could not be computed."""
        return self._count(LayerState.FAILED)

    @property
    def n_pending(self) -> int:
        """Number of layers that were not computed yet."""
        return self._count(LayerState.PENDING)

    @property
    def complete(self) -> bool:
        """Whether every layer is in the file."""
        return self.n_done == len(self.layers)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, which JSON can hold: numbers of layers by state, and the table."""
        rows = []
        for record in self.layers:
            row = asdict(record)
            pending = record.state == LayerState.PENDING
            row |= {
                "state": record.state.name.lower(),
                "seconds": None if pending else record.seconds,
                "warnings": list(record.warnings),
            }
            rows.append(row)
        return {
            "output_file": self.output_file,
            "done": self.n_done,
            "failed": self.n_failed,
            "pending": self.n_pending,
            "layers": rows,
        }

    def _count(self, state: LayerState) -> int:
        return sum(record.state == state for record in self.layers)
