"""Properties 1 to 3: what the rocking curve alone decides."""

from __future__ import annotations

from collections.abc import Iterator

import numpy

from darfix_wb.beam import BeamCondition
from darfix_wb.classification.network import classify
from darfix_wb.extraction import PatchedScan, extract
from darfix_wb.model import BeamModel
from darfix_wb.scan import RockingScan

from .draws import FAR
from .rules import Figure, Rule
from .scans import Recipe, SyntheticScan, make_scan

NEAR = 0.2
"""Share of the peak above which a frame is strong beam for certain."""

LIT_SNR = 20.0
"""A patch is lit whose curve without noise reaches this many sigma of a patch's mean."""

BRIGHT_SNR = 250.0
"""Likewise, of a curve with noise whose flanks are to be seen."""

RISE, NOISE_SIGMAS = 0.1, 5.0
"""A curve has one peak that does not rise by more than that part of itself going away from it, as
far as it lies above so many sigma of a patch's mean."""

PLAIN_NEAR = Rule(1, "featureless: strong above 20 %", 1.0)
PLAIN_FAR = Rule(1, "featureless: weak below 0.5 %", 1.0)
CUT_NEAR = Rule(1, "tails cut, dark known: strong above 20 %", 1.0)
TEXTURED_PEAK = Rule(2, "texture: strong at the peak", 1.0)
SIMULATED_ORDER = Rule(3, "simulated: rise of P(strong) going away", 0.1, largest=True)
TEXTURED_FAR = Rule(2, "texture: weak below 0.5 %", 1.0)
ORDER = Rule(3, "rise of P(strong) going away", 0.1, largest=True)

WEAK, STRONG, EMPTY = BeamCondition


def curve_figures(model: BeamModel, recipe: Recipe) -> Iterator[Figure]:
    """Properties 1 to 3 of a synthetic crystal: 1 where it has no texture, else 2."""
    scan = make_scan(recipe)
    patched = extract(scan.rocking_scan, patch_size=model.patch_size)
    probabilities = classify(patched, model).probabilities
    curves, lit = lit_curves(scan, patched)
    condition, strong = probabilities.argmax(axis=-1)[:, lit], probabilities[..., STRONG][:, lit]
    relative = curves / curves.max(axis=0)
    if recipe.texture or recipe.stripes:
        rules = ((TEXTURED_PEAK, relative == 1, STRONG), (TEXTURED_FAR, relative < FAR, WEAK))
    else:
        near = CUT_NEAR if recipe.dark_image else PLAIN_NEAR
        rules = ((near, relative > NEAR, STRONG), (PLAIN_FAR, relative < FAR, WEAK))
    text = f"{recipe}{left_out(patched)}"
    for rule, judged, wanted in rules:
        if judged.any():
            yield Figure(rule, float((condition[judged] == wanted).mean()), text)
    yield Figure(ORDER, float(rises(strong, curves).max()), text)


def lit_curves(scan: SyntheticScan, patched: PatchedScan) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Curves ``(n_frames, n)`` without noise of the patches that are lit, and ``(rows, columns)``
    bool: which these are."""
    curves = scan.curves(patched.grid)
    lit = curves.max(axis=0) > LIT_SNR * patched.noise
    return curves[:, lit], lit


def rises(values: numpy.ndarray, curves: numpy.ndarray) -> numpy.ndarray:
    """How far values rise at most, from nearer the peak to farther from it on the same side.

    Parameters
    ----------
    values, curves : numpy.ndarray
        ``(n_frames, n)``; the peak is the largest value of the curve.

    Returns
    -------
    numpy.ndarray
        ``(n,)``, not below 0.
    """
    peaks = curves.argmax(axis=0)
    steps = numpy.arange(len(values))[:, None]
    found = []
    for side, order in ((steps >= peaks, slice(None)), (steps <= peaks, slice(None, None, -1))):
        least = numpy.minimum.accumulate(numpy.where(side, values, numpy.inf)[order], axis=0)
        found.append(numpy.where(side, values - least[order], 0).max(axis=0))
    return numpy.maximum(*found)


def left_out(patched: PatchedScan) -> str:
    """What to add to the name of a scan of which frames are left out."""
    out = patched.scan.left_out
    return f" (left out: frames {sorted(out)})" if out else ""


def simulated_order(model: BeamModel, scan: RockingScan, text: str) -> Iterator[Figure]:
    """Property 3 of a scan without known truth: of its curves that have one peak."""
    patched = extract(scan, patch_size=model.patch_size)
    strong = classify(patched, model).probabilities[..., STRONG]
    lit = ~patched.empty & (patched.curves.max(axis=0) > BRIGHT_SNR * patched.noise)
    curves = patched.curves[:, lit]
    single = one_peak(curves, patched.noise)
    if single.any():
        rise = rises(strong[:, lit][:, single], curves[:, single])
        yield Figure(SIMULATED_ORDER, float(rise.max()), f"{text}{left_out(patched)}")


def one_peak(curves: numpy.ndarray, noise: float) -> numpy.ndarray:
    """``(n,)`` bool: curves ``(n_frames, n)`` that fall on both sides, but for what noise adds.

    A dislocation, or a beam diffracted upstream, brightens a tail by more than `RISE` of what it
    was.
    """
    floor = numpy.maximum(curves, NOISE_SIGMAS * noise)
    return rises(numpy.log(floor), floor) < numpy.log1p(RISE)
