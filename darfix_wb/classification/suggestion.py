"""Which patches are most worth a person's label: those of which a model is least sure."""

from __future__ import annotations

import numpy

from darfix_wb.beam import BeamMap
from darfix_wb.errors import DarfixWBError
from darfix_wb.extraction import PatchedScan

POOL = 10
"""Candidates for each patch that is suggested."""


def entropy(probabilities: numpy.ndarray) -> numpy.ndarray:
    """Shannon entropy of the last axis, in bits; 0 where one condition is certain."""
    safe = numpy.clip(probabilities, 1e-12, 1.0).astype(float)
    return -(safe * numpy.log2(safe)).sum(axis=-1)


def suggest(
    patched: PatchedScan,
    opinion: BeamMap,
    labelled: numpy.ndarray,
    n: int = 20,
    seed: int = 0,
) -> list[tuple[int, int, int]]:
    """The patches to label next, most uncertain first, then unlike those already chosen.

    Of the unlabelled patches with signal, those of the highest entropy are candidates, ten for
    each wanted. The first is the most uncertain one; the others are drawn by k-means++: with a
    probability in proportion to the squared distance from the nearest one chosen, over level,
    position on the rocking curve and the model's probabilities.

    Parameters
    ----------
    patched : PatchedScan
        The scan on the model's grid.
    opinion : BeamMap
        Probabilities of every patch.
    labelled : numpy.ndarray
        ``(n_frames, rows, columns)`` bool: patches that need no label any more.
    n : int
        Number of patches wanted.
    seed : int
        Seed of the draw.

    Returns
    -------
    list of tuple
        ``(frame, row, column)`` each; fewer than `n` where no more are left.

    Raises
    ------
    DarfixWBError
        If the opinion is of another grid or scan.
    """
    shape = patched.curves.shape
    if opinion.probabilities.shape[:3] != shape or opinion.grid != patched.grid:
        raise DarfixWBError(
            f"The model's opinion must be on the grid of the patches {shape}, got "
            f"{opinion.probabilities.shape[:3]}. Classify these patches."
        )
    uncertain = numpy.where(labelled | patched.empty, -1.0, entropy(opinion.probabilities)).ravel()
    pool = numpy.argsort(-uncertain, kind="stable")[: POOL * n]
    pool = pool[uncertain[pool] >= 0]
    features = _features(patched, opinion).reshape(uncertain.size, -1)[pool]
    chosen = pool[_spread_out(features, n, numpy.random.default_rng(seed))]
    return [tuple(int(i) for i in numpy.unravel_index(place, shape)) for place in chosen]


def _features(patched: PatchedScan, opinion: BeamMap) -> numpy.ndarray:
    """``(n_frames, rows, columns, 5)``, each of unit spread."""
    level = numpy.arcsinh(patched.curves / patched.noise)
    share = patched.curves / numpy.maximum(patched.curves.max(axis=0), patched.noise)
    features = numpy.concatenate(
        [level[..., None], share[..., None], opinion.probabilities], axis=-1
    )
    spread = features.std(axis=(0, 1, 2))
    return features / numpy.where(spread > 0, spread, 1.0)


def _spread_out(features: numpy.ndarray, n: int, rng: numpy.random.Generator) -> list[int]:
    """k-means++: the first, then points far from those taken."""
    if not len(features):
        return []
    taken = [0]
    nearest = ((features - features[0]) ** 2).sum(axis=1)
    while len(taken) < min(n, len(features)) and nearest.sum() > 0:
        index = int(rng.choice(len(features), p=nearest / nearest.sum()))
        taken.append(index)
        nearest = numpy.minimum(nearest, ((features - features[index]) ** 2).sum(axis=1))
    return taken
