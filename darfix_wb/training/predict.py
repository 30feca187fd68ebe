"""Labelled patches as a network sees them, on any device, and what it says about them."""

from __future__ import annotations

import numpy
import torch
from torch import nn

from ..networks import to_probabilities
from ..normalization import Background, LogScaling, PatchScaling, Scaling
from .data import TrainingSet

BATCH_SIZE = 128
CHUNK = 64


def fit_scaling(kind: str, training: TrainingSet) -> Scaling:
    """The scaling of that kind, with the constants of the training patches where it has any."""
    if kind == PatchScaling().kind:
        return PatchScaling()
    counts = (
        training.centres(slice(start, start + CHUNK)).astype(numpy.float32)
        * training.sigma[start : start + CHUNK, None, None]
        for start in range(0, len(training), CHUNK)
    )
    return LogScaling.fit(counts, Background(0.0, 1.0))


def network_inputs(
    signals: torch.Tensor, sigma: torch.Tensor, scaling: Scaling
) -> tuple[torch.Tensor, torch.Tensor]:
    """What `PatchNormalizer` makes of the same patches, on any device.

    Parameters
    ----------
    signals : torch.Tensor
        ``(n, patch_size, patch_size)`` float32, counts above dark in units of `sigma`.
    sigma : torch.Tensor
        ``(n,)`` float32, counts.
    scaling : PatchScaling or LogScaling
        How counts are scaled.

    Returns
    -------
    images : torch.Tensor
        ``(n, 1, patch_size, patch_size)`` float32.
    features : torch.Tensor
        ``(n, 2)`` float32, level and log spread; zeros where patches are not scaled by themselves.
    """
    if isinstance(scaling, LogScaling):
        logs = (signals * sigma[:, None, None]).clamp_(min=1.0).log_()
        images = (logs - scaling.mean) / scaling.std
        return images[:, None], signals.new_zeros(len(signals), 2)
    scaled = torch.asinh(signals)
    variance, mean = torch.var_mean(scaled, dim=(1, 2), correction=0)
    spread = variance.sqrt().clamp(min=1e-3)
    images = (scaled - mean[:, None, None]) / spread[:, None, None]
    return images[:, None], torch.stack((mean, spread.log()), dim=1)


def predict_logits(
    network: nn.Module, patches: TrainingSet, scaling: Scaling, *, batch_size: int = BATCH_SIZE
) -> numpy.ndarray:
    """Logits of every patch, on the device of the network.

    Returns
    -------
    numpy.ndarray
        ``(n, n_classes)`` float32.
    """
    device = next(network.parameters()).device
    logits = numpy.empty((len(patches), len(network.classes)), dtype=numpy.float32)
    network.eval()
    with torch.inference_mode():
        for start in range(0, len(patches), batch_size):
            part = slice(start, start + batch_size)
            signals = torch.from_numpy(patches.centres(part)).to(device, torch.float32)
            sigma = torch.from_numpy(patches.sigma[part]).to(device)
            logits[part] = network(*network_inputs(signals, sigma, scaling)).cpu().numpy()
    return logits


def predict(
    network: nn.Module, patches: TrainingSet, scaling: Scaling, *, temperature: float = 1.0
) -> numpy.ndarray:
    """Probabilities of every patch, ``(n, 3)`` float32 in the order WEAK, STRONG, EMPTY."""
    return to_probabilities(
        predict_logits(network, patches, scaling), network.classes, temperature=temperature
    )
