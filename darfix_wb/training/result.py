"""What a training gives, and how it tells of itself meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from ..normalization import Scaling

History = dict
"""Plain literals: lists of one value per epoch (``epoch``, ``training_loss``,
``training_accuracy``, ``validation_loss``, ``validation_accuracy``) and the values
``best_epoch``, ``seconds``, ``batch_size``, ``device``, ``restarts``, ``kept`` (why these weights
were kept) and ``stopped`` (whether it ended on request). Validation values are None where nothing
was kept aside; accuracies are those of weak against strong on lit patches."""


@dataclass(frozen=True)
class FitResult:
    """A trained network, on the CPU and in evaluation mode, and how it came about."""

    network: nn.Module
    scaling: Scaling
    history: History
