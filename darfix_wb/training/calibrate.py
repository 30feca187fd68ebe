"""Make the probabilities mean what they say."""

from __future__ import annotations

import math

import numpy
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from ..beam import LIT
from ..metrics import known_lit

TEMPERATURES = (0.05, 20.0)

ALPHA = 0.05
"""Share of the weak, and of the strong, patches whose prediction set may lack what they are."""


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


def conformal_thresholds(
    probabilities: numpy.ndarray, targets: numpy.ndarray, *, alpha: float = ALPHA
) -> tuple[float, float]:
    """How probable weak, and strong, must be to stay in the prediction set of a patch.

    Split conformal prediction with one threshold a condition: of further patches that are weak,
    drawn like those given here, a share of ``1 - alpha`` or more has weak in its set, and so for
    strong. The score of a patch is one minus the probability of what it is; q of a condition is
    the ``ceil((n + 1) (1 - alpha))``-th smallest of its n scores, and the threshold ``1 - q``.

    Parameters
    ----------
    probabilities : numpy.ndarray
        ``(n, 3)``, calibrated, of patches that the network was not trained on.
    targets : numpy.ndarray
        ``(n,)`` of `BeamCondition`; only WEAK and STRONG are used.
    alpha : float
        Share of the sets that may lack what the patch is, above 0 and below 1.

    Returns
    -------
    tuple of float
        Of weak and of strong, for `darfix_wb.beam.prediction_sets`. 0 for a condition with fewer
        than ``1 / alpha - 1`` patches (19): too few to leave it out of any set.

    Notes
    -----
    Sources: Vovk, Gammerman and Shafer, Algorithmic learning in a random world, 2005 (by
    condition: the Mondrian predictors of chapter 4); Angelopoulos and Bates, A gentle introduction
    to conformal prediction, arXiv 2107.07511, 2021.
    """
    given_lit = known_lit(probabilities)
    weak, strong = (given_lit[targets == condition, condition] for condition in LIT)
    return _least(weak, alpha), _least(strong, alpha)


def _least(of_the_true: numpy.ndarray, alpha: float) -> float:
    """``1 - q``: the ``floor((n + 1) alpha)``-th smallest probability of what the patches are."""
    rank = math.floor((len(of_the_true) + 1) * alpha)
    return float(numpy.sort(of_the_true)[rank - 1]) if rank else 0.0


def _smooth(targets: numpy.ndarray) -> numpy.ndarray:
    """``(n, 2)``: how sure each target is, in the order of LIT."""
    counts = numpy.array([numpy.count_nonzero(targets == condition) for condition in LIT])
    sure = (counts + 1) / (counts + 2)
    share = sure[targets]
    wanted = numpy.stack([1 - share, share], axis=1)
    return numpy.where((targets == LIT[1])[:, None], wanted, wanted[:, ::-1])
