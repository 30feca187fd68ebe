"""A small fully convolutional network that finds lines."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from .features import N_FEATURES, STRIDE

WIDTH = 16
DILATIONS = (1, 2, 4, 8, 4, 2, 1, 1)

REACH = 3 + sum(DILATIONS)
"""Cells around a cell that its outputs depend on."""


class LineNetwork(nn.Module):
    """Dilated 3x3 convolutions, each added to what went in, over cells of 2x2 px.

    Each output depends on what lies within 27 cells (54 px); images of any size use the same
    weights.
    """

    name = "lines"

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(N_FEATURES, WIDTH, 1), nn.GELU(), nn.Conv2d(WIDTH, WIDTH, 3, padding=1)
        )
        self.layers = nn.ModuleList(
            nn.Conv2d(WIDTH, WIDTH, 3, padding=dilation, dilation=dilation)
            for dilation in DILATIONS
        )
        self.head = nn.Sequential(
            nn.GELU(),
            nn.Conv2d(WIDTH, WIDTH, 3, padding=1),
            nn.GELU(),
            nn.Conv2d(WIDTH, STRIDE**2, 3, padding=1),
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Logits ``(n, 2 * rows, 2 * columns)`` of a line within 3 px of each pixel.

        Parameters
        ----------
        features : torch.Tensor
            ``(n, 21, rows, columns)`` float32, from `detector_features`.
        """
        hidden = self.stem(features)
        for layer in self.layers:
            hidden = hidden + layer(functional.gelu(hidden))
        return functional.pixel_shuffle(self.head(hidden), STRIDE)[:, 0]
