"""How weights are learnt: classes, batches, learning rate, and random numbers that repeat."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy
import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

from ..beam import BeamCondition
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


def draw_batches(n_patches: int, batch_size: int) -> list[numpy.ndarray]:
    """Indices of the patches of each step of one epoch, drawn from torch's global generator."""
    order = torch.randperm(n_patches).numpy()
    steps = range(count_batches(n_patches, batch_size))
    return [order[step * batch_size : (step + 1) * batch_size] for step in steps]


def class_weights(targets: numpy.ndarray, classes: tuple[BeamCondition, ...]) -> torch.Tensor:
    """Weights that make every condition count the same: ``n / (n_present * n_of_class)``.

    Returns
    -------
    torch.Tensor
        ``(n_classes,)`` float32; zero for a condition that does not occur.
    """
    counts = numpy.array([numpy.count_nonzero(targets == condition) for condition in classes])
    present = counts > 0
    weights = numpy.zeros(len(counts), dtype=numpy.float32)
    weights[present] = counts.sum() / (present.sum() * counts[present])
    return torch.from_numpy(weights)


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
