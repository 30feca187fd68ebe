"""Who computes the layers of a volume."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from ..pixels import PixelMask
from ..progress import SILENT, Monitor
from .layer_job import LayerJob
from .outcome import LayerOutcome, compute_layer
from .plan import VolumePlan


class Engine(Protocol):
    """Computes layers, in any order."""

    def outcomes(
        self, indices: Sequence[int], *, monitor: Monitor = SILENT
    ) -> Iterator[LayerOutcome]:
        """Give each of these layers as soon as it is computed.

        Parameters
        ----------
        indices : sequence of int
            Numbers of the layers.
        monitor : Monitor
            Told which part of them is done, and asked whether to stop.
        """


class InProcess:
    """Computes layers one after the other in this process.

    Parameters
    ----------
    plan : VolumePlan
        What the volume is made of.
    mask : PixelMask, optional
        Invalid pixels of all layers.
    """

    def __init__(self, plan: VolumePlan, mask: PixelMask | None) -> None:
        self._plan, self._mask = plan, mask

    def outcomes(
        self, indices: Sequence[int], *, monitor: Monitor = SILENT
    ) -> Iterator[LayerOutcome]:
        """As `Engine.outcomes`."""
        job = LayerJob(self._plan.options, mask=self._mask)
        for index, part in zip(indices, monitor.parts(len(indices)), strict=True):
            monitor.check("The volume was cancelled.")
            yield compute_layer(job, self._plan, index, monitor=part)
            part.report(1.0)
