"""How large a network is, and how much it computes."""

from __future__ import annotations

import torch
from torch import nn

from ..normalization import N_FEATURES
from .context_features import FEATURES
from .context_network import ContextNetwork


def count_parameters(network: nn.Module) -> int:
    """Number of trainable parameters."""
    return sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)


def count_macs(network: nn.Module, *, patch_size: int = 64) -> int:
    """Multiply-accumulate operations for one patch, in convolutions and linear layers.

    Parameters
    ----------
    network : torch.nn.Module
        Takes images and features, or is a context network; this one is counted for one look.
    patch_size : int
        Side of the patch in pixels.
    """
    if isinstance(network, ContextNetwork):
        place = (1, 1, 1, 1)
        return _count_macs(network, torch.zeros(*place, len(FEATURES)), torch.ones(*place, 1))
    image = torch.zeros(1, 1, patch_size, patch_size)
    return _count_macs(network, image, torch.zeros(1, N_FEATURES))


def _count_macs(network: nn.Module, *inputs: torch.Tensor) -> int:
    counts: list[int] = []

    def count(layer: nn.Module, _inputs, output: torch.Tensor) -> None:
        per_output = layer.weight[0].numel()
        counts.append(output.numel() * per_output)

    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    hooks = [layer.register_forward_hook(count) for layer in layers]
    device = next(network.parameters()).device
    training = network.training
    network.eval()
    try:
        with torch.no_grad():
            network(*(tensor.to(device) for tensor in inputs))
    finally:
        network.train(training)
        for hook in hooks:
            hook.remove()
    return sum(counts)
