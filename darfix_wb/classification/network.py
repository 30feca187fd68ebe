"""A trained network on a whole scan."""

from __future__ import annotations

import numpy

from darfix_wb.beam import LCNN_ALONE, BeamMap
from darfix_wb.classification.curve_context import look_at_curves
from darfix_wb.classification.frame_classifier import BATCH_SIZE, FrameClassifier
from darfix_wb.device import describe_device
from darfix_wb.extraction import PatchedScan
from darfix_wb.model import BeamModel
from darfix_wb.rocking_curves import enough_frames, long_curves

from ..progress import SILENT, Monitor
from .decoding import decode, resolves_peaks, set_empty
from .doubt import contradictions, doubts
from .plain_crystals import BY_CURVE_ALONE
from .result_warnings import refuse_wrapped, with_result_warnings

LCNN = "lcnn"

HIDDEN_PEAKS = (
    "The peak of {:.0%} of the rocking curves lies in frames that are left out: these patches are "
    "classified in each frame alone, which is less sure. Record the scan again if you can."
)


def classify(
    patched: PatchedScan,
    model: BeamModel,
    *,
    device: str = "auto",
    batch_size: int = BATCH_SIZE,
    use_context: bool = True,
    monitor: Monitor = SILENT,
) -> BeamMap:
    """Classify all frames of a scan; they are read one at a time.

    The network sees one patch of one frame. Where the scan has rocking curves of three frames or
    more, the model's context network then weighs each frame against the others and against the
    patches around; of a model without one, what it says of the frames is combined along the curve
    by a Markov chain (`decoding.decode`) where the steps are fine (`decoding.resolves_peaks`).

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
    use_context : bool
        False to classify each frame alone, without the other frames of its rocking curve.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Returns
    -------
    BeamMap
        Called ``lcnn-alone`` where the network ``lcnn`` saw each frame alone on request, else by
        the name of the network. Its `warnings` say where the scan looks like nothing that the model
        knows (`doubts`), and where the result as a whole is of no use (`with_result_warnings`); its
        `thresholds` are those of the network that spoke last, None after a Markov chain, to which
        none were fitted.

    Raises
    ------
    DarfixWBError
        If the patches are of another size than the model's.
    """
    refuse_wrapped(patched)
    weighs_curves = use_context and model.context is not None and enough_frames(patched)
    classifier = FrameClassifier(
        model.in_curves if weighs_curves else model,
        patched.grid,
        patched.background,
        device=device,
        batch_size=batch_size,
    )
    logits, log_spread = classifier.look_at_scan(patched, monitor=monitor)
    warnings: tuple[str, ...] = ()
    thresholds = model.calibration.thresholds
    name = LCNN_ALONE if model.name == LCNN and not use_context else model.name
    record = patched.record(use_context, device=describe_device(classifier.device))
    use_context = use_context and enough_frames(patched)
    probabilities = numpy.stack(
        [model.calibration.probabilities(frame, model.classes) for frame in logits]
    )
    if weighs_curves:
        answer = look_at_curves(model, patched, logits, log_spread, device=device)
        known = numpy.isfinite(answer.strong)
        probabilities[known] = model.context_calibration.probabilities(answer.strong[known])
        frames = numpy.concatenate(long_curves(patched))
        hidden = (~known[frames]).mean()
        warnings = (HIDDEN_PEAKS.format(hidden),) if hidden else ()
        if hidden < 0.5:
            warnings += (BY_CURVE_ALONE,) if answer.plain.any() else ()
            warnings += contradictions(answer.contradicted[frames], patched.empty)
            warnings += doubts(probabilities[frames], patched.empty)
        thresholds = model.context_calibration.thresholds
    if patched.scan.n_frames > 1:
        set_empty(probabilities, patched.empty)
    all_warnings = (*patched.scan.warnings, *warnings)
    beam_map = BeamMap(
        probabilities, patched.grid, model.hash, name, all_warnings, thresholds, record
    )
    if use_context and model.context is None and resolves_peaks(patched):
        beam_map = decode(beam_map, patched.scan.curves)
    return with_result_warnings(beam_map, patched)
