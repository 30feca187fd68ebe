"""What the whole rocking curve and the neighbouring patches say of a patch in a frame."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import numpy
import torch
from scipy.special import expit

from darfix_wb.context import LEAST_STEPS, context_features
from darfix_wb.device import resolve_device
from darfix_wb.extraction import PatchedScan
from darfix_wb.model import BeamModel


def has_context(patched: PatchedScan, model: BeamModel) -> bool:
    """Whether the model weighs frames against each other, and the scan has enough of them."""
    return model.context is not None and patched.scan.curves.shape[1] >= LEAST_STEPS


def strong_in_context(
    patched: PatchedScan,
    model: BeamModel,
    logits: numpy.ndarray,
    log_spread: numpy.ndarray,
    device: str = "auto",
) -> numpy.ndarray:
    """Probability that a patch which is lit is strong, given all frames of its rocking curve.

    The network looks at patches that stand side by side. Where patches overlap, each set of such
    patches is looked at by itself, so that it sees the same distances whatever the stride.

    Parameters
    ----------
    patched : PatchedScan
        The scan and its curves.
    model : BeamModel
        With a context network.
    logits : numpy.ndarray
        ``(n_frames, rows, columns, 3)`` of each frame alone, over the model's temperature.
    log_spread : numpy.ndarray
        ``(n_frames, rows, columns)``, from `PatchNormalizer`.
    device : str
        As `darfix_wb.device.resolve_device`.

    Returns
    -------
    numpy.ndarray
        ``(n_frames, rows, columns)`` float32; one half where a patch is empty.
    """
    network = copy.deepcopy(model.context).to(resolve_device(device)).eval()
    strong = numpy.full(patched.curves.shape, 0.5, dtype=numpy.float32)
    for frames in patched.scan.curves:
        for rows, columns in _side_by_side(patched):
            here = (slice(None), rows, columns)
            lit = ~patched.empty[rows, columns]
            features = context_features(
                patched.curves[frames][here],
                patched.scan.angles[frames],
                patched.noise,
                lit,
                logits[frames][here],
                log_spread[frames][here],
            )
            strength = _outputs(network, features, lit)[..., 0]
            strong[(frames, *here[1:])] = expit(strength / model.context_temperature)
    return strong


def _outputs(
    network: torch.nn.Module, features: numpy.ndarray, lit: numpy.ndarray
) -> numpy.ndarray:
    """``(n_steps, rows, columns, 2)`` float32."""
    device = next(network.parameters()).device
    mask = numpy.broadcast_to(lit[..., None], (*features.shape[:-1], 1)).astype(numpy.float32)
    with torch.inference_mode():
        outputs = network(
            torch.from_numpy(features)[None].to(device), torch.from_numpy(mask)[None].to(device)
        )
    return outputs[0].cpu().numpy()


def _side_by_side(patched: PatchedScan) -> Iterator[tuple[slice, slice]]:
    """Sets of patches that stand a patch apart."""
    n = max(1, round(patched.grid.patch_size / patched.grid.stride))
    rows, columns = patched.grid.shape
    for row in range(min(n, rows)):
        for column in range(min(n, columns)):
            yield slice(row, None, n), slice(column, None, n)
