"""The residual network that the published one was compared with, for one channel."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from ..beam import BeamCondition
from ..errors import DarfixWBError
from ..normalization import LogScaling

CHANNELS = (64, 128, 256, 512)
BLOCKS_OF_EACH = 2


class ResNet18(nn.Module):
    """Eighteen layers with shortcuts, batch normalisation and global average pooling.

    It knows weak and strong beam only, and looks at nothing but the image. 11,171,266 parameters
    at any patch size and 142 million multiplications for patches of 64 px.

    Parameters
    ----------
    patch_size : int
        Side of a patch in pixels; any size uses the same weights.
    dropout : float
        Share of the pooled values dropped in training; the authors drop none.

    Notes
    -----
    Source: He et al., CVPR 2016, table 1 (18-layer), shortcuts of option B; weights drawn as in
    He et al., ICCV 2015, equation 10. One channel in and two classes out, as in table 1 of
    arXiv 2509.05017. The maps are laid out channels last, which changes no value and is faster.
    """

    name = "resnet18"
    classes = (BeamCondition.WEAK, BeamCondition.STRONG)
    scaling = LogScaling.kind
    cpu_batch_size = 32

    def __init__(self, patch_size: int = 64, *, dropout: float = 0.15) -> None:
        super().__init__()
        stem = CHANNELS[0]
        blocks, inner = [], stem
        for outer in CHANNELS:
            for number in range(BLOCKS_OF_EACH):
                stride = 2 if number == 0 and outer != stem else 1
                blocks.append(_Block(inner, outer, stride))
                inner = outer
        self.body = nn.Sequential(
            nn.Conv2d(1, stem, 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(stem),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2, padding=1),
            *blocks,
        )
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(inner, len(self.classes)))
        self.apply(_draw_weights)
        self.to(memory_format=torch.channels_last)

    def forward(self, images: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
        """Logits ``(n, 2)`` of images ``(n, 1, patch_size, patch_size)``; features are unused.

        Raises
        ------
        DarfixWBError
            In training, if there is a single image: batch normalisation compares several.
        """
        if self.training and len(images) < 2:
            raise DarfixWBError(
                f"A batch to train {self.name!r} must hold at least 2 patches, got {len(images)}. "
                "Choose a larger batch_size, or label more patches."
            )
        return self.head(self.body(images).mean(dim=(2, 3)))


class _Block(nn.Module):
    """Two 3x3 convolutions with a shortcut, which steps and widens where they do."""

    def __init__(self, inner: int, outer: int, stride: int) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            nn.Conv2d(inner, outer, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(outer),
            nn.ReLU(inplace=True),
            nn.Conv2d(outer, outer, 3, padding=1, bias=False),
            nn.BatchNorm2d(outer),
        )
        self.shortcut = nn.Identity()
        if stride != 1 or inner != outer:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inner, outer, 1, stride=stride, bias=False), nn.BatchNorm2d(outer)
            )

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        return functional.relu(self.residual(maps) + self.shortcut(maps), inplace=True)


def _draw_weights(layer: nn.Module) -> None:
    if isinstance(layer, nn.Conv2d):
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
