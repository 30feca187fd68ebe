"""Other views of a labelled patch that keep its condition, made in linear counts.

Flips, turns by 180 degrees, magnification, shifts, exposure, offset and noise. There are no turns
by 90 degrees (the pixels are not square in the sample) and no inversion of contrast.
"""

from __future__ import annotations

import math

import numpy
import torch
from torch.nn import functional

SCALES = (0.7, 1.4)
SCALED_SHARE = 0.5
"""Resampling smooths the noise; half of the patches keep theirs as it is."""

GAIN_OCTAVES = 1.0
OFFSET_COUNTS = 5.0
COUNTS_PER_PHOTON = 2.14
EXTRA_NOISE = 0.5
NOISE_DEGREES_OF_FREEDOM = 13
NOISE_TABLE_SIZE = 2**20


def margin_for(patch_size: int) -> int:
    """Pixels to keep around a patch so that smaller magnifications and shifts find something."""
    return patch_size // 4


class Augmenter:
    """Draws one random view of each patch of a batch.

    Parameters
    ----------
    patch_size : int
        Side of the views in pixels.
    seed : int
        The same seed gives the same views in the same order.
    device : torch.device
        Where the batches are.
    """

    def __init__(self, patch_size: int, seed: int, *, device: torch.device | str = "cpu") -> None:
        self._patch_size = patch_size
        self._device = device
        self._generator = torch.Generator(device).manual_seed(seed)
        table = numpy.random.default_rng(seed).standard_t(
            NOISE_DEGREES_OF_FREEDOM, NOISE_TABLE_SIZE
        )
        table /= math.sqrt(NOISE_DEGREES_OF_FREEDOM / (NOISE_DEGREES_OF_FREEDOM - 2))
        self._noise = torch.as_tensor(table, dtype=torch.float32, device=device)

    def __call__(self, windows: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        """Random views.

        Parameters
        ----------
        windows : torch.Tensor
            ``(n, window, window)`` float32, counts above dark in units of `sigma`.
        sigma : torch.Tensor
            ``(n,)`` float32, standard deviation of a dark pixel, counts.

        Returns
        -------
        torch.Tensor
            ``(n, patch_size, patch_size)`` float32, in the same units.
        """
        return self._expose(self._look(windows), sigma[:, None, None])

    def _uniform(self, low: float, high: float, *shape: int) -> torch.Tensor:
        drawn = torch.rand(shape, generator=self._generator, device=self._device)
        return low + (high - low) * drawn

    def _look(self, windows: torch.Tensor) -> torch.Tensor:
        """Flip, magnify and shift: one bilinear sampling, exact where nothing is magnified."""
        n, window = windows.shape[:2]
        logs = self._uniform(math.log(SCALES[0]), math.log(SCALES[1]), n, 1)
        scaled = self._uniform(0, 1, n, 1) < SCALED_SHARE
        step = torch.where(scaled, torch.exp(-logs), torch.ones_like(logs))
        sign = torch.sign(self._uniform(-1, 1, n, 2))
        farthest = self._patch_size // 8 if window > self._patch_size else 0
        shift = torch.round(self._uniform(-farthest, farthest, n, 2))
        position = torch.arange(self._patch_size, device=self._device) - (self._patch_size - 1) / 2
        # (n, 2, patch_size): source pixel of each row and column, then in the units of grid_sample
        source = (sign * step)[:, :, None] * position + shift[:, :, None] + (window - 1) / 2
        source = (2 * source + 1) / window - 1
        rows, columns = source[:, 0, :, None], source[:, 1, None, :]
        grid = torch.stack(torch.broadcast_tensors(columns, rows), dim=-1)
        return functional.grid_sample(
            windows[:, None], grid, padding_mode="reflection", align_corners=False
        )[:, 0]

    def _expose(self, signals: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        """Another exposure, offset and noise.

        A shorter exposure is given the shot and read noise that the longer one had averaged away;
        of a longer one the noise grows with the signal.
        """
        n = len(signals)
        gain = torch.exp2(self._uniform(-GAIN_OCTAVES, GAIN_OCTAVES, n, 1, 1))
        extra = self._uniform(0, EXTRA_NOISE, n, 1, 1) ** 2
        lost = (1 - gain).clamp(min=0)
        shot = signals.clamp(min=0) * (gain * lost * COUNTS_PER_PHOTON / sigma)
        spread = (shot + lost * (1 + gain) + extra).sqrt_()
        offset = self._uniform(-OFFSET_COUNTS, OFFSET_COUNTS, n, 1, 1) / sigma
        return signals * gain + offset + spread * self._draw_noise(signals.shape)

    def _draw_noise(self, shape: torch.Size) -> torch.Tensor:
        """Student-t noise of unit variance: a random stretch of a table, which is cheap."""
        start = torch.randint(
            NOISE_TABLE_SIZE, (1,), generator=self._generator, device=self._device
        )
        stretch = (start + torch.arange(shape.numel(), device=self._device)) % NOISE_TABLE_SIZE
        return self._noise[stretch].reshape(shape)
