"""How large a network is, and how much it computes."""

from __future__ import annotations

import torch
from torch import nn

from ..normalization import N_FEATURES


def count_parameters(network: nn.Module) -> int:
    """Number of trainable parameters."""
    return sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)


def count_macs(network: nn.Module, patch_size: int = 64) -> int:
    """Multiply-accumulate operations for one patch, in convolutions and linear layers.

    Parameters
    ----------
    network : torch.nn.Module
        Takes images and features.
    patch_size : int
        Side of the patch in pixels.
    """
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
            network(
                torch.zeros(1, 1, patch_size, patch_size, device=device),
                torch.zeros(1, N_FEATURES, device=device),
            )
    finally:
        network.train(training)
        for hook in hooks:
            hook.remove()
    return sum(counts)
