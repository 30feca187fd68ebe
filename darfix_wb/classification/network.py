"""A trained network on a whole scan."""

from __future__ import annotations

from collections.abc import Callable

import numpy

from darfix_wb.beam import BeamCondition, BeamMap
from darfix_wb.extraction import PatchedScan
from darfix_wb.model import BATCH_SIZE, BeamModel, FrameClassifier

from .decoding import set_empty


def classify(
    patched: PatchedScan,
    model: BeamModel,
    device: str = "auto",
    batch_size: int = BATCH_SIZE,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> BeamMap:
    """Classify each frame alone; frames are read one at a time.

    What the network sees is one patch of one frame. That a patch is EMPTY means that it carries
    no signal in the whole scan, which its rocking curve tells better (`decoding.set_empty`); where
    there is one frame only, the network has the last word.

    Parameters
    ----------
    patched : PatchedScan
        Scan, grid and background.
    model : BeamModel
        Trained on patches of the grid's size.
    device : str
        As `darfix_wb.device.resolve_device`.
    batch_size : int
        Patches per call of the network.
    progress : callable, optional
        Called with the fraction done, 0 to 1.
    cancelled : callable, optional
        Asked before each batch; true ends the work with `OperationCancelled`.

    Raises
    ------
    DarfixWBError
        If the patches are of another size than the model's.
    """
    scan, grid = patched.scan, patched.grid
    classify_frame = FrameClassifier(model, grid, patched.background, device, batch_size)
    shape = (scan.n_frames, *grid.shape, len(BeamCondition))
    probabilities = numpy.empty(shape, dtype=numpy.float32)
    for index, frame in enumerate(scan.iter_frames()):
        probabilities[index] = classify_frame(frame, cancelled)
        if progress is not None:
            progress((index + 1) / scan.n_frames)
    if scan.n_frames > 1:
        set_empty(probabilities, patched.empty)
    return BeamMap(probabilities, grid, model.hash, model.name)
