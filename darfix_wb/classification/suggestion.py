"""Which patches are most worth a person's label: those of which a model is least sure."""

from __future__ import annotations

from itertools import zip_longest

import numpy

from darfix_wb.beam import BeamCondition, BeamMap
from darfix_wb.errors import DarfixWBError
from darfix_wb.extraction import PatchedScan

POOL = 10
"""Candidates for each patch that is suggested."""


def entropy(probabilities: numpy.ndarray) -> numpy.ndarray:
    """Shannon entropy of the last axis, in bits; 0 where one condition is certain."""
    safe = numpy.clip(probabilities, 1e-12, 1.0).astype(float)
    return -(safe * numpy.log2(safe)).sum(axis=-1)


def suggest(
    patched: PatchedScan, opinion: BeamMap, labelled: numpy.ndarray, *, n: int = 20, seed: int = 0
) -> list[tuple[int, int, int]]:
    """The patches to label next: uncertain ones of either side of the boundary, unlike each other.

    Half of them are likelier weak, half likelier strong in the model's opinion, by turns, as far
    as both are there. Of the unlabelled patches of a side, those of the highest entropy are
    candidates, ten for each wanted. The most uncertain one is taken; the others are drawn by
    k-means++: with a probability in proportion to the squared distance from the nearest one
    taken, over level, position on the rocking curve and the model's probabilities.

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
    order = numpy.argsort(-uncertain, kind="stable")
    order = order[uncertain[order] >= 0]
    like_first, unlike_first = _by_likelier(order, opinion)
    n_first = min(len(like_first), max(n - n // 2, n - len(unlike_first)))
    features = _features(patched, opinion).reshape(uncertain.size, -1)
    rng = numpy.random.default_rng(seed)
    chosen = [
        _spread_out(places[: POOL * wanted], features, wanted, rng)
        for places, wanted in ((like_first, n_first), (unlike_first, n - n_first))
    ]
    by_turns = [place for pair in zip_longest(*chosen) for place in pair if place is not None]
    return [tuple(int(i) for i in numpy.unravel_index(place, shape)) for place in by_turns]


def _by_likelier(order: numpy.ndarray, opinion: BeamMap) -> tuple[numpy.ndarray, numpy.ndarray]:
    """The patches on the side of the first one, likelier weak or likelier strong, and the rest."""
    probabilities = opinion.probabilities.reshape(-1, opinion.probabilities.shape[-1])[order]
    strong = probabilities[:, BeamCondition.STRONG] > probabilities[:, BeamCondition.WEAK]
    of_first = strong == strong[:1]
    return order[of_first], order[~of_first]


def _features(patched: PatchedScan, opinion: BeamMap) -> numpy.ndarray:
    """``(n_frames, rows, columns, 5)``, each of unit spread."""
    level = numpy.arcsinh(patched.curves / patched.noise)
    share = patched.curves / numpy.maximum(patched.curves.max(axis=0), patched.noise)
    features = numpy.concatenate(
        [level[..., None], share[..., None], opinion.probabilities], axis=-1
    )
    spread = features.std(axis=(0, 1, 2))
    return features / numpy.where(spread > 0, spread, 1.0)


def _spread_out(
    places: numpy.ndarray, features: numpy.ndarray, n: int, rng: numpy.random.Generator
) -> list[int]:
    """k-means++: the first place, then some whose features are far from those taken."""
    if not len(places) or n < 1:
        return []
    points = features[places]
    taken = [0]
    nearest = ((points - points[0]) ** 2).sum(axis=1)
    while len(taken) < min(n, len(points)) and nearest.sum() > 0:
        index = int(rng.choice(len(points), p=nearest / nearest.sum()))
        taken.append(index)
        nearest = numpy.minimum(nearest, ((points - points[index]) ** 2).sum(axis=1))
    return [int(place) for place in places[taken]]
