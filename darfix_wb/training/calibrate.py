"""Make the probabilities mean what they say."""

from __future__ import annotations

import numpy
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from .metrics import LIT

TEMPERATURES = (0.05, 20.0)


def fit_temperature(
    logits: numpy.ndarray, targets: numpy.ndarray, classes: tuple[int, ...]
) -> float:
    """The temperature that makes held-out lit patches likeliest, known that they are lit.

    The targets are smoothed as by Platt, ``(n + 1) / (n + 2)`` for a condition with `n` patches,
    so that a few patches without an error do not make the network infinitely sure.

    Parameters
    ----------
    logits : numpy.ndarray
        ``(n, n_classes)`` of patches from frames that were not trained on.
    targets : numpy.ndarray
        ``(n,)`` of `BeamCondition`.
    classes : tuple of BeamCondition
        What the logits stand for.

    Returns
    -------
    float
        Divide the logits by it; 1.0 where no held-out patch is lit.

    Notes
    -----
    Sources: Guo et al., On calibration of modern neural networks, ICML 2017; Platt, Probabilistic
    outputs for support vector machines, 1999.
    """
    columns = [list(classes).index(condition) for condition in LIT]
    lit = numpy.isin(targets, LIT)
    if not lit.any():
        return 1.0
    logits, targets = (
        numpy.asarray(logits, dtype=float)[lit][:, columns],
        numpy.asarray(targets)[lit],
    )
    wanted = _smooth(targets)

    def loss(log_temperature: float) -> float:
        logs = log_softmax(logits / numpy.exp(log_temperature), axis=1)
        return -float((wanted * logs).sum(axis=1).mean())

    bounds = tuple(numpy.log(TEMPERATURES))
    return float(numpy.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x))


def _smooth(targets: numpy.ndarray) -> numpy.ndarray:
    """``(n, 2)``: how sure each target is, in the order of LIT."""
    counts = numpy.array([numpy.count_nonzero(targets == condition) for condition in LIT])
    sure = (counts + 1) / (counts + 2)
    share = sure[targets]
    wanted = numpy.stack([1 - share, share], axis=1)
    return numpy.where((targets == LIT[1])[:, None], wanted, wanted[:, ::-1])
