"""Convolutions in the layout of the CPU's own library."""

from __future__ import annotations

import torch
from torch import nn


def convolved(body: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """What convolutions and activations make of images, to the last bit as they do by themselves.

    On a CPU, maps stay in the layout of oneDNN from layer to layer; otherwise PyTorch changes
    their layout before and after each, which takes half of the time.

    Parameters
    ----------
    body : torch.nn.Module
        Layers that oneDNN knows: convolutions, ReLU, GELU, pooling, and sums of them.
    images : torch.Tensor
        ``(n, channels, rows, columns)`` float32.
    """
    if not by_onednn(images):
        return body(images)
    return body(images.to_mkldnn()).to_dense()


def by_onednn(images: torch.Tensor) -> bool:
    """Whether oneDNN can keep its layout: on a CPU, where nothing is learned."""
    on_cpu = images.device.type == "cpu" and torch.backends.mkldnn.is_available()
    return on_cpu and not torch.is_grad_enabled() and len(images) > 0
