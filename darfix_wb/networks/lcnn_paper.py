"""The published lightweight network, as published, for comparison."""

from __future__ import annotations

import itertools

import torch
from torch import nn

from ..beam import BeamCondition
from ..normalization import LogScaling
from ._layout import by_onednn, convolved

CHANNELS = (1, 16, 32, 64)
HIDDEN = 10


class PaperLCNN(nn.Module):
    """Three depthwise-separable 5x5 blocks, one pooling, and two fully connected layers.

    It knows weak and strong beam only, and looks at nothing but the image. 659,305 parameters
    and 16.2 million multiplications for patches of 64 px.

    Parameters
    ----------
    patch_size : int
        Side of a patch in pixels, at least 2; the number of weights depends on it.
    dropout : float
        Share of channels (after each block) and of hidden values dropped in training.

    Notes
    -----
    Maps stay in the layout of oneDNN on a CPU, and are laid out channels last in a training, which
    takes a third of the time there.

    Source: Benhadjira et al., arXiv 2509.05017, section 2.
    """

    name = "lcnn-paper"
    classes = (BeamCondition.WEAK, BeamCondition.STRONG)
    scaling = LogScaling.kind
    cpu_batch_size = 4

    def __init__(self, patch_size: int = 64, *, dropout: float = 0.15) -> None:
        super().__init__()
        blocks = [
            layer
            for inner, outer in itertools.pairwise(CHANNELS)
            for layer in _block(inner, outer, dropout)
        ]
        self.body = nn.Sequential(*blocks, nn.MaxPool2d(2), nn.Flatten())
        self.head = nn.Sequential(
            nn.Linear(CHANNELS[-1] * (patch_size // 2) ** 2, HIDDEN),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(HIDDEN, len(self.classes)),
        )

    def forward(self, images: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
        """Logits ``(n, 2)`` of images ``(n, 1, patch_size, patch_size)``; features are unused."""
        if by_onednn(images):
            return self.head(self.body[-1](convolved(self.body[:-1], images)))
        depthwise, pointwise, *others = self.body
        maps = pointwise(depthwise(images)).contiguous(memory_format=torch.channels_last)
        for layer in others:
            maps = layer(maps)
        return self.head(maps)


def _block(inner: int, outer: int, dropout: float) -> list[nn.Module]:
    return [
        nn.Conv2d(inner, inner, 5, padding=2, groups=inner, bias=False),
        nn.Conv2d(inner, outer, 1),
        nn.ReLU(),
        nn.Dropout2d(dropout),
    ]
