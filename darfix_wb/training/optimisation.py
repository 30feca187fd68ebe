"""How weights are learnt: classes, batches, learning rate, and random numbers that repeat."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy
import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

from .options import FitOptions

WARM_UP = 0.15
PEAK_FACTOR = 3.0


def make_optimizer(
    network: nn.Module, options: FitOptions, n_steps: int
) -> tuple[torch.optim.Optimizer, LambdaLR]:
    """Adam and its learning rate: constant as published, else up to a peak and down to zero."""
    if options.as_published:
        optimizer = torch.optim.Adam(network.parameters(), lr=options.learning_rate)
        return optimizer, LambdaLR(optimizer, _constant)
    peak = PEAK_FACTOR * options.learning_rate
    optimizer = torch.optim.Adam(network.parameters(), lr=peak)
    return optimizer, LambdaLR(optimizer, _warm_up_and_anneal(n_steps))


def count_batches(n_patches: int, batch_size: int) -> int:
    """Steps of one epoch: a single patch left over makes none where there are others.

    Batch normalisation cannot train on one patch; each epoch leaves out another.
    """
    whole, rest = divmod(n_patches, batch_size)
    return whole + (rest > (whole > 0))


def draw_batches(sizes: Sequence[int], batch_size: int) -> list[tuple[int, numpy.ndarray]]:
    """The steps of one epoch in random order, drawn from torch's global generator.

    Parameters
    ----------
    sizes : sequence of int
        Number of patches of each set.
    batch_size : int
        Patches of one set per step.

    Returns
    -------
    list of (int, numpy.ndarray)
        Index of the set, and indices of its patches.
    """
    steps = []
    for index, n_patches in enumerate(sizes):
        order = torch.randperm(n_patches).numpy()
        for step in range(count_batches(n_patches, batch_size)):
            steps.append((index, order[step * batch_size : (step + 1) * batch_size]))
    if len(sizes) == 1:
        return steps
    return [steps[index] for index in torch.randperm(len(steps)).tolist()]


@contextmanager
def reproducible(seed: int, device: torch.device) -> Iterator[None]:
    """Seed torch's generators and choose repeatable kernels; both as before afterwards.

    Two runs on one machine with one number of threads give the same weights to the last bit.
    """
    devices = [device] if device.type == "cuda" else []
    with (
        torch.random.fork_rng(devices),
        torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True),
    ):
        torch.manual_seed(seed)
        yield


def _constant(_step: int) -> float:
    return 1.0


def _warm_up_and_anneal(n_steps: int) -> Callable[[int], float]:
    """Up along a line, then down along a cosine to zero."""
    rise = max(1, round(WARM_UP * n_steps))

    def factor(step: int) -> float:
        if step < rise:
            return (step + 1) / rise
        return 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1, n_steps - rise)))

    return factor
