"""Train the detector of lines on simulated crystals."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy
import torch
from torch.nn import functional

from ..detection.features import REVERSED, STRIDE
from ..detection.network import LineNetwork
from ..device import resolve_device
from ..progress import SILENT, Monitor
from .line_crystals import LineSample

CANCELLED = "The training of the detector was cancelled."


@dataclass(frozen=True)
class LineOptions:
    """How the detector is trained.

    Attributes
    ----------
    n_steps : int
        Of gradient descent.
    batch_size, side : int
        Pieces in a step, and cells along the side of each, or as many as a crystal has.
    learning_rate : float
        The largest of a cycle.
    with_lines : float
        Share of the pieces that are cut around a line; the others are cut anywhere.
    seed : int
        Of weights, pieces and their changes.
    device : str
        As `darfix_wb.device.resolve_device`.
    """

    n_steps: int = 4500
    batch_size: int = 8
    side: int = 80
    learning_rate: float = 3e-3
    with_lines: float = 0.5
    seed: int = 0
    device: str = "auto"

    def to_dict(self) -> dict:
        """Plain literals."""
        return asdict(self)


def fit_lines(
    samples: Sequence[LineSample], options: LineOptions, *, monitor: Monitor = SILENT
) -> LineNetwork:
    """Train a network on some crystals.

    Parameters
    ----------
    samples : sequence of LineSample
        To learn from.
    options : LineOptions
        How.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.
    """
    device = resolve_device(options.device)
    torch.manual_seed(options.seed)
    network = LineNetwork().to(device, memory_format=torch.channels_last).train()
    average = copy.deepcopy(network)
    optimizer = torch.optim.AdamW(network.parameters(), options.learning_rate, weight_decay=1e-3)
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, options.learning_rate, total_steps=options.n_steps, pct_start=0.1
    )
    pieces = _Pieces(samples, options)
    for step in range(options.n_steps):
        monitor.check(CANCELLED)
        features, target, counted = (part.to(device) for part in pieces.draw())
        losses = functional.binary_cross_entropy_with_logits(
            network(features), target, reduction="none"
        )
        loss = (losses * counted).sum() / counted.sum().clamp(min=1)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        cycle.step()
        _follow(average, network, step)
        monitor.report((step + 1) / options.n_steps, loss.item())
    return average.cpu().eval()


def _follow(average: torch.nn.Module, network: torch.nn.Module, step: int) -> None:
    """Take a step of the running mean of the weights."""
    share = min(0.995, (step + 1) / (step + 10))
    with torch.no_grad():
        for mean, own in zip(average.parameters(), network.parameters(), strict=True):
            mean.lerp_(own, 1 - share)


class _Pieces:
    """Random pieces of the crystals, turned, mirrored and with the angles reversed."""

    def __init__(self, samples: Sequence[LineSample], options: LineOptions) -> None:
        self._samples, self._options = samples, options
        self._side = min(options.side, *(min(one.features.shape[1:]) for one in samples))
        self._rng = numpy.random.default_rng(options.seed)
        self._places = [numpy.argwhere(one.target & one.counted) for one in samples]
        self._lined = [index for index, places in enumerate(self._places) if len(places)]

    def draw(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Features, targets and whether they count, of a batch."""
        drawn = [self._piece() for _ in range(self._options.batch_size)]
        return tuple(
            torch.from_numpy(numpy.stack(part).astype(numpy.float32))
            for part in zip(*drawn, strict=True)
        )

    def _piece(self) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
        rng, side = self._rng, self._side
        around_line = self._lined and rng.random() < self._options.with_lines
        index = rng.choice(self._lined) if around_line else rng.integers(len(self._samples))
        sample = self._samples[index]
        shape = numpy.array(sample.features.shape[1:])
        corner = rng.integers(0, numpy.maximum(shape - side, 0) + 1)
        if around_line:
            places = self._places[index]
            middle = places[rng.integers(len(places))] // STRIDE
            corner = middle - rng.integers(side // 4, side - side // 4, 2)
        row, column = numpy.clip(corner, 0, numpy.maximum(shape - side, 0))
        cells = (slice(row, row + side), slice(column, column + side))
        pixels = tuple(slice(STRIDE * cut.start, STRIDE * cut.stop) for cut in cells)
        features = sample.features[(slice(None), *cells)].astype(numpy.float32)
        return self._changed(features, sample.target[pixels], sample.counted[pixels])

    def _changed(self, *maps: numpy.ndarray) -> tuple[numpy.ndarray, ...]:
        features, target, counted = maps
        if self._rng.random() < 0.5:
            features = features[REVERSED]
        ways = self._rng.random(3) < 0.5
        for way, change in zip(ways, (_mirrored_rows, _mirrored_columns, _turned), strict=True):
            if way:
                features, target, counted = map(change, (features, target, counted))
        return features, target, counted


def _mirrored_rows(maps: numpy.ndarray) -> numpy.ndarray:
    return maps[..., ::-1, :]


def _mirrored_columns(maps: numpy.ndarray) -> numpy.ndarray:
    return maps[..., ::-1]


def _turned(maps: numpy.ndarray) -> numpy.ndarray:
    return maps.swapaxes(-1, -2)
