"""The one writer of a volume."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

from ..errors import DarfixWBError
from ..progress import SILENT, Monitor
from .engines import Engine
from .outcome import LayerOutcome, check_fits
from .parts import Parts
from .plan import VolumePlan
from .summary import LayerRecord, LayerState
from .volume_file import VolumeFile

OnLayer = Callable[[LayerRecord], None]
"""Called with each layer when it is in the file."""


@dataclass
class Writer:
    """Writes layers in a thread of its own, while the next ones are computed.

    Attributes
    ----------
    volume : VolumeFile
        What is written.
    parts : Parts
        Layers that were computed elsewhere.
    on_layer : callable or None
        Told of each layer that is in the file.
    """

    volume: VolumeFile
    parts: Parts
    on_layer: OnLayer | None

    def take_parts(self, monitor: Monitor = SILENT) -> None:
        """Write the layers that were computed as parts."""
        found = self.parts.found(self.volume.plan)
        for number, index in enumerate(found):
            monitor.check("The assembly was cancelled.")
            if self.volume.states[index] != LayerState.DONE:
                outcome = self.parts.read(index)
                if _fits(outcome, self.volume.plan):
                    self._write(outcome)
            self.parts.remove(index)
            monitor.report((number + 1) / len(found))

    def take(self, engine: Engine, todo: Sequence[int], *, monitor: Monitor = SILENT) -> None:
        """Have layers computed, and write them.

        Parameters
        ----------
        engine : Engine
            Who computes them.
        todo : sequence of int
            Numbers of the layers.
        monitor : Monitor
            Told which part of the volume is done, and asked whether to stop.
        """
        n_layers = len(self.volume.plan.layers)
        rest = monitor.part((n_layers - len(todo)) / n_layers, 1.0)
        with (
            ThreadPoolExecutor(1, "writer") as thread,
            closing(engine.outcomes(todo, monitor=rest)) as outcomes,
        ):
            written: Future[None] | None = None
            for outcome in outcomes:
                if written is not None:
                    written.result()
                written = thread.submit(self._write, outcome)
                del outcome  # Its images are not kept while the next layer is computed.
            if written is not None:
                written.result()
        self._remove_parts()

    def _remove_parts(self) -> None:
        """Delete parts of layers that are done: a worker that ends may have one done twice."""
        for index in self.parts.found(self.volume.plan):
            if self.volume.states[index] == LayerState.DONE:
                self.parts.remove(index)

    def _write(self, outcome: LayerOutcome) -> None:
        self.volume.write(outcome)
        self.parts.remove(outcome.index)
        if self.on_layer is not None:
            self.on_layer(outcome.record(self.volume.plan.layers[outcome.index]))


def _fits(outcome: LayerOutcome, plan: VolumePlan) -> bool:
    if outcome.result is None:
        return True
    try:
        check_fits(outcome.result, plan)
    except DarfixWBError:
        return False
    return True
