"""From logits to the probabilities of a BeamMap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy
from scipy.special import softmax

from ..beam import BeamCondition


def to_probabilities(
    logits: numpy.ndarray, classes: Sequence[BeamCondition], *, temperature: float = 1.0
) -> numpy.ndarray:
    """Calibrated probabilities in the order WEAK, STRONG, EMPTY.

    Parameters
    ----------
    logits : numpy.ndarray
        ``(n, n_classes)``, in the order of `classes`.
    classes : sequence of BeamCondition
        What the logits stand for; a condition that is not among them gets probability 0.
    temperature : float
        Divides the logits (Guo et al., ICML 2017); 1 leaves them as they are.

    Returns
    -------
    numpy.ndarray
        ``(n, 3)`` float32, rows sum to 1.
    """
    known = softmax(numpy.asarray(logits, dtype=float) / temperature, axis=1)
    probabilities = numpy.zeros((len(known), len(BeamCondition)), dtype=numpy.float32)
    probabilities[:, [int(condition) for condition in classes]] = known
    return probabilities
