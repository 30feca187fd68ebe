"""The training loop."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy
import torch
from torch import nn

from ..beam import AMBIGUOUS
from ..device import describe_device, free_memory, resolve_device
from ..errors import DarfixWBError, OperationCancelled
from ..networks import build_network, network_class
from ..normalization import Scaling
from ..progress import SILENT, Monitor
from .augment import Augmenter
from .data import TrainingSet
from .optimisation import count_batches, draw_batches, make_optimizer, reproducible
from .options import FitOptions
from .predict import fit_scaling, network_inputs, predict_logits
from .targets import Targets

SMALLEST_BATCH = 2
MOST_RESTARTS = 5
SEED_STEP = 1_000_003
WATCHED_EPOCHS = 3
WATCHED_PATCHES = 256


@dataclass(frozen=True)
class History:
    """How a training went.

    Attributes
    ----------
    epoch : list of int
        1, 2, ...: the epochs that were whole.
    training_loss, training_accuracy, validation_loss, validation_accuracy : list
        Of each epoch. Accuracies are those of weak against strong on lit patches; None where there
        are none, or where nothing was kept aside.
    best_epoch : int
        Whose weights were kept.
    kept : str
        Why these were kept: ``"lowest validation loss"`` or ``"last epoch"``; or, of epoch 0, that
        they are the ``"weights it started from"``.
    stopped : bool
        Whether it ended on request.
    seconds : float
        By the clock.
    batch_size : int
        Patches a step, fewer than asked for where the memory was too small.
    device : str
        Where it ran.
    restarts : int
        How often it was begun again from other weights.
    validation : dict or None
        `darfix_wb.metrics.Scores` over the validation frames, as plain literals.
    split : dict
        Frames and patches for training and validation, see `TrainingOutcome`.
    moved : str
        By how much the labels moved the model that the training started from, in words; empty
        where that has no context network.
    """

    epoch: list[int]
    training_loss: list[float]
    training_accuracy: list[float | None]
    validation_loss: list[float | None]
    validation_accuracy: list[float | None]
    best_epoch: int
    kept: str
    stopped: bool
    seconds: float
    batch_size: int
    device: str
    restarts: int
    validation: dict | None = None
    split: dict = field(default_factory=dict)
    moved: str = ""

    def to_dict(self) -> dict:
        """Plain literals, for the output of a task and for a file."""
        return asdict(self)


@dataclass(frozen=True)
class FitResult:
    """A trained network, on the CPU and in evaluation mode, and how it came about."""

    network: nn.Module
    scaling: Scaling
    history: History


def fit(
    training: TrainingSet | Sequence[TrainingSet],
    validation: TrainingSet | Sequence[TrainingSet] | None,
    options: FitOptions,
    *,
    initial: nn.Module | None = None,
    scaling: Scaling | None = None,
    monitor: Monitor = SILENT,
) -> FitResult:
    """Train a network; of all epochs the one of lowest validation loss is kept.

    A network that gives the same answer for every patch after one of its first epochs has died
    (no rectifier passes anything, so nothing is learnt any more; the published network does so
    for about one seed in four). It is begun again from other weights, at most five times.

    Parameters
    ----------
    training, validation : TrainingSet or sequence of TrainingSet
        Patches of different frames; several sets where they are of several sizes, each batch being
        of one. Without validation (None or empty) the last epoch is kept. Of AMBIGUOUS patches a
        network learns that weak and strong are as likely.
    options : FitOptions
        The network and how it is trained.
    initial : torch.nn.Module, optional
        Weights to start from; it is not changed.
    scaling : Scaling, optional
        The scaling that belongs to `initial`; by default made for the training patches.
    monitor : Monitor
        Told how far the work is, and asked whether to stop.

    Raises
    ------
    DarfixWBError
        If no patch can be trained on, or the device is missing or too small.
    OperationCancelled
        If the monitor is asked to cancel, or to stop before the first epoch is over; nothing is
        returned.
    """
    device = resolve_device(options.device)
    training, validation = as_sets(training), as_sets(validation)
    scaling = scaling or fit_scaling(network_class(options.network).scaling, training[0])
    batch_size, restarts = options.batch_size, 0
    while True:
        try:
            run = _Run(
                training, validation, options, initial, scaling, batch_size, device, restarts
            )
            with reproducible(options.seed + restarts * SEED_STEP, device):
                return run.train(monitor)
        except _NetworkDied:
            restarts += 1
        except torch.OutOfMemoryError:
            if batch_size // 2 < SMALLEST_BATCH:
                raise DarfixWBError(
                    f"A batch of {batch_size} patches must fit in the memory of "
                    f"{describe_device(device)}, and it does not. Choose device 'cpu'."
                ) from None
            batch_size //= 2
        finally:
            run = None
            free_memory(device)


def as_sets(patches: TrainingSet | Sequence[TrainingSet] | None) -> list[TrainingSet]:
    """One set, several or none as a list of those that hold patches."""
    sets = [patches] if isinstance(patches, TrainingSet) else list(patches or ())
    return [one for one in sets if len(one)]


class _NetworkDied(Exception):
    """The network gives one answer for every patch."""


class _Stopped(Exception):
    """What was learnt so far is wanted."""


class _Run:
    """One training with one batch size, from one set of first weights."""

    def __init__(
        self,
        training: list[TrainingSet],
        validation: list[TrainingSet],
        options: FitOptions,
        initial: nn.Module | None,
        scaling: Scaling,
        batch_size: int,
        device: torch.device,
        restarts: int,
    ) -> None:
        classes = network_class(options.network).classes
        known = (*classes, AMBIGUOUS)
        self.training, self.validation = (
            as_sets([patches.of_classes(known) for patches in sets])
            for sets in (training, validation)
        )
        if not self.training:
            raise DarfixWBError(
                "At least one patch must be labelled to train on, got none. Label some."
            )
        self.options, self.initial, self.scaling = options, initial, scaling
        self.batch_size, self.device, self.restarts = batch_size, device, restarts
        self.watched_epochs = WATCHED_EPOCHS if restarts < MOST_RESTARTS else 0
        self.best_loss: float | None = math.inf
        self.best_epoch = 0
        self.best_weights: dict[str, torch.Tensor] | None = None

    def train(self, monitor: Monitor) -> FitResult:
        """All epochs, or those before it is stopped."""
        started = time.perf_counter()
        self._prepare()
        epochs: dict[str, list] = {name: [] for name in _EPOCH_NAMES}
        try:
            self._train_epochs(epochs, monitor)
            was_stopped = False
        except _Stopped:
            was_stopped = True
        if self.best_weights is None:
            raise OperationCancelled(
                "Training was stopped before its first epoch was over; no model was made."
            )
        self.network.load_state_dict(self.best_weights)
        history = History(
            **epochs,
            best_epoch=self.best_epoch,
            kept="last epoch" if self.best_loss is None else "lowest validation loss",
            stopped=was_stopped,
            seconds=time.perf_counter() - started,
            batch_size=self.batch_size,
            device=describe_device(self.device),
            restarts=self.restarts,
        )
        return FitResult(self.network.cpu().eval(), self.scaling, history)

    def _train_epochs(
        self,
        epochs: dict[str, list],
        monitor: Monitor,
    ) -> None:
        """Train epoch by epoch, and append the values of each to `epochs`."""
        for epoch in range(1, self.options.n_epochs + 1):
            record = {"epoch": epoch, **self._epoch(monitor), **self._validate()}
            if epoch <= self.watched_epochs and self._is_dead():
                raise _NetworkDied
            for name, value in record.items():
                epochs[name].append(value)
            self._keep_best(record)
            monitor.report(epoch / self.options.n_epochs, record)
            if self.options.patience and epoch - self.best_epoch >= self.options.patience:
                return

    def _prepare(self) -> None:
        options = self.options
        if self.initial is None:
            patch_size = self.training[0].patch_size
            network = build_network(options.network, patch_size=patch_size, dropout=options.dropout)
        else:
            _check_initial(self.initial, options.network)
            network = copy.deepcopy(self.initial)
        self.network: nn.Module = network.to(self.device)
        self.targets = Targets(network.classes)
        self.weights = self.targets.weights(_targets(self.training)).to(self.device)
        self.augment: list[Augmenter] = []
        if not options.as_published:
            self.augment = [
                Augmenter(patches.patch_size, options.seed, device=self.device)
                for patches in self.training
            ]
        sizes = map(len, self.training)
        n_steps = options.n_epochs * sum(count_batches(n, self.batch_size) for n in sizes)
        self.optimizer, self.schedule = make_optimizer(self.network, options, n_steps)

    def _keep_best(self, record: dict) -> None:
        loss = record["validation_loss"]
        if loss is None or loss < self.best_loss or self.best_weights is None:
            self.best_loss, self.best_epoch = loss, record["epoch"]
            self.best_weights = copy.deepcopy(self.network.state_dict())

    def _epoch(self, monitor: Monitor) -> dict:
        self.network.train()
        losses, seen, right, lit = 0.0, 0, 0, 0
        for index, batch in draw_batches(list(map(len, self.training)), self.batch_size):
            monitor.check("Training was cancelled; no model was made.")
            if monitor.stopped:
                raise _Stopped
            given = self.training[index].targets[batch]
            logits = self.network(*self._inputs(index, batch))
            loss = self.targets.loss(logits, given, self.weights)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()
            self.schedule.step()
            losses, seen = losses + float(loss.detach()) * len(batch), seen + len(batch)
            hits = self.targets.hits(logits.detach(), given)
            right, lit = right + int(hits.sum()), lit + len(hits)
        return {
            "training_loss": losses / seen,
            "training_accuracy": right / lit if lit else None,
        }

    def _inputs(self, index: int, batch: numpy.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        patches = self.training[index]
        sigma = torch.from_numpy(patches.sigma[batch]).to(self.device)
        if not self.augment:
            signals = torch.from_numpy(patches.centres(batch)).to(self.device, torch.float32)
        else:
            windows = torch.from_numpy(patches.signals[batch])
            signals = self.augment[index](windows.to(self.device, torch.float32), sigma)
        return network_inputs(signals, sigma, self.scaling)

    def _validate(self) -> dict:
        if not self.validation:
            return {"validation_loss": None, "validation_accuracy": None}
        logits = torch.from_numpy(
            numpy.concatenate(
                [predict_logits(self.network, one, self.scaling) for one in self.validation]
            )
        )
        given = _targets(self.validation)
        weights = self.targets.weights(given)
        hits = self.targets.hits(logits, given)
        return {
            "validation_loss": float(self.targets.loss(logits, given, weights)),
            "validation_accuracy": float(hits.mean()) if len(hits) else None,
        }

    def _is_dead(self) -> bool:
        patches = self.training[0]
        some = patches.select(slice(None, None, -(-len(patches) // WATCHED_PATCHES)))
        return bool(
            numpy.ptp(predict_logits(self.network, some, self.scaling), axis=0).max() < 1e-6
        )


def _targets(sets: Sequence[TrainingSet]) -> numpy.ndarray:
    return numpy.concatenate([one.targets for one in sets])


_EPOCH_NAMES = (
    "epoch",
    "training_loss",
    "training_accuracy",
    "validation_loss",
    "validation_accuracy",
)


def _check_initial(initial: nn.Module, name: str) -> None:
    if initial.name != name:
        raise DarfixWBError(
            f"The initial weights must be of the network {name!r}, got those of "
            f"{initial.name!r}. Choose that network, or another initial model."
        )
