"""The context network on a whole scan."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence

import numpy
import torch

from ..device import resolve_device
from ..extraction import PatchedScan
from ..model import BeamModel
from ..networks.context_features import context_features
from ..networks.context_network import VIEWS, ContextNetwork
from ..rocking_curves import long_curves
from .gaps import fill_gaps, hides_peak, whole_curve


def context_logits(
    model: BeamModel,
    patched: PatchedScan,
    logits: numpy.ndarray,
    log_spread: numpy.ndarray,
    *,
    device: str = "auto",
    views: Sequence[tuple[bool, bool]] = VIEWS,
) -> numpy.ndarray:
    """What the context network says of rocking curves of three frames or more, before calibration.

    The network looks at patches that stand side by side. Where patches overlap, each set of such
    patches is looked at by itself, so that it sees the same distances whatever the stride.

    Parameters
    ----------
    model : BeamModel
        With a context network.
    patched : PatchedScan
        The scan and its rocking curves.
    logits, log_spread : numpy.ndarray
        From `FrameClassifier.look_at_scan`.
    device : str
        As `darfix_wb.device.resolve_device`.
    views : sequence of (bool, bool)
        Whether the network is shown what the images and what the curves say; the mean of its
        answers is returned. By default both, either and the other.

    Returns
    -------
    numpy.ndarray
        ``(n_frames, rows, columns)`` float32: logits of strong against weak given all frames of the
        rocking curve, for `BeamModel.context_calibration`; meaningless where a patch is empty, NaN
        in frames of no curve or of a shorter one, and where frames that are left out hide the peak.
    """
    network = copy.deepcopy(model.context).to(resolve_device(device)).eval()
    alone = logits / numpy.float32(model.calibration.temperature)
    strong = numpy.full(patched.curves.shape, numpy.nan, dtype=numpy.float32)
    for frames in long_curves(patched):
        steps = whole_curve(patched, frames)
        missing = numpy.isin(steps, frames, invert=True)
        curves, angles = patched.curves[steps], patched.scan.angles[steps]
        seen, spread = alone[steps], log_spread[steps]
        if missing.any():
            logs = numpy.log(numpy.maximum(curves, patched.noise))
            curves[missing] = numpy.exp(fill_gaps(logs, angles, missing))[missing]
            seen, spread = (fill_gaps(values, angles, missing) for values in (seen, spread))
        for rows, columns in _side_by_side(patched):
            here = (slice(None), rows, columns)
            known = (
                curves[here],
                angles,
                patched.noise,
                ~patched.empty[rows, columns],
                seen[here],
                spread[here],
            )
            answers = [
                run_context(
                    network,
                    context_features(*known, image_known=image, curve_known=curve),
                    known[3],
                )
                for image, curve in views
            ]
            strong[(frames, rows, columns)] = numpy.mean(answers, axis=0)[~missing]
        strong[frames] = numpy.where(hides_peak(curves, missing), numpy.nan, strong[frames])
    return strong


def run_context(
    network: ContextNetwork, features: numpy.ndarray, lit: numpy.ndarray
) -> numpy.ndarray:
    """Logits ``(n_steps, rows, columns)`` float32 of the features of one rocking curve."""
    device = next(network.parameters()).device
    mask = numpy.broadcast_to(lit[..., None], (*features.shape[:-1], 1)).astype(numpy.float32)
    # Copies: where memory of numpy lies may change the last bit of a matrix product.
    given = (torch.tensor(array, device=device)[None] for array in (features, mask))
    with torch.inference_mode():
        outputs = network(*given)
    return outputs[0, ..., 0].cpu().numpy()


def _side_by_side(patched: PatchedScan) -> Iterator[tuple[slice, slice]]:
    """Sets of patches that stand a patch apart."""
    n = max(1, round(patched.grid.patch_size / patched.grid.stride))
    rows, columns = patched.grid.shape
    for row in range(min(n, rows)):
        for column in range(min(n, columns)):
            yield slice(row, None, n), slice(column, None, n)
