"""What the whole rocking curve says of each of its frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy

from darfix_wb.beam import BeamCondition, BeamMap
from darfix_wb.extraction import PatchedScan

LEAST_PEAK_STEPS = 4
"""Peaks must hold this many frames for a neighbouring frame to say something of a patch. On
narrower ones, where a patch is strong in one frame only, the chain takes that for a mistake."""

TRANSITIONS = numpy.array(
    [
        # to WEAK, STRONG, EMPTY
        [0.695, 0.300, 0.005],  # from WEAK
        [0.300, 0.695, 0.005],  # from STRONG
        [0.02, 0.005, 0.975],  # from EMPTY
    ]
)
"""Probability that the next frame of a patch has another condition.

A curve is ``empty* weak* strong* weak* empty*`` with one peak or more: weak and strong turn into
each other, strong and empty hardly ever do. A patch may be strong in one or two frames only, so
a change must not cost much.
"""


def resolves_peaks(patched: PatchedScan) -> bool:
    """Whether the steps are so fine that decoding does no harm.

    That is where the rocking curves stay above half of their peak for `LEAST_PEAK_STEPS` frames or
    more: median over the curves of the lit patches.

    Parameters
    ----------
    patched : PatchedScan
        Scan and curves.
    """
    lit = ~patched.empty | patched.empty.all()
    signals = [patched.curves[frames][:, lit] for frames in patched.scan.curves]
    peaks = [numpy.maximum(signal.max(axis=0), patched.noise) for signal in signals]
    steps = [(one >= top / 2).sum(axis=0) for one, top in zip(signals, peaks, strict=True)]
    return bool(numpy.median(steps) >= LEAST_PEAK_STEPS)


def decode(beam_map: BeamMap, curves: Sequence[numpy.ndarray]) -> BeamMap:
    """Probabilities of each frame given all frames of its rocking curve.

    The forward-backward algorithm on a hidden Markov chain with `TRANSITIONS`, whose observations
    are the probabilities of each frame alone. Source: Rabiner, Proc. IEEE 77, 257 (1989).

    Parameters
    ----------
    beam_map : BeamMap
        Probabilities of each frame alone.
    curves : sequence of numpy.ndarray
        Frames of each curve, as in `RockingScan`. Frames of none stay as they are.

    Returns
    -------
    BeamMap
        Of the same frames, without `thresholds`: none were fitted to the chain.
    """
    probabilities = beam_map.probabilities.copy()
    for frames in curves:
        probabilities[frames] = _smooth(beam_map.probabilities[frames])
    return replace(beam_map, probabilities=probabilities, thresholds=None)


def set_empty(probabilities: numpy.ndarray, empty: numpy.ndarray) -> None:
    """Decide by the rocking curves which patches are EMPTY, in place.

    Parameters
    ----------
    probabilities : numpy.ndarray
        ``(n_frames, rows, columns, 3)``. WEAK and STRONG keep their ratio where a patch is lit.
    empty : numpy.ndarray
        ``(rows, columns)`` bool, patches without signal in the whole scan.
    """
    lit = probabilities[..., : BeamCondition.EMPTY]
    lit += numpy.finfo(probabilities.dtype).tiny
    lit /= lit.sum(axis=-1, keepdims=True)
    probabilities[..., BeamCondition.EMPTY] = 0
    probabilities[:, empty] = numpy.eye(len(BeamCondition))[BeamCondition.EMPTY]


def _smooth(observed: numpy.ndarray) -> numpy.ndarray:
    """Posterior of ``(n_steps, ..., 3)`` observations along the first axis."""
    likelihood = observed.astype(float) + 1e-6
    backward = _filter(likelihood[::-1], TRANSITIONS.T)[::-1]
    posterior = _filter(likelihood, TRANSITIONS) * backward / likelihood
    return posterior / posterior.sum(axis=-1, keepdims=True)


def _filter(likelihood: numpy.ndarray, transitions: numpy.ndarray) -> numpy.ndarray:
    """Each frame's condition given the frames up to it, normalised."""
    state = numpy.empty_like(likelihood)
    prior = numpy.full(likelihood.shape[-1], 1 / likelihood.shape[-1])
    for step, seen in enumerate(likelihood):
        if step:
            prior = state[step - 1] @ transitions
        state[step] = prior * seen
        state[step] /= state[step].sum(axis=-1, keepdims=True)
    return state
