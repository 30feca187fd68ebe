"""A trained network on a whole scan."""

from __future__ import annotations

from collections.abc import Callable

import numpy

from darfix_wb.beam import BeamCondition, BeamMap
from darfix_wb.extraction import PatchedScan
from darfix_wb.model import BATCH_SIZE, BeamModel, FrameClassifier

from .context import has_context, strong_in_context
from .decoding import set_empty


def classify(
    patched: PatchedScan,
    model: BeamModel,
    device: str = "auto",
    batch_size: int = BATCH_SIZE,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    context: bool = True,
) -> BeamMap:
    """Classify all frames of a scan; they are read one at a time.

    The network sees one patch of one frame. Where the model has a context network and the scan
    rocking curves of three frames or more, that one then weighs each frame against the others and
    against the patches around.

    That a patch is EMPTY means that it carries no signal in the whole scan, which its rocking
    curve tells better (`decoding.set_empty`), so that the network need not look at it; where there
    is one frame only, the network has the last word.

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
    context : bool
        False to classify each frame alone.

    Raises
    ------
    DarfixWBError
        If the patches are of another size than the model's.
    """
    scan, grid = patched.scan, patched.grid
    frame_classifier = FrameClassifier(model, grid, patched.background, device, batch_size)
    wanted = numpy.flatnonzero(~patched.empty)
    shape = (scan.n_frames, *grid.shape)
    logits = numpy.empty((*shape, len(model.classes)), dtype=numpy.float32)
    log_spread = numpy.empty(shape, dtype=numpy.float32)
    for index, frame in enumerate(scan.iter_frames()):
        logits[index], features = frame_classifier.look(frame, wanted, cancelled)
        log_spread[index] = features[..., 1]
        if progress is not None:
            progress((index + 1) / scan.n_frames)
    if context and has_context(patched, model):
        probabilities = numpy.zeros((*shape, len(BeamCondition)), dtype=numpy.float32)
        alone = logits / numpy.float32(model.temperature)
        strong = strong_in_context(patched, model, alone, log_spread, device)
        probabilities[..., BeamCondition.STRONG] = strong
        probabilities[..., BeamCondition.WEAK] = 1 - strong
    else:
        probabilities = numpy.stack([frame_classifier.to_probabilities(part) for part in logits])
    if scan.n_frames > 1:
        set_empty(probabilities, patched.empty)
    return BeamMap(probabilities, grid, model.hash, model.name)
