"""Whether a scan looks like anything that a model knows."""

from __future__ import annotations

import numpy

SURE_FROM = 0.95
"""A patch counts as surely classified above this probability."""

LEAST_SURE_SHARE = 0.5
"""Of the simulated samples that the shipped model was made from and tried on, none had fewer than
60 % of its lit patches classified with a probability of 95 %; a mosaic grain without dislocations
had none."""

LARGEST_CONTRADICTED_SHARE = 0.05

NO_SIGNAL = (
    "No patch carries any signal. Check that the right data set was chosen, and that the peak is "
    "wider than one step of the motor: a single bright frame is left out as a bad one."
)


def doubts(probabilities: numpy.ndarray, empty: numpy.ndarray) -> tuple[str, ...]:
    """What to tell the user before the result is trusted.

    Parameters
    ----------
    probabilities : numpy.ndarray
        ``(n_frames, rows, columns, 3)``, calibrated, of whole rocking curves.
    empty : numpy.ndarray
        ``(rows, columns)`` bool.

    Returns
    -------
    tuple of str
        One sentence or more each; empty where there is nothing to say.
    """
    lit = probabilities[:, ~empty]
    if not lit.size:
        return (NO_SIGNAL,)
    share = float((lit.max(axis=-1) > SURE_FROM).mean())
    if share >= LEAST_SURE_SHARE:
        return ()
    return (
        f"The model must be sure ({SURE_FROM:.0%}) of more than {LEAST_SURE_SHARE:.0%} of the "
        f"patches that carry signal, and it is sure of {share:.0%}: the scan looks like nothing "
        "that it was "
        "trained on. Compare with the angle rule, or label some patches and train on them.",
    )


def contradictions(contradicted: numpy.ndarray, empty: numpy.ndarray) -> tuple[str, ...]:
    """What to tell the user where images and rocking curves contradict each other.

    Parameters
    ----------
    contradicted : numpy.ndarray
        ``(n_frames, rows, columns)`` bool, from `look_at_curves`, of whole rocking curves.
    empty : numpy.ndarray
        ``(rows, columns)`` bool.

    Returns
    -------
    tuple of str
        One sentence or none.
    """
    lit = contradicted[:, ~empty]
    share = float(lit.mean()) if lit.size else 0.0
    if share <= LARGEST_CONTRADICTED_SHARE:
        return ()
    return (
        f"Images and rocking curves contradict each other in {share:.0%} of the patches that carry "
        "signal, which are called ambiguous: the images look like nothing that the model was "
        "trained on. Label some patches and train on them, or rely on the rocking curves alone "
        "(the angle rule).",
    )
