"""A layer that was computed, or the reason why it could not be."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import DarfixWBError, OperationCancelled, one_sentence
from ..progress import SILENT, Monitor
from .layer import Layer
from .plan import VolumePlan
from .result import LayerResult
from .summary import LayerRecord, LayerState

_logger = logging.getLogger(__name__)

Job = Callable[..., LayerResult]
"""A `darfix_wb.volume.layer_job.LayerJob`."""


@dataclass(frozen=True)
class LayerOutcome:
    """What is written of a layer.

    Attributes
    ----------
    index : int
        Number of the layer in the volume.
    seconds : float
        That it took.
    result : LayerResult or None
        None where it failed.
    reason : str
        Why it failed.
    """

    index: int
    seconds: float
    result: LayerResult | None
    reason: str = ""

    def record(self, layer: Layer) -> LayerRecord:
        """Its row in the table of layers."""
        state = LayerState.FAILED if self.result is None else LayerState.DONE
        warnings = () if self.result is None else tuple(self.result.warnings)
        return LayerRecord(self.index, layer.name, state, self.seconds, warnings, self.reason)


def compute_layer(
    job: Job, plan: VolumePlan, index: int, *, monitor: Monitor = SILENT
) -> LayerOutcome:
    """Compute a layer; whatever is wrong with it becomes the reason of a failure.

    Raises
    ------
    OperationCancelled
        If the monitor says so.
    """
    begin = time.monotonic()
    try:
        result = job(plan.layers[index], monitor=monitor)
        check_fits(result, plan)
    except OperationCancelled:
        raise
    except Exception as error:  # a layer of hundreds must not end the run, whatever it raises
        if not isinstance(error, DarfixWBError | OSError):
            _logger.exception("Layer %s failed.", plan.layers[index].name)
        return LayerOutcome(index, time.monotonic() - begin, None, one_sentence(error))
    return LayerOutcome(index, time.monotonic() - begin, result)


def check_fits(result: LayerResult, plan: VolumePlan) -> None:
    """Refuse a layer whose images or frames are not those of the volume.

    Raises
    ------
    DarfixWBError
        If they are not.
    """
    for name, image in result.images.items():
        if image.shape != plan.image_shape:
            raise DarfixWBError(
                f"The images of all layers must have the shape {plan.image_shape} of most of "
                f"them, got {image.shape} for {name}. Leave the layer out, or choose a region."
            )
    n_frames, *shape = result.conditions.shape
    if n_frames > plan.n_frames or tuple(shape) != plan.grid.shape:
        raise DarfixWBError(
            f"A layer must have at most the {plan.n_frames} frames that were found when the "
            f"volume was begun, and patches {plan.grid.shape}, got {n_frames} and "
            f"{tuple(shape)}. Begin the volume anew."
        )
