"""What a network says about patches in memory."""

from __future__ import annotations

import numpy
import torch
from torch import nn

from ..networks import to_probabilities
from ..normalization import Scaling
from .data import TrainingSet
from .inputs import network_inputs

BATCH_SIZE = 128


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
