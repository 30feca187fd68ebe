"""What a classification as a whole says about the scan, the dark level and the model."""

from __future__ import annotations

from dataclasses import replace

import numpy

from ..beam import BeamCondition, BeamMap
from ..errors import DarfixWBError
from ..extraction import PatchedScan
from ..rocking_curves import LEAST_STEPS, enough_frames
from ..scan_check import cheap_warnings
from .doubt import NO_SIGNAL

DARKEST_SHARE = 0.02
"""Share of the patches of all frames that are taken for the darkest."""

LEAST_RISE = 20.0
"""Sigma by which the darkest patches lie above a dark level that may be too low."""


def refuse_wrapped(patched: PatchedScan) -> None:
    """Refuse counts that are wrong beyond repair.

    Raises
    ------
    DarfixWBError
        If bright pixels have negative counts.
    """
    if patched.scan.mask is not None and patched.scan.mask.wrapped:
        raise DarfixWBError(
            "Counts must be as the detector gave them, and many are far below zero: unsigned "
            "16-bit counts seem to be stored as signed ones (int16). Store them as unsigned ones "
            "(uint16)."
        )


def with_result_warnings(beam_map: BeamMap, patched: PatchedScan) -> BeamMap:
    """A classification with warnings where its result as a whole cannot be right or is of no use.

    Parameters
    ----------
    beam_map : BeamMap
        The classification; its own warnings stay.
    patched : PatchedScan
        What was classified.
    """
    found = (
        *cheap_warnings(patched),
        *_few_frames(patched),
        *_not_finite(beam_map),
        *_low_dark(patched),
        *_one_condition(beam_map, patched),
    )
    return replace(beam_map, warnings=tuple(dict.fromkeys((*beam_map.warnings, *found))))


def _few_frames(patched: PatchedScan) -> tuple[str, ...]:
    if enough_frames(patched):
        return ()
    steps = patched.scan.n_steps
    return (
        f"A rocking curve needs at least {LEAST_STEPS} frames, and the longest one has {steps}: "
        "each frame was classified alone.",
    )


def _not_finite(beam_map: BeamMap) -> tuple[str, ...]:
    bad = ~numpy.isfinite(beam_map.probabilities).all(axis=-1)
    if not bad.any():
        return ()
    frames = numpy.count_nonzero(bad.any(axis=(1, 2)))
    return (
        f"The probabilities of {bad.sum()} of {bad.size} patches in {frames} frames are not "
        "numbers (NaN), and their "
        "conditions mean nothing. Check the model and the frames.",
    )


def _low_dark(patched: PatchedScan) -> tuple[str, ...]:
    """A level that was estimated lies at the darkest patches by itself."""
    background, curves = patched.background, patched.curves
    if background.source == "estimated":
        return ()
    darkest, median = numpy.nanquantile(curves, (DARKEST_SHARE, 0.5))
    if darkest < max(LEAST_RISE * background.sigma, median / 2):
        return ()
    return (
        f"The darkest patches of all frames lie {darkest:.5g} counts above the dark level "
        f"({_level(patched)}), half of all patches {median:.5g} counts: the level may be too low, "
        "and its error is part of every image.",
    )


def _one_condition(beam_map: BeamMap, patched: PatchedScan) -> tuple[str, ...]:
    if patched.empty.all():
        return (NO_SIGNAL,)
    condition = beam_map.condition()[:, ~patched.empty]
    lit = condition[condition != BeamCondition.EMPTY]
    alone = len(condition) == 1 or not lit.size
    found = [] if alone else numpy.unique(lit).tolist()
    if len(found) != 1:
        return (NO_SIGNAL,) if not lit.size else ()
    name = BeamCondition(found[0]).name.lower()
    other = "strong" if name == "weak" else "weak"
    return (
        f"All {lit.size} lit patches of {len(condition)} frames are called {name}: the "
        f"{other}-beam image is empty. Check that the scan goes over the Bragg peak and beyond "
        "it, and check the "
        f"dark level ({_level(patched)}).",
    )


def _level(patched: PatchedScan) -> str:
    background = patched.background
    source = f", {background.source}" if background.source else ""
    return f"{background.mean_level:.5g} counts{source}"
