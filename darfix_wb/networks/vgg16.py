"""The deep plain network that the published one was compared with, for one channel."""

from __future__ import annotations

import torch
from torch import nn

from ..beam import BeamCondition
from ..errors import DarfixWBError
from ..normalization import LogScaling

STAGES = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
"""Channels of the convolutions before each pooling: configuration D."""

POOLED = 7
HIDDEN = 4096
SMALLEST_PATCH = 2 ** len(STAGES)


class VGG16(nn.Module):
    """Thirteen 3x3 convolutions with five poolings, and three fully connected layers.

    It knows weak and strong beam only, and looks at nothing but the image. 134,267,586 parameters
    at any patch size and 1,368 million multiplications for patches of 64 px; to train it takes
    about 4 GB of memory.

    Parameters
    ----------
    patch_size : int
        Side of a patch in pixels, at least 32; any size uses the same weights.
    dropout : float
        Share of hidden values dropped in training; the authors drop 0.5.

    Raises
    ------
    DarfixWBError
        If patches are too small for five poolings.

    Notes
    -----
    Source: Simonyan and Zisserman, ICLR 2015, table 1 D. One channel in and two classes out, as
    in table 1 of arXiv 2509.05017; maps are averaged to 7x7 px, what the fully connected layers
    were made for. The authors began with weights of a shallower network; here they are drawn as
    in He et al., ICCV 2015, equation 10, which needs none. The maps are laid out channels last,
    which changes no value and is faster.
    """

    name = "vgg16"
    classes = (BeamCondition.WEAK, BeamCondition.STRONG)
    scaling = LogScaling.kind
    cpu_batch_size = 64

    def __init__(self, patch_size: int = 64, *, dropout: float = 0.15) -> None:
        super().__init__()
        if patch_size < SMALLEST_PATCH:
            raise DarfixWBError(
                f"Patches for {self.name!r} must be at least {SMALLEST_PATCH} px wide, got "
                f"{patch_size} px. Extract larger patches, or choose another network."
            )
        layers, inner = [], 1
        for stage in STAGES:
            for outer in stage:
                layers += [nn.Conv2d(inner, outer, 3, padding=1), nn.ReLU(inplace=True)]
                inner = outer
            layers.append(nn.MaxPool2d(2))
        self.body = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(POOLED), nn.Flatten())
        self.head = nn.Sequential(
            *_hidden(inner * POOLED**2, dropout),
            *_hidden(HIDDEN, dropout),
            nn.Linear(HIDDEN, len(self.classes)),
        )
        self.apply(_draw_weights)
        self.to(memory_format=torch.channels_last)

    def forward(self, images: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
        """Logits ``(n, 2)`` of images ``(n, 1, patch_size, patch_size)``; features are unused."""
        return self.head(self.body(images))


def _hidden(inner: int, dropout: float) -> list[nn.Module]:
    return [nn.Linear(inner, HIDDEN), nn.ReLU(inplace=True), nn.Dropout(dropout)]


def _draw_weights(layer: nn.Module) -> None:
    if isinstance(layer, nn.Conv2d | nn.Linear):
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        nn.init.zeros_(layer.bias)
