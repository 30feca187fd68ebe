"""A small network over the grid of patches and the frames of a rocking curve."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from .context_features import FEATURES

WIDTH = 32
N_BLOCKS = 4
FRAMES_SEEN = 7
POOLED_AFTER = (0, 2)
OUTPUTS = ("strong", "log multiple scattering")

VIEWS = ((True, True), (False, True), (True, False))
"""What the network is shown in turn: images and curves, curves alone, images alone. Where they
disagree, the mean is right more often than the first by itself."""

OF_CURVES = 1
"""Which of these shows the curves alone."""


class ContextNetwork(nn.Module):
    """Weighs what each frame alone shows against the rocking curve and the neighbouring patches.

    Blocks of two depthwise convolutions, over 7 frames and over 3x3 patches, and a perceptron of
    each place, added to what went in (as MobileNet and ConvNeXt do). After two of them each place
    also gets the means over its frame and over the scan. Any number of frames, rows and columns
    uses the same weights.

    Parameters
    ----------
    dropout : float
        Share of the last values dropped in training.
    image_bound : float or None
        By how much of a logit the images may move what the curves say. Such a network is also asked
        about the scan as if it were recorded backwards. None for the networks of model files of
        format 4 and earlier: neither.
    """

    name = "context"

    def __init__(self, dropout: float = 0.1, *, image_bound: float | None = None) -> None:
        super().__init__()
        self.image_bound = image_bound
        self.stem = nn.Linear(len(FEATURES), WIDTH)
        self.blocks = nn.ModuleList(_Block() for _ in range(N_BLOCKS))
        self.pooled = nn.ModuleList(nn.Linear(2 * WIDTH, WIDTH) for _ in POOLED_AFTER)
        self.head = nn.Sequential(nn.GELU(), nn.Dropout(dropout), nn.Linear(WIDTH, len(OUTPUTS)))

    @property
    def n_looks(self) -> int:
        """How often it is asked about each rocking curve."""
        return len(VIEWS) * (1 if self.image_bound is None else 2)

    def forward(self, features: torch.Tensor, lit: torch.Tensor) -> torch.Tensor:
        """Outputs ``(n, n_steps, rows, columns, 2)``.

        Parameters
        ----------
        features : torch.Tensor
            ``(n, n_steps, rows, columns, len(FEATURES))`` float32, from `context_features`.
        lit : torch.Tensor
            ``(n, n_steps, rows, columns, 1)`` float32: 1 where there is a lit patch, 0 elsewhere
            and in padding.

        Returns
        -------
        torch.Tensor
            The logit of strong against weak, and the decimal logarithm of the multiple scattering
            over its threshold, which is learnt with it.
        """
        hidden = self.stem(features) * lit
        pooled = iter(self.pooled)
        for index, block in enumerate(self.blocks):
            hidden = block(hidden, lit)
            if index in POOLED_AFTER:
                hidden = hidden + next(pooled)(_means(hidden, lit)) * lit
        return self.head(hidden)


class _Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        along = (FRAMES_SEEN, 1)
        self.frames = nn.Conv2d(WIDTH, WIDTH, along, padding=(FRAMES_SEEN // 2, 0), groups=WIDTH)
        self.patches = nn.Conv2d(WIDTH, WIDTH, 3, padding=1, groups=WIDTH)
        self.wide = nn.Linear(WIDTH, 2 * WIDTH)
        self.narrow = nn.Linear(2 * WIDTH, WIDTH)
        nn.init.zeros_(self.narrow.weight)

    def forward(self, hidden: torch.Tensor, lit: torch.Tensor) -> torch.Tensor:
        n, steps, rows, columns, width = shape = hidden.shape
        maps = _convolve(self.frames, hidden.reshape(n, steps, rows * columns, width))
        maps = maps.reshape(shape) * lit
        maps = _convolve(self.patches, maps.reshape(n * steps, rows, columns, width))
        return hidden + self.narrow(functional.gelu(self.wide(maps.reshape(shape)))) * lit


def _convolve(layer: nn.Conv2d, maps: torch.Tensor) -> torch.Tensor:
    """Two-dimensional convolution of maps whose channels come last."""
    return layer(maps.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


def _means(hidden: torch.Tensor, lit: torch.Tensor) -> torch.Tensor:
    """``(n, n_steps, 1, 1, 2 * width)``: means over the lit patches of the scan, of each frame."""
    scan, frame = (
        hidden.sum(axes, keepdim=True) / lit.sum(axes, keepdim=True).clamp(min=1)
        for axes in ((1, 2, 3), (2, 3))
    )
    return torch.cat((scan.expand_as(frame), frame), dim=-1)
