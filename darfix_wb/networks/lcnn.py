"""A smaller and faster network, which knows empty patches and the level of a patch."""

from __future__ import annotations

import torch
from torch import nn

from ..beam import BeamCondition
from ..normalization import N_FEATURES, PatchScaling
from ._layout import convolved

CHANNELS = (16, 32, 64)
HIDDEN = 48
FEATURE_CENTRE = (3.0, -0.5)
FEATURE_SPREAD = (2.0, 0.5)


class LCNN(nn.Module):
    """Early down-sampling, global pooling, and the patch's level in addition to its image.

    The first layer steps by 4 px: the beads, tails and fringes of interest are tens of pixels
    wide, and every later layer costs a sixteenth. The image features are pooled (mean and
    maximum) over the patch, so that the number of weights does not depend on its size.

    Parameters
    ----------
    patch_size : int
        Side of a patch in pixels, at least 8; any size uses the same weights.
    dropout : float
        Share of pooled and hidden values dropped in training.
    """

    name = "lcnn"
    classes = (BeamCondition.WEAK, BeamCondition.STRONG, BeamCondition.EMPTY)
    scaling = PatchScaling().kind
    cpu_batch_size = 256

    def __init__(self, patch_size: int = 64, *, dropout: float = 0.15) -> None:
        super().__init__()
        stem, middle, last = CHANNELS
        self.body = nn.Sequential(
            nn.Conv2d(1, stem, 7, stride=4, padding=3),
            nn.ReLU(inplace=True),
            nn.Conv2d(stem, middle, 3, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(middle, last, 3, stride=2, padding=1),
            nn.ReLU(inplace=True),
        )
        self.head = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(2 * last + N_FEATURES, HIDDEN),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(HIDDEN, len(self.classes)),
        )
        self.register_buffer("centre", torch.tensor(FEATURE_CENTRE))
        self.register_buffer("spread", torch.tensor(FEATURE_SPREAD))

    def forward(self, images: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
        """Logits ``(n, 3)`` of images ``(n, 1, patch_size, patch_size)``, features ``(n, 2)``."""
        maps = convolved(self.body, images)
        maps = maps.contiguous(memory_format=torch.channels_last).flatten(2)
        level = (features - self.centre) / self.spread
        return self.head(torch.cat((maps.mean(dim=2), maps.amax(dim=2), level), dim=1))
