"""What the outputs of a network are wanted to say of patches of known condition."""

from __future__ import annotations

from collections.abc import Sequence

import numpy
import torch
from torch.nn import functional

from ..beam import AMBIGUOUS, LIT, BeamCondition


class Targets:
    """Conditions as targets for the outputs of a network.

    Parameters
    ----------
    classes : sequence of BeamCondition
        What the outputs stand for.
    """

    def __init__(self, classes: Sequence[BeamCondition]) -> None:
        self._classes = tuple(classes)
        self._columns = {int(condition): i for i, condition in enumerate(self._classes)}
        self._lit_columns = [self._columns[int(condition)] for condition in LIT]

    def weights(self, targets: numpy.ndarray) -> torch.Tensor:
        """Weights that make every condition count the same: ``n / (n_present * n_of_class)``.

        Parameters
        ----------
        targets : numpy.ndarray
            ``(n,)`` of `BeamCondition` or AMBIGUOUS.

        Returns
        -------
        torch.Tensor
            ``(n_classes,)`` float32; zero for a condition that does not occur.
        """
        counts = numpy.array([numpy.count_nonzero(targets == one) for one in self._classes])
        present = counts > 0
        weights = numpy.zeros(len(counts), dtype=numpy.float32)
        weights[present] = counts.sum() / (present.sum() * counts[present])
        return torch.from_numpy(weights)

    def loss(
        self, logits: torch.Tensor, targets: numpy.ndarray, weights: torch.Tensor
    ) -> torch.Tensor:
        """Weighted mean of the cross entropies.

        Parameters
        ----------
        logits : torch.Tensor
            ``(n, n_classes)``.
        targets : numpy.ndarray
            ``(n,)`` of `BeamCondition` or AMBIGUOUS: weak and strong are as likely there.
        weights : torch.Tensor
            ``(n_classes,)``, on the device of `logits`.
        """
        ambiguous = targets == AMBIGUOUS
        columns = [self._columns[int(target)] for target in numpy.where(ambiguous, LIT[0], targets)]
        wanted = torch.tensor(columns, device=logits.device)
        if not ambiguous.any():
            return functional.cross_entropy(logits, wanted, weight=weights)
        shares = functional.one_hot(wanted, len(self._classes)).to(logits.dtype)
        even = torch.zeros(len(self._classes), dtype=logits.dtype, device=logits.device)
        even[self._lit_columns] = 1 / len(LIT)
        shares[torch.from_numpy(ambiguous).to(logits.device)] = even
        counted = shares * weights
        return -(counted * functional.log_softmax(logits, dim=1)).sum() / counted.sum()

    def hits(self, logits: torch.Tensor, targets: numpy.ndarray) -> numpy.ndarray:
        """Whether weak and strong are told apart rightly, one value per patch of the two."""
        lit = numpy.isin(targets, LIT)
        weak, strong = (logits[:, column].cpu().numpy()[lit] for column in self._lit_columns)
        return (strong > weak) == (targets[lit] == BeamCondition.STRONG)
