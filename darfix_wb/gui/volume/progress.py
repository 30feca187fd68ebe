"""How far a volume is: the state of each layer, and the time that is left."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy

from ...volume.layer import Layer
from ...volume.summary import LayerRecord, LayerState
from ..texts import duration_text

PENDING, RUNNING, DONE, FAILED = STATES = ("pending", "running", "done", "failed")
"""What the window calls the states of a layer."""

_STATES = {LayerState.PENDING: PENDING, LayerState.DONE: DONE, LayerState.FAILED: FAILED}


class VolumeProgress:
    """The layers of a volume and what is known of each, before, in and after a run.

    Parameters
    ----------
    layers : sequence of Layer
        In the order of the volume.
    records : sequence of LayerRecord, optional
        What is in the file; if not given, every layer is pending.
    now : callable
        The time in seconds.

    Examples
    --------
    >>> progress = VolumeProgress([Layer("a.h5", "a"), Layer("b.h5", "b")])
    >>> progress.begin(n_parallel=1)
    >>> progress.take(LayerRecord(0, "a", LayerState.DONE, 2.5))
    >>> [progress.state_of(index) for index in (0, 1)]
    ['done', 'running']
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        records: Sequence[LayerRecord] | None = None,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.layers, self._now = tuple(layers), now
        self.records = list(_pending(layers) if records is None else records)
        self._finished: set[int] = set()
        self._running: frozenset[int] = frozenset()
        self._begin: float | None = None
        self._times: list[float] = []
        self._n_parallel, self._forecast = 0, None

    def begin(
        self,
        *,
        n_parallel: int,
        anew: bool = False,
        forecast: float | None = None,
        since: float | None = None,
    ) -> None:
        """A run begins.

        Parameters
        ----------
        n_parallel : int
            Layers that are computed at the same time, the first that are left; 0 if not known.
        anew : bool
            Whether layers that are done are computed again.
        forecast : float, optional
            Seconds that all layers together will take.
        since : float, optional
            When it began, if not now.
        """
        if anew:
            self.records = _pending(self.layers)
        self._begin = self._now() if since is None else since
        self._times = []
        self._n_parallel, self._forecast = n_parallel, forecast
        self._finished = set()
        self._find_running()

    def take(self, record: LayerRecord) -> None:
        """A layer is in the file."""
        self.records[record.index] = record
        self._finished.add(record.index)
        self._times.append(self._now())
        self._find_running()

    def end(self) -> None:
        """The run is over."""
        self._begin = None
        self._find_running()

    @property
    def is_running(self) -> bool:
        """Whether a run is on."""
        return self._begin is not None

    def state_of(self, index: int) -> str:
        """One of `STATES`."""
        return RUNNING if index in self._running else _STATES[self.records[index].state]

    def count(self, state: str) -> int:
        """Number of layers in one of `STATES`."""
        return sum(self.state_of(index) == state for index in range(len(self.records)))

    @property
    def fraction(self) -> float:
        """Part of the layers that is done or failed, 0 to 1."""
        n_left = len(self._left()) if self.is_running else self.count(PENDING)
        return 1 - n_left / len(self.records) if self.records else 0.0

    def seconds_left(self) -> float | None:
        """Until the end of the run; None where nothing tells."""
        if self._begin is None:
            return None
        n_left = len(self._left())
        if self._times:
            return max(0.0, self._seconds_each() * n_left - (self._now() - self._times[-1]))
        if self._forecast is None:
            return None
        share = n_left / max(1, len(self.records))
        return max(0.0, self._forecast * share - (self._now() - self._begin))

    def sentence(self) -> str:
        """E.g. ``"12 of 301 done, 1 failed, 4 min left"``."""
        if not self.records:
            return "No layers yet"
        parts = [f"{self.count(DONE)} of {len(self.records)} done"]
        n_failed, left = self.count(FAILED), self.seconds_left()
        if n_failed:
            parts.append(f"{n_failed} failed")
        if left is not None:
            parts.append(f"{duration_text(left)} left")
        elif self.count(PENDING):
            parts.append(f"{self.count(PENDING)} pending")
        return ", ".join(parts)

    def _seconds_each(self) -> float:
        """From one layer to the next, without what comes before the first ones."""
        first = max(1, self._n_parallel)
        n_after = len(self._times) - first
        if n_after > 0:
            return (self._times[-1] - self._times[first - 1]) / n_after
        return (self._times[-1] - self._begin) / len(self._times)

    def _left(self) -> list[int]:
        return [
            record.index
            for record in self.records
            if record.state != LayerState.DONE and record.index not in self._finished
        ]

    def _find_running(self) -> None:
        running = self._left()[: self._n_parallel] if self.is_running else ()
        self._running = frozenset(running)


def _pending(layers: Sequence[Layer]) -> list[LayerRecord]:
    return [
        LayerRecord(index, layer.name, LayerState.PENDING, numpy.nan)
        for index, layer in enumerate(layers)
    ]
